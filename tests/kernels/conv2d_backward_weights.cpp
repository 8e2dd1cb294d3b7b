// The adjoints of a convolution's weights and bias against double-precision loops over its
// definition.
#define BOOST_TEST_MODULE kernels_conv2d_backward_weights
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/kernels/conv2d_backward_weights.hpp>
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

/// Maps with a border of `edge` pixels of zeros on all sides.
struct Images {
  Images(int channels, Extent2 extent, int lanes, int edge_pixels, int examples)
      : interleave(lanes),
        edge(edge_pixels),
        row((extent.w + 2 * edge) * interleave),
        block(row * (extent.h + 2 * edge)),
        example(block * blocks(channels, interleave)),
        values(example * examples, 0.0F),
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

void randomize(const Images& images) {
  for (int n = 0; n < images.maps.examples; ++n) {
    for (int c = 0; c < images.maps.channels; ++c) {
      for (int i = 0; i < images.maps.height; ++i) {
        for (int j = 0; j < images.maps.width; ++j) images.at(n, c, i, j) = uniform(engine);
      }
    }
  }
}

/// Whether the gradient of weight (o, c, u, v), with c counted within the group, is right.
bool right(const Case& t, const Images& x, const Images& dy, int o, int c, int u, int v,
           float got) {
  const Window& w = t.window;
  const int channel = o / (t.out / t.groups) * (t.in / t.groups) + c;
  double value = 0;
  double size = 0;
  int terms = 1;
  for (int n = 0; n < t.examples; ++n) {
    for (int r = 0; r < dy.maps.height; ++r) {
      for (int q = 0; q < dy.maps.width; ++q) {
        const int i = r * w.stride.h + u * w.dilation.h - w.padding.top;
        const int j = q * w.stride.w + v * w.dilation.w - w.padding.left;
        if (i < 0 || j < 0 || i >= t.extent.h || j >= t.extent.w) continue;
        const double term =
            static_cast<double>(dy.at(n, o, r, q)) * static_cast<double>(x.at(n, channel, i, j));
        value += term;
        size += std::abs(term);
        ++terms;
      }
    }
  }
  return std::abs(static_cast<double>(got) - value) <= terms * epsilon * size;
}

template <WeightRuns R>
void check_runs(const Case& t) {
  const ConvGeometry g{t.in, t.out, t.groups, t.window, t.planar ? 1 : simd::lanes};
  const Padding& p = t.window.padding;
  const int edge = std::max({p.top, p.left, p.bottom, p.right});
  const Images x(t.in, t.extent, g.interleave, edge, t.examples);
  const Images dy(t.out, window::output_extent(t.extent, t.window), simd::lanes, 0, t.examples);
  randomize(x);
  randomize(dy);
  const auto size = static_cast<std::ptrdiff_t>(packed_size(g));
  const Floats dpacked(size);
  const Floats dbias(dy.lanes_stored());
  conv2d_backward_weights<R>(x.maps, dy.maps, dpacked.data(), dbias.data(), g);

  int wrong = 0;
  const Extent2 k = t.window.kernel;
  const int owned = t.in / t.groups;
  for_each_weight(g, [&](std::ptrdiff_t packed, std::ptrdiff_t plain) {
    const int at = static_cast<int>(plain);
    const int c = at / (k.h * k.w);
    const float got = dpacked.data()[packed];
    if (!right(t, x, dy, c / owned, c % owned, at / k.w % k.h, at % k.w, got)) ++wrong;
    dpacked.data()[packed] = 0.0F;
  });
  for (std::ptrdiff_t i = 0; i < size; ++i) wrong += dpacked.data()[i] != 0.0F;  // what is left
  for (int o = 0; o < dy.lanes_stored(); ++o) {
    double sum = 0;
    const int terms = t.examples * dy.maps.height * dy.maps.width;
    for (int n = 0; n < t.examples; ++n) {
      for (int r = 0; r < dy.maps.height; ++r) {
        for (int q = 0; q < dy.maps.width; ++q) sum += static_cast<double>(dy.at(n, o, r, q));
      }
    }
    const double error = std::abs(static_cast<double>(dbias.data()[o]) - sum);
    if (!(error <= (o < t.out ? terms * epsilon * terms : 0))) ++wrong;
  }
  BOOST_TEST(wrong == 0, "in " << t.in << " out " << t.out << " groups " << t.groups << " image "
                               << t.extent.h << " x " << t.extent.w << " planar " << t.planar
                               << " runs of " << R.length);
}

/// Single terms, which do for all, and the runs that the geometry has, many and few.
void check(const Case& t) {
  check_runs<WeightRuns{}>(t);
  const ConvGeometry g{t.in, t.out, t.groups, t.window, t.planar ? 1 : simd::lanes};
  const int length = weight_runs(g).length;
  simd::unroll<8>([&](auto i) {
    if constexpr (i > 0 && (i < 6 || simd::registers == 32)) {
      if (length != i + 1) return;
      check_runs<WeightRuns{i + 1, 0}>(t);
      check_runs<WeightRuns{i + 1, 5}>(t);
    }
  });
}

static_assert(weight_runs({3, 64, 1, {.kernel = 7, .stride = 2}, 1}).length ==
              (simd::registers == 32 ? 7 : 1));
static_assert(weight_runs({3, 64, 1, {.kernel = 3}, 1}) == WeightRuns{3, 9});
static_assert(weight_runs({3, 64, 1, {.kernel = 3, .dilation = 2}, 1}) == WeightRuns{});
static_assert(weight_runs({64, 64, 2, {.kernel = 3}, simd::lanes}) == WeightRuns{});
static_assert(weight_runs({17, 64, 1, {.kernel = 3}, simd::lanes}) == WeightRuns{});
static_assert(weight_runs({3, 64, 1, {.kernel = 5}, simd::lanes}) == WeightRuns{3, 25});

}  // namespace

BOOST_AUTO_TEST_CASE(every_weight_sums_what_it_saw_whatever_the_channels) {
  for (const bool planar : {false, true}) {
    for (const int in : {1, 3, 6, 16, 17, 24, 33}) {
      for (const int out : {1, 6, 17, 33, 4 * simd::lanes, 5 * simd::lanes - 2}) {
        check({in, out, 1, {5, 9}, {.kernel = {3, 2}, .padding = {1, 0}}, 1, planar});
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(taps_that_fall_on_padding_for_some_or_all_pixels_hold) {
  for (const bool planar : {false, true}) {
    for (const int in : {3, 16, 17}) {
      check({in, 35, 1, {7, 7}, {.kernel = 5, .padding = 2}, 3, planar});
      check({in, 50, 1, {2, 3}, {.kernel = 5, .padding = 4}, 2, planar});
      // All of the first chunk of rows see padding with the first row of taps.
      check({in, 20, 1, {5, 130}, {.kernel = {3, 1}, .padding = {2, 0}}, 1, planar});
      check({in, 16, 1, {1, 2}, {.kernel = 3, .dilation = 2, .padding = {2, 4, 3, 2}}, 2, planar});
      check(
          {in, 35, 1, {3, 2}, {.kernel = 3, .stride = {2, 3}, .padding = {3, 2, 4, 5}}, 1, planar});
    }
  }
}

BOOST_AUTO_TEST_CASE(strides_dilation_and_padding_of_four_different_sides_hold) {
  for (const bool planar : {false, true}) {
    check({6, 17, 1, {9, 17}, {.kernel = 3, .stride = {2, 3}, .padding = 1}, 3, planar});
    check({3, 5, 1, {8, 13}, {.kernel = 1, .stride = 2}, 1, planar});
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
  }
}

BOOST_AUTO_TEST_CASE(groups_see_their_own_channels_only) {
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

BOOST_AUTO_TEST_CASE(images_larger_and_smaller_than_a_chunk_of_pixels_hold) {
  check({3, 6, 1, {31, 37}, {.kernel = 3, .padding = 1}, 2, true});
  check({1, 6, 1, {31, 37}, {.kernel = 5, .padding = 2}, 2, true});
  check({3, 40, 1, {18, 15}, {.kernel = 7, .stride = 2, .padding = 3}, 2, true});
  check({2, 3, 1, {3, 301}, {.kernel = {2, 3}, .padding = 1}, 2});
  check({5, 3, 1, {7, 6}, {.kernel = 3}, 30});
}

BOOST_AUTO_TEST_CASE(the_bias_gradient_may_be_left_out) {
  const ConvGeometry g{1, 1, 1, {.kernel = 1}, 1};
  const Images x(1, {1, 1}, 1, 0, 1);
  const Images dy(1, {1, 1}, simd::lanes, 0, 1);
  x.at(0, 0, 0, 0) = 3.0F;
  dy.at(0, 0, 0, 0) = 5.0F;
  const Floats dpacked(simd::lanes);
  conv2d_backward_weights<WeightRuns{}>(x.maps, dy.maps, dpacked.data(), nullptr, g);
  BOOST_TEST(dpacked.data()[0] == 15.0F);
}
