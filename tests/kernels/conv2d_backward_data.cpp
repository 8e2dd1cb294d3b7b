// The adjoint of a convolution's input against double-precision loops over its definition.
#define BOOST_TEST_MODULE kernels_conv2d_backward_data
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/kernels/conv2d_backward_pointwise.hpp>
#include <convexpr/kernels/conv2d_weights.hpp>
#include <convexpr/shape/window.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <limits>
#include <new>
#include <random>

namespace {

using namespace convexpr;
using namespace convexpr::kernels;

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr float untouched = 12345.0F;

/// Aligned floats, every one of them the same at first.
class Floats {
 public:
  explicit Floats(std::ptrdiff_t size, float value = std::numeric_limits<float>::quiet_NaN())
      : data_(static_cast<float*>(
            ::operator new(static_cast<std::size_t>(size) * sizeof(float), std::align_val_t{64}))) {
    std::fill_n(data_, size, value);
  }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;
  ~Floats() { ::operator delete(data_, std::align_val_t{64}); }
  float* data() const { return data_; }

 private:
  float* data_;
};

/// Maps with a border of `edge` pixels on all sides; everything holds `untouched` at first.
struct Images {
  Images(int channels, Extent2 extent, int lanes, int edge_pixels, int examples)
      : interleave(lanes),
        edge(edge_pixels),
        row((extent.w + 2 * edge) * interleave),
        block(row * (extent.h + 2 * edge)),
        example(block * blocks(channels, interleave)),
        values(example * examples, untouched),
        maps{values.data() + edge * (row + interleave),
             channels,
             extent.h,
             extent.w,
             row,
             block,
             example,
             examples} {}

  float& at(int n, int c, int i, int j) const {
    return maps
        .data[n * example + c / interleave * block + i * row + j * interleave + c % interleave];
  }
  int lanes_stored() const { return blocks(maps.channels, interleave) * interleave; }

  int interleave;
  int edge;
  std::ptrdiff_t row;
  std::ptrdiff_t block;
  std::ptrdiff_t example;
  Floats values;
  Maps maps;
};

struct Case {
  int in;
  int out;
  int groups;
  Extent2 extent;
  Window window;
  int examples = 1;
  bool planar = false;
};

std::mt19937 engine(11);
std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);

struct Sum {
  double value = 0;
  double size = 0;
};

/// dx by scattering: every output pixel gives to each input pixel that it was made from.
Sum definition(const Case& t, const Images& dy, const float* plain, int n, int c, int i, int j) {
  const Window& w = t.window;
  const int owned = t.in / t.groups;
  const int made = t.out / t.groups;
  Sum sum;
  for (int o = c / owned * made; o < (c / owned + 1) * made; ++o) {
    for (int r = 0; r < dy.maps.height; ++r) {
      for (int q = 0; q < dy.maps.width; ++q) {
        const int u = i + w.padding.top - r * w.stride.h;
        const int v = j + w.padding.left - q * w.stride.w;
        if (u < 0 || v < 0 || u % w.dilation.h != 0 || v % w.dilation.w != 0) continue;
        if (u / w.dilation.h >= w.kernel.h || v / w.dilation.w >= w.kernel.w) continue;
        const int tap = u / w.dilation.h * w.kernel.w + v / w.dilation.w;
        const int at = (o * owned + c % owned) * w.kernel.h * w.kernel.w + tap;
        const double term = static_cast<double>(plain[at]) * static_cast<double>(dy.at(n, o, r, q));
        sum.value += term;
        sum.size += std::abs(term);
      }
    }
  }
  return sum;
}

/// What computes the adjoint.
enum class Kernel { general, pointwise };

/// The kernel for single pixels, with tiles of any kind.
void run_pointwise(const ConstMaps& dy, const float* turned, const Maps& dx,
                   const ConvGeometry& g) {
  constexpr ConvTile tile{2, 3, 2};
  constexpr ConvTile wide{1, 5, 1};
  switch (g.window.stride.w) {
    case 1: return conv2d_backward_data_pointwise<1, tile, false>(dy, turned, dx, g);
    case 2: return conv2d_backward_data_pointwise<2, tile, false>(dy, turned, dx, g);
    default: return conv2d_backward_data_pointwise<3, wide, false>(dy, turned, dx, g);
  }
}

void check(const Case& t, Kernel kernel = Kernel::general) {
  const ConvGeometry g{t.in, t.out, t.groups, t.window, t.planar ? 1 : simd::lanes};
  const Extent2 out = window::output_extent(t.extent, t.window);
  const int weights = t.out * (t.in / t.groups) * t.window.kernel.h * t.window.kernel.w;
  const Floats plain(weights);
  for (int i = 0; i < weights; ++i) plain.data()[i] = uniform(engine);
  const Floats packed(static_cast<std::ptrdiff_t>(packed_size(g)));
  pack(g, plain.data(), packed.data());
  const Images dy(t.out, out, simd::lanes, 0, t.examples);
  for (int n = 0; n < t.examples; ++n) {
    for (int o = 0; o < dy.lanes_stored(); ++o) {
      for (int r = 0; r < out.h; ++r) {
        for (int q = 0; q < out.w; ++q) dy.at(n, o, r, q) = o < t.out ? uniform(engine) : 0.0F;
      }
    }
  }
  const Images dx(t.in, t.extent, g.interleave, 1, t.examples);
  const auto scratch = static_cast<std::ptrdiff_t>(conv2d_backward_data_scratch(g));
  if (kernel == Kernel::general) {
    conv2d_backward_data(dy.maps, packed.data(), dx.maps, g, Floats(scratch).data());
  } else {
    const Floats turned(scratch);
    kernels::detail::turn_weights(g, packed.data(), turned.data());
    run_pointwise(dy.maps, turned.data(), dx.maps, g);
  }

  int wrong = 0;
  const int terms = t.out / t.groups * t.window.kernel.h * t.window.kernel.w;
  for (int n = 0; n < t.examples; ++n) {
    for (int c = 0; c < dx.lanes_stored(); ++c) {
      for (int i = -1; i <= t.extent.h; ++i) {
        for (int j = -1; j <= t.extent.w; ++j) {
          const float got = dx.at(n, c, i, j);
          if (i < 0 || j < 0 || i == t.extent.h || j == t.extent.w) {
            wrong += got != untouched;
          } else if (c >= t.in) {
            wrong += got != 0.0F;
          } else {
            const Sum want = definition(t, dy, plain.data(), n, c, i, j);
            const double error = std::abs(static_cast<double>(got) - want.value);
            if (!(error <= terms * epsilon * want.size)) ++wrong;
          }
        }
      }
    }
  }
  BOOST_TEST(wrong == 0, "in " << t.in << " out " << t.out << " groups " << t.groups << " image "
                               << t.extent.h << " x " << t.extent.w << " planar " << t.planar);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_pixel_collects_what_it_gave_whatever_the_channels) {
  for (const bool planar : {false, true}) {
    for (const int in : {1, 3, 6, 17, 33}) {
      for (const int out : {1, 6, 17, 33}) {
        check({in, out, 1, {5, 9}, {.kernel = {3, 2}, .padding = {1, 0}}, 1, planar});
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(strides_leave_pixels_without_taps_and_those_get_zero) {
  for (const bool planar : {false, true}) {
    check({6, 17, 1, {9, 17}, {.kernel = 3, .stride = {2, 3}, .padding = 1}, 3, planar});
    check({3, 5, 1, {8, 13}, {.kernel = 1, .stride = 2}, 1, planar});
    check({3, 6, 1, {23, 16}, {.kernel = 7, .stride = {2, 4}, .padding = 3}, 1, planar});
    check({33, 17, 1, {10, 30}, {.kernel = 3, .stride = 2}, 1, planar});
  }
}

BOOST_AUTO_TEST_CASE(single_pixels_are_a_convolution_with_zeros_between) {
  for (const int stride : {1, 2, 3}) {
    for (const int in : {17, 33, 48}) {
      check({in, 18, 1, {7, 10}, {.kernel = 1, .stride = stride}, 2, false}, Kernel::pointwise);
      check({in, 5, 1, {4, 3}, {.kernel = 1, .stride = stride}, 1, false}, Kernel::pointwise);
    }
  }
}

BOOST_AUTO_TEST_CASE(dilation_and_padding_of_four_different_sides_hold) {
  for (const bool planar : {false, true}) {
    check({17,
           6,
           1,
           {9, 11},
           {.kernel = {2, 3}, .dilation = {3, 2}, .padding = {2, 0, 1, 3}},
           3,
           planar});
    check({3,
           17,
           1,
           {11, 14},
           {.kernel = 3, .stride = 2, .dilation = 2, .padding = {0, 4, 3, 1}},
           1,
           planar});
    check({6, 3, 1, {4, 3}, {.kernel = 3, .padding = {4, 5}}, 1, planar});
  }
}

BOOST_AUTO_TEST_CASE(groups_collect_from_their_own_outputs_only) {
  for (const bool planar : {false, true}) {
    for (const int groups : {2, 3, 6}) {
      check({6, 18, groups, {5, 8}, {.kernel = 3, .padding = 1}, 1, planar});
      check({18, 6, groups, {6, 7}, {.kernel = {3, 1}, .stride = 2}, 3, planar});
    }
    check({66, 22, 2, {3, 9}, {.kernel = 2}, 1, planar});
    check({34, 68, 2, {3, 9}, {.kernel = 2}, 1, planar});
    check({33, 33, 33, {4, 9}, {.kernel = 3, .padding = 1}, 1, planar});
  }
}

BOOST_AUTO_TEST_CASE(images_narrower_and_wider_than_a_tile_hold) {
  for (int width = 1; width <= 16; ++width) {
    check({17, 5, 1, {2, width}, {.kernel = {1, 3}, .padding = 1}});
    check({36, 5, 1, {2, width}, {.kernel = {1, 3}, .padding = 1}});
    check({4, 5, 1, {2, width}, {.kernel = {1, 3}, .padding = 1}, 1, true});
  }
}
