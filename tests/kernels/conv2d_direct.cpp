// Direct convolution against its definition, in plain loops of double precision.
#define BOOST_TEST_MODULE conv2d_direct
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/kernels/conv2d_direct.hpp>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <vector>

#include "functions.hpp"

namespace {

using namespace convexpr;
using kernels::ConvGeometry;
using kernels::ConvTile;

constexpr int lanes = simd::lanes;
constexpr float untouched = 77.0F;

std::size_t size(std::ptrdiff_t n) { return static_cast<std::size_t>(n); }

struct Aligned {
  explicit Aligned(std::ptrdiff_t n, float value)
      : floats(static_cast<float*>(::operator new(size(n) * sizeof(float), std::align_val_t{64}))) {
    std::fill_n(floats.get(), n, value);
  }
  struct Deleter {
    void operator()(float* p) const { ::operator delete(p, std::align_val_t{64}); }
  };
  std::unique_ptr<float[], Deleter> floats;
};

// Maps in a buffer of their own, with a border around the image, filled with one value.
struct Image {
  Image(int channels, Extent2 extent, const Padding& border, int examples, int interleave_,
        float value)
      : interleave(interleave_),
        row((extent.w + border.left + border.right) * interleave_),
        block(row * (extent.h + border.top + border.bottom)),
        floats(kernels::blocks(channels, interleave_) * block * examples, value),
        maps{floats.floats.get() + border.top * row + border.left * interleave_,
             channels,
             extent.h,
             extent.w,
             row,
             block,
             kernels::blocks(channels, interleave_) * block,
             examples} {}

  float& at(int n, int c, int i, int j) const {
    return maps.data[n * maps.example_stride + c / interleave * block + i * row + j * interleave +
                     c % interleave];
  }

  int interleave;
  std::ptrdiff_t row;
  std::ptrdiff_t block;
  Aligned floats;
  kernels::Maps maps;
};

struct Case {
  ConvGeometry g;
  Extent2 in;
  int examples = 1;
  Padding y_border{};
  bool bias = true;
};

double plain_value(expr::Identity, double v) { return v; }
double plain_value(test::Relu, double v) { return std::max(v, 0.0); }
double plain_value(test::Tanh, double v) { return std::tanh(v); }
double plain_value(test::Sigmoid, double v) { return 1.0 / (1.0 + std::exp(-v)); }

// What no function of slope at most 1 enlarges, beside its own rounding.
template <class Activation>
constexpr double own_rounding =
    std::same_as<Activation, test::Sigmoid> || std::same_as<Activation, test::Tanh>
        ? 4 * std::numeric_limits<float>::epsilon()
        : 0.0;

std::vector<float> numbers(std::ptrdiff_t n, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> draw(-1.0F, 1.0F);
  std::vector<float> values(size(n));
  std::ranges::generate(values, [&] { return draw(engine); });
  return values;
}

// Runs one case and counts the outputs, tail lanes and border elements that are wrong.
template <int Interleave, int StrideW, ConvTile Tile, class Activation, bool HalfLastBlock = false>
int mistakes(const Case& t) {
  const ConvGeometry& g = t.g;
  const Window& k = g.window;
  const Extent2 out = window::output_extent(t.in, k);
  const int owned = g.in_channels / g.groups;
  const std::ptrdiff_t per_output = std::ptrdiff_t{owned} * k.kernel.h * k.kernel.w;

  Image x(g.in_channels, t.in, k.padding, t.examples, Interleave, 0.0F);
  const auto x_values = numbers(std::ptrdiff_t{t.examples} * g.in_channels * t.in.h * t.in.w, 1);
  auto next = x_values.begin();
  for (int n = 0; n < t.examples; ++n)
    for (int c = 0; c < g.in_channels; ++c)
      for (int i = 0; i < t.in.h; ++i)
        for (int j = 0; j < t.in.w; ++j) x.at(n, c, i, j) = *next++;

  const auto w = numbers(g.out_channels * per_output, 2);
  const auto b = numbers(g.out_channels, 3);
  const Aligned packed(static_cast<std::ptrdiff_t>(kernels::packed_size(g)), untouched);
  kernels::pack(g, w.data(), packed.floats.get());
  const int whole = kernels::blocks(g.out_channels, lanes) * lanes;
  const Aligned bias(whole, 0.0F);
  std::ranges::copy(b, bias.floats.get());

  Image y(g.out_channels, out, t.y_border, t.examples, lanes, untouched);
  kernels::conv2d_direct<Interleave, StrideW, Tile, Activation, HalfLastBlock>(
      x.maps, packed.floats.get(), t.bias ? bias.floats.get() : nullptr, y.maps, g);

  int wrong = 0;
  for (int n = 0; n < t.examples; ++n) {
    for (int o = 0; o < whole; ++o) {
      for (int i = -t.y_border.top; i < out.h + t.y_border.bottom; ++i) {
        for (int j = -t.y_border.left; j < out.w + t.y_border.right; ++j) {
          const float got = y.at(n, o, i, j);
          if (i < 0 || j < 0 || i >= out.h || j >= out.w) {
            wrong += got != untouched;
            continue;
          }
          if (o >= g.out_channels) {
            wrong += got != 0.0F;
            continue;
          }
          double sum = t.bias ? b[size(o)] : 0.0;
          double magnitude = std::abs(sum);
          const int first = o / (g.out_channels / g.groups) * owned;
          for (int c = 0; c < owned; ++c)
            for (int u = 0; u < k.kernel.h; ++u)
              for (int v = 0; v < k.kernel.w; ++v) {
                const int row = i * k.stride.h + u * k.dilation.h - k.padding.top;
                const int col = j * k.stride.w + v * k.dilation.w - k.padding.left;
                if (row < 0 || col < 0 || row >= t.in.h || col >= t.in.w) continue;
                const double product =
                    double{w[size(((std::ptrdiff_t{o} * owned + c) * k.kernel.h + u) * k.kernel.w +
                                  v)]} *
                    x.at(n, first + c, row, col);
                sum += product;
                magnitude += std::abs(product);
              }
          const double bound = (static_cast<double>(per_output) + 1.0) *
                                   std::numeric_limits<float>::epsilon() * magnitude +
                               own_rounding<Activation>;
          wrong += !(std::abs(double{got} - plain_value(Activation{}, sum)) <= bound);
        }
      }
    }
  }
  return wrong;
}

constexpr int lines = simd::registers >= 32 ? 28 : 12;  // pixels in the tile of a wide image

BOOST_AUTO_TEST_CASE(every_extent_from_1_to_30_comes_out_right) {
  for (int extent = 1; extent <= 30; ++extent) {
    const Extent2 in{extent, 31 - extent};
    const Case t{{5, 17, 1, {.kernel = 3, .padding = 1}, lanes}, in, 1, {1}};
    BOOST_TEST_CONTEXT(in.h << " x " << in.w) {
      BOOST_TEST((mistakes<lanes, 1, {1, lines}, expr::Identity>(t)) == 0);
      BOOST_TEST((mistakes<lanes, 1, {2, 6}, expr::Identity>(t)) == 0);
      BOOST_TEST((mistakes<lanes, 1, {4, 3}, expr::Identity>(t)) == 0);
      BOOST_TEST((mistakes<lanes, 1, {2, 3, 2}, expr::Identity>(t)) == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(channels_need_not_fill_whole_lanes) {
  for (const int in : {1, 3, 6, 16, 17, 33}) {
    for (const int out : {1, 3, 6, 16, 17, 33, 50}) {
      const Case t{{in, out, 1, {.kernel = {2, 3}, .padding = {1, 2, 0, 1}}, lanes}, {5, 7}, 2};
      Case planar = t;
      planar.g.interleave = 1;
      BOOST_TEST_CONTEXT(in << " to " << out) {
        BOOST_TEST((mistakes<lanes, 1, {4, 3}, test::Relu>(t)) == 0);
        BOOST_TEST((mistakes<lanes, 1, {2, 3, 2}, test::Relu>(t)) == 0);
        BOOST_TEST((mistakes<lanes, 1, {2, 2, 3}, test::Relu>(t)) == 0);
        BOOST_TEST((mistakes<1, 1, {4, 3}, test::Relu>(planar)) == 0);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(kernels_strides_and_dilations_need_not_be_square) {
  for (const Extent2 kernel : {Extent2{1}, Extent2{3, 1}, Extent2{1, 4}, Extent2{5, 2}}) {
    for (const Extent2 dilation : {Extent2{1}, Extent2{2, 1}, Extent2{1, 3}}) {
      for (const int stride_h : {1, 2, 3}) {
        const Window one{kernel, {stride_h, 1}, dilation, {2, 1, 3, 0}};
        const Window two{kernel, {stride_h, 2}, dilation, {0, 3, 1, 2}};
        const Window three{kernel, {stride_h, 3}, dilation, {1}};
        const Extent2 in{13, 16};
        BOOST_TEST_CONTEXT(kernel.h << "x" << kernel.w << " stride " << stride_h << " dilation "
                                    << dilation.h << "x" << dilation.w) {
          BOOST_TEST((mistakes<lanes, 1, {2, 6}, expr::Identity>({{3, 6, 1, one, lanes}, in})) ==
                     0);
          BOOST_TEST((mistakes<lanes, 2, {4, 3}, expr::Identity>({{3, 6, 1, two, lanes}, in})) ==
                     0);
          BOOST_TEST((mistakes<lanes, 3, {4, 3}, expr::Identity>({{3, 6, 1, three, lanes}, in})) ==
                     0);
          BOOST_TEST((mistakes<1, 2, {4, 3}, expr::Identity>({{3, 6, 1, two, 1}, in})) == 0);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(groups_read_their_own_channels_only) {
  const Window w{.kernel = {3, 2}, .padding = 1};
  const Extent2 in{5, 8};
  for (const int interleave : {lanes, 1}) {
    const std::vector<ConvGeometry> all{
        {15, 6, 3, w, interleave},   {15, 33, 3, w, interleave},  {33, 33, 33, w, interleave},
        {34, 51, 17, w, interleave}, {32, 64, 2, w, interleave},  {3, 48, 3, w, interleave},
        {17, 68, 17, w, interleave}, {40, 160, 2, w, interleave}, {1, 5, 1, w, interleave}};
    for (const ConvGeometry& g : all) {
      const Case t{g, in, 2, {0, 1, 2, 3}};
      BOOST_TEST_CONTEXT(g.in_channels << " to " << g.out_channels << " in " << g.groups) {
        if (interleave == lanes) {
          BOOST_TEST((mistakes<lanes, 1, {4, 3}, expr::Identity>(t)) == 0);
          BOOST_TEST((mistakes<lanes, 1, {2, 3, 2}, expr::Identity>(t)) == 0);
          BOOST_TEST((mistakes<lanes, 1, {2, 2, 3}, expr::Identity>(t)) == 0);
        } else {
          BOOST_TEST((mistakes<1, 1, {4, 3}, expr::Identity>(t)) == 0);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(lanes_past_the_last_channel_are_zero_even_if_the_function_of_zero_is_not) {
  const Case t{{7, 2 * lanes + 1, 1, {.kernel = 3, .padding = 1}, lanes}, {6, 9}, 2, {1}};
  BOOST_TEST((mistakes<lanes, 1, {4, 3}, test::Sigmoid>(t)) == 0);
  BOOST_TEST((mistakes<lanes, 1, {2, 3, 2}, test::Sigmoid>(t)) == 0);
}

// One run of each function on one case, its last block of output channels in half vectors.
template <class... Activation>
int mistakes_in_halves(const Case& t) {
  return (mistakes<lanes, 1, {2, 6}, Activation, true>(t) + ...);
}

BOOST_AUTO_TEST_CASE(half_a_vector_computes_a_last_block_of_few_channels) {
  for (const int whole_blocks : {0, 1}) {
    for (int few = 1; few <= lanes / 2; ++few) {
      const int out = whole_blocks * lanes + few;
      const Case t{{19, out, 1, {.kernel = {3, 2}, .padding = 1}, lanes}, {5, 7}, 2, {0, 1, 2, 3}};
      BOOST_TEST_CONTEXT(out << " channels") {
        BOOST_TEST((mistakes_in_halves<expr::Identity, test::Relu, test::Sigmoid, test::Tanh>(t)) ==
                   0);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(half_a_vector_serves_planar_images_strides_and_every_tile) {
  const int out = 2 * lanes + lanes / 2;
  const Case planar{{3, out, 1, {.kernel = 3, .stride = 2, .padding = 1}, 1}, {9, 14}, 2};
  BOOST_TEST((mistakes<1, 2, {2, 6}, test::Relu, true>(planar)) == 0);
  const Case t{{5, out, 1, {.kernel = 3}, lanes}, {7, 9}, 1, {}, false};
  BOOST_TEST((mistakes<lanes, 1, {1, lines}, test::Relu, true>(t)) == 0);  // wider than the image
  BOOST_TEST((mistakes<lanes, 1, {2, 3, 2}, test::Relu, true>(t)) == 0);
  BOOST_TEST((mistakes<lanes, 1, {1, 2, 3}, test::Relu, true>(t)) == 0);
  BOOST_TEST((mistakes<lanes, 1, {1, 1, 4}, test::Relu, true>(t)) == 0);
}

BOOST_AUTO_TEST_CASE(half_a_vector_reads_the_channels_of_its_groups_only) {
  const Window w{.kernel = {2, 3}, .padding = 1};
  const int few = lanes / 2;
  for (const ConvGeometry& g : {ConvGeometry{3 * few, few, few, w, lanes},
                                ConvGeometry{3 * few, 3 * few, 3 * few, w, lanes},
                                ConvGeometry{10, lanes + few, 2, w, lanes}}) {
    const Case t{g, {4, 7}, 2};
    BOOST_TEST_CONTEXT(g.in_channels << " to " << g.out_channels << " in " << g.groups) {
      BOOST_TEST((mistakes_in_halves<expr::Identity, test::Sigmoid>(t)) == 0);
    }
  }
}

// Where half vectors are none, the last block is whole; and where a tile holds several blocks, the
// last one is computed with the others.
static_assert(kernels::half_last_block(lanes + 1, {2, 6}) == simd::has_half_vector);
static_assert(kernels::half_last_block(lanes / 2, {2, 6}) == simd::has_half_vector);
static_assert(!kernels::half_last_block(lanes / 2 + 1, {2, 6}));
static_assert(!kernels::half_last_block(2 * lanes, {2, 6}));
static_assert(!kernels::half_last_block(lanes + 1, {1, 3, 2}));

// A tile holds several blocks where these read the same input channels.
static_assert(kernels::blocks_beside({8, 4 * lanes - 1, 1, {}, lanes}) == 4);
static_assert(kernels::blocks_beside({8, 4 * lanes, 2, {}, lanes}) == 2);
static_assert(kernels::blocks_beside({4 * lanes, 4 * lanes, 4 * lanes, {}, lanes}) == 1);
static_assert(kernels::blocks_beside({6, 3, 3, {}, lanes}) == 1);

// Tiles for 1x1 weights alone: all rows, strides, groups and planes.
BOOST_AUTO_TEST_CASE(pointwise_tiles_compute_1x1_weights) {
  constexpr kernels::TileRests all{};
  constexpr ConvTile row{1, lines, 1, all, true};
  constexpr ConvTile rows{4, 3, 1, all, true};
  constexpr ConvTile blocks{2, 3, 2, all, true};
  for (const int in : {1, 6, lanes, 2 * lanes + 1}) {
    for (const int groups : {1, 3}) {
      for (const int out : {5, 2 * lanes, 3 * lanes + 2}) {
        const ConvGeometry g{in * groups, out * groups, groups, {.kernel = 1, .padding = 1}, lanes};
        const Case t{g, {7, 31}, 2, {0, 1, 2, 3}};
        Case strided = t;
        strided.g.window.stride = Extent2{3, 2};
        Case planar = t;
        planar.g.interleave = 1;
        BOOST_TEST_CONTEXT(g.in_channels << " to " << g.out_channels << " in " << groups) {
          BOOST_TEST((mistakes<lanes, 1, row, expr::Identity>(t)) == 0);
          BOOST_TEST((mistakes<lanes, 1, rows, test::Relu>(t)) == 0);
          BOOST_TEST((mistakes<lanes, 1, blocks, test::Relu>(t)) == 0);
          BOOST_TEST((mistakes<lanes, 1, {1, 2, 3, all, true}, test::Sigmoid>(t)) == 0);
          BOOST_TEST((mistakes<lanes, 1, rows, expr::Identity, true>(t)) == 0);
          BOOST_TEST((mistakes<lanes, 2, rows, expr::Identity>(strided)) == 0);
          BOOST_TEST((mistakes<1, 1, rows, expr::Identity>(planar)) == 0);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_bias_may_be_left_out) {
  const Case t{{7, 5, 1, {.kernel = 1}, lanes}, {6, 9}, 1, {}, false};
  BOOST_TEST((mistakes<lanes, 1, {4, 3}, test::Relu>(t)) == 0);
}

// The input of this one exceeds the second-level cache, so its rows are read in bands.
BOOST_AUTO_TEST_CASE(large_images_are_read_in_bands) {
  const Case t{{96, 18, 1, {.kernel = {3, 1}, .padding = {1, 0}}, lanes}, {61, 49}};
  BOOST_TEST((mistakes<lanes, 1, {2, 6}, test::Relu>(t)) == 0);
}

// The tile of every extent fits the registers and covers the image without much waste.
static_assert(kernels::choose_conv_tile(56, 56, 4, 32) == ConvTile{1, 28, 1});
static_assert(kernels::choose_conv_tile(28, 28, 8, 32) == ConvTile{1, 28, 1});
static_assert(kernels::choose_conv_tile(14, 14, 13, 32) == ConvTile{2, 14, 1});
static_assert(kernels::choose_conv_tile(7, 7, 8, 32) == ConvTile{4, 7, 1});
static_assert(kernels::choose_conv_tile(1, 1, 1, 16) == ConvTile{1, 1, 1});

// What is left out, depends on the rows, on the blocks, and on whether all blocks read the same.
static_assert(kernels::without_rests({2, 14, 1}, 14, 13, true).rests ==
              kernels::TileRests{false, false, false, false});
static_assert(kernels::without_rests({4, 7, 1}, 7, 13, true).rests ==
              kernels::TileRests{true, false, false, false});
static_assert(kernels::without_rests({1, 7, 3}, 7, 8, true).rests ==
              kernels::TileRests{false, true, false, false});
static_assert(kernels::without_rests({1, 7, 3}, 7, 3, false).rests ==
              kernels::TileRests{false, true, true, false});

BOOST_AUTO_TEST_CASE(tiles_without_what_an_image_never_needs_give_the_same) {
  constexpr ConvTile even = kernels::without_rests({2, 6, 1}, 8, 2, true);
  constexpr ConvTile uneven_rows = kernels::without_rests({4, 3, 1}, 7, 2, true);
  constexpr ConvTile pairs = kernels::without_rests({2, 3, 2}, 8, 4, true);
  constexpr ConvTile uneven_blocks = kernels::without_rests({1, 4, 3}, 8, 4, true);
  const Window same{.kernel = 3, .padding = 1};
  const Case two_blocks{{5, lanes + 1, 1, same, lanes}, {8, 11}, 1, {1}};
  BOOST_TEST((mistakes<lanes, 1, even, test::Relu>(two_blocks)) == 0);
  BOOST_TEST((mistakes<lanes, 1, uneven_rows, test::Relu>({two_blocks.g, {7, 5}})) == 0);
  const ConvGeometry four_blocks{5, 3 * lanes + 2, 1, same, lanes};
  BOOST_TEST((mistakes<lanes, 1, pairs, test::Relu>({four_blocks, {8, 7}})) == 0);
  BOOST_TEST((mistakes<lanes, 1, uneven_blocks, test::Relu>({four_blocks, {8, 7}})) == 0);
}

BOOST_AUTO_TEST_CASE(pieces_cover_the_whole_axis_and_nothing_else) {
  for (int extent = 1; extent <= 40; ++extent) {
    for (int piece = 1; piece <= std::min(8, extent + 1); ++piece) {
      const kernels::Cut cut(extent, piece);
      int covered = 0;
      for (int i = 0; i < cut.count(); ++i) {
        BOOST_TEST(cut[i].start >= 0);
        BOOST_TEST(cut[i].start <= covered);
        BOOST_TEST((cut[i].size == piece) == (i < cut.larger()));
        covered = cut[i].start + cut[i].size;
      }
      BOOST_TEST(covered == extent);
    }
  }
}

BOOST_AUTO_TEST_CASE(tiles_fit_the_registers_and_the_image) {
  for (const int registers : {16, 32}) {
    for (int h = 1; h <= 60; h += 3) {
      for (int w = 1; w <= 60; ++w) {
        for (const int out_blocks : {1, 2, 3, 5, 16}) {
          const ConvTile t = kernels::choose_conv_tile(h, w, out_blocks, registers);
          BOOST_TEST(t.rows <= h);
          BOOST_TEST(t.cols <= w);
          BOOST_TEST(t.blocks <= out_blocks);
          BOOST_TEST(t.rows * t.cols * t.blocks + t.blocks <= registers);
        }
      }
    }
  }
}

}  // namespace
