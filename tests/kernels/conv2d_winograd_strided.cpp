// Strided convolutions of planar images by Winograd's filtering, against the definition in double
// precision.
#define BOOST_TEST_MODULE kernels_conv2d_winograd_strided
#include <algorithm>
#include <convexpr/kernels/conv2d_winograd_strided.hpp>
#include <span>
#include <vector>

#include "buffer.hpp"
#include "functions.hpp"

namespace kernels = convexpr::kernels;
using convexpr::Padding;
using convexpr::Window;
using kernels::Winograd;
using test::AlignedFloats;
using test::Buffer;

namespace {

constexpr int lanes = convexpr::simd::lanes;

struct Case {
  int in = 1;
  int out = 1;
  int h = 8;  // of the input
  int w = 8;
  Window window;
  int examples = 1;

  constexpr int out_h() const { return output(h, window.padding.top + window.padding.bottom); }
  constexpr int out_w() const { return output(w, window.padding.left + window.padding.right); }

 private:
  constexpr int output(int extent, int padding) const {
    return (extent + padding - window.kernel.h) / window.stride.h + 1;
  }
};

// Images of several bands, of which tiles leave a rest, and of one tile; paddings that differ; input
// channels that fill several blocks; fewer and more output channels than lanes.
constexpr Case sevens[]{
    {.in = 3,
     .out = lanes + 3,
     .h = 37,
     .w = 91,
     .window = {.kernel = 7, .stride = 2, .padding = 3},
     .examples = 2},
    {.in = 1,
     .out = 4 * lanes,
     .h = 11,
     .w = 12,
     .window = {.kernel = 7, .stride = 2, .padding = {0, 2, 1, 3}},
     .examples = 3},
    {.in = 7, .out = 5, .h = 7, .w = 8, .window = {.kernel = 8, .stride = 2, .padding = 3}},
};
constexpr Case fives[]{
    {.in = 3,
     .out = 2 * lanes,
     .h = 33,
     .w = 140,
     .window = {.kernel = 5, .stride = 2, .padding = 2},
     .examples = 2},
    {.in = 5, .out = lanes - 1, .h = 13, .w = 14, .window = {.kernel = 6, .stride = 2}},
    {.in = 3,
     .out = lanes + 1,
     .h = 63,
     .w = 47,
     .window = {.kernel = 11, .stride = 4, .padding = {2, 1, 0, 3}},
     .examples = 2},
};

/// All tiles at once, and in parts that begin and end anywhere.
template <Winograd W, kernels::ConvTile Tile, class F>
void check(const Case& c, int parts) {
  const kernels::ConvGeometry g{c.in, c.out, 1, c.window, 1};
  const int k = c.window.kernel.h;
  const int stride = c.window.stride.h;
  const int channels = convexpr::window::space_to_depth_channels(c.window, c.in);
  BOOST_REQUIRE(convexpr::window::space_to_depth_taps(c.window) == W.taps);
  const std::vector<float> weights =
      test::numbers(static_cast<std::size_t>(c.out * c.in * k * k), 1);
  const AlignedFloats packed(kernels::packed_size(g));
  kernels::pack(g, weights.data(), packed.data());
  const int out_blocks = kernels::blocks(c.out, lanes);
  const AlignedFloats at_points(kernels::winograd_weights_size(W, channels, c.out));
  kernels::transform_strided_weights<W>(g, packed.data(), at_points.data(), {0, out_blocks});
  const std::vector<float> b = test::numbers(static_cast<std::size_t>(c.out), 3);
  const AlignedFloats bias(static_cast<std::size_t>(out_blocks * lanes));
  std::ranges::fill_n(bias.data(), out_blocks * lanes, 0.0F);
  std::ranges::copy(b, bias.data());

  const Buffer x({c.examples, c.in, c.h, c.w}, Padding{}, 1);
  test::Noise noise(2);
  x.fill([&](int, int, int, int) { return noise(); });
  const Buffer y({c.examples, c.out, c.out_h(), c.out_w()}, Padding{1, 2, 0, 1});
  const AlignedFloats scratch(
      kernels::winograd_strided_scratch(W, channels, Tile, c.out_h(), c.out_w()));
  kernels::TileRuns tiles = kernels::detail::all_tiles(W, c.out_h(), c.out_w(), c.examples);
  const int all = tiles.last;
  for (int part = 0; part < parts; ++part) {
    tiles.first = all * part / parts;
    tiles.last = all * (part + 1) / parts;
    kernels::conv2d_winograd_strided_part<W, Tile, F>(
        x, at_points.data(), bias.data(), y, c.window, tiles,
        {0, kernels::winograd_groups(y, Tile).count()}, scratch.data(), kernels::NoOperands{});
  }

  double difference = 0;
  double largest = 0;
  for (int n = 0; n < c.examples; ++n) {
    for (int o = 0; o < c.out; ++o) {
      for (int i = 0; i < c.out_h(); ++i) {
        for (int j = 0; j < c.out_w(); ++j) {
          double sum = b[static_cast<std::size_t>(o)];
          for (int tap = 0; tap < c.in * k * k; ++tap) {
            const int row = i * stride + tap / k % k - c.window.padding.top;
            const int column = j * stride + tap % k - c.window.padding.left;
            if (row < 0 || row >= c.h || column < 0 || column >= c.w) continue;
            sum += static_cast<double>(weights[static_cast<std::size_t>(o * c.in * k * k + tap)]) *
                   x.at(n, tap / k / k, row, column);
          }
          const double expected = std::max(sum, 0.0);
          difference = std::max(difference, std::abs(y.at(n, o, i, j) - expected));
          largest = std::max(largest, expected);
        }
      }
    }
  }
  BOOST_TEST(difference <= 2e-5 * largest);
  BOOST_TEST(y.untouched_around());
}

template <Winograd W>
void check_all(std::span<const Case> cases) {
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.in << " -> " << c.out << ", " << c.h << " x " << c.w) {
      check<W, {1, 1, 1}, test::Relu>(c, 1);
      check<W, {1, 2, 2}, test::Relu>(c, 2);
      check<W, {1, 3, 1}, test::Relu>(c, 5);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(seven_taps_become_four) { check_all<Winograd{3, 4}>(sevens); }
BOOST_AUTO_TEST_CASE(five_or_eleven_taps_become_three) { check_all<Winograd{4, 3}>(fives); }
BOOST_AUTO_TEST_CASE(tiles_of_2_by_2) { check_all<Winograd{2, 3}>(fives); }

/// The tile that the ladder chooses.
BOOST_AUTO_TEST_CASE(chosen_tile) {
  constexpr Case c = sevens[0];
  constexpr Winograd w{3, 4};
  constexpr int height = kernels::strided_band_height(w, c.out_h(), c.out_w());
  static_assert(height < c.out_h());
  check<w, kernels::winograd_tile(w, c.out, height, c.out_w(), 1), test::Relu>(c, 3);
}
