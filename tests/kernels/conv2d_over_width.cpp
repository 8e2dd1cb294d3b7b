// Vectors along the width against the kernel of direct convolution, bit for bit, and against
// double-precision loops over the definition.
#define BOOST_TEST_MODULE kernels_conv2d_over_width
#include <boost/test/unit_test.hpp>
#include <convexpr/kernels/conv2d_over_width.hpp>
#include <convexpr/shape/window.hpp>
#include <vector>

#include "buffer.hpp"
#include "functions.hpp"

namespace {

using namespace convexpr;
using namespace convexpr::kernels;
using test::Buffer;

constexpr int lanes = simd::lanes;

static_assert(!runs_over_width({1, 6, 1, {.kernel = 5}, simd::lanes}, 28, {}));
static_assert(!runs_over_width({1, 6, 1, {.kernel = 5, .stride = 2}, 1}, 28, {}));
static_assert(!runs_over_width({1, 16, 1, {.kernel = 5}, 1}, 28, {}));
static_assert(!runs_over_width({1, 6, 1, {.kernel = 5}, 1}, 28, {3, 3}));
static_assert(!runs_over_width({1, 6, 1, {.kernel = 5}, 1}, 15, {}));
static_assert(runs_over_width({1, 6, 1, {.kernel = 5}, 1}, 28, {2, 2}) ==
              (simd::most_few_channels > 0));

struct Case {
  int in_channels;
  Window window;
  Extent2 in;
  int examples = 1;
  bool bias = true;
};

/// Checks what `Channels` channels of a convolution get.
template <int Channels, class F>
void check(const Case& t) {
  constexpr TilePool pool = kernels::detail::pool_of<F>;
  const ConvGeometry g{t.in_channels, Channels, 1, t.window, 1};
  const Extent2 out = window::output_extent(t.in, t.window);
  BOOST_TEST_CONTEXT(Channels << " channels of " << t.in_channels << ", " << out.h << " x "
                              << out.w) {
    BOOST_REQUIRE(out.w >= lanes);
    const Buffer x({t.examples, t.in_channels, t.in.h, t.in.w}, t.window.padding, 1);
    x.fill(test::Noise(1));
    clear_border(x, t.window.padding, 1);
    const Buffer weights({Channels, t.in_channels, t.window.kernel.h, t.window.kernel.w}, {}, 1);
    weights.fill(test::Noise(2));
    alignas(64) float bias[lanes] = {};
    for (int o = 0; o < Channels; ++o) bias[o] = 0.25F * static_cast<float>(o + 1);
    const Buffer packed({1, 1, 1, static_cast<int>(packed_size(g))}, {}, 1);
    pack(g, weights.maps().data, packed.maps().data);
    const float* const b = t.bias ? bias : nullptr;

    const Padding border{1, 2, 1, 3};
    const test::Extents extents{t.examples, Channels, out.h / pool.rows, out.w / pool.cols};
    const Buffer y(extents, border);
    const Buffer direct(extents, border);
    conv2d_over_width<Channels, F>(x, packed.maps().data, b, y, g);
    conv2d_direct<1, 1, ConvTile{pool.rows, pool.cols}, F>(x, packed.maps().data, b, direct, g);
    int wrong = 0;
    for (int n = 0; n < t.examples; ++n)
      for (int c = 0; c < lanes; ++c)
        for (int i = -border.top; i < extents.h + border.bottom; ++i)
          for (int j = -border.left; j < extents.w + border.right; ++j) {
            const float got = y.at(n, c, i, j);
            const float expected = direct.at(n, c, i, j);
            const bool sums_pool = pool != TilePool{} && !pool.maximum;  // in another order
            wrong += !(sums_pool ? std::abs(got - expected) <= 1e-5F * (1 + std::abs(expected))
                                 : got == expected);
          }
    BOOST_TEST(wrong == 0);
  }
}

template <bool Maximum, class F>
using Pooled = PooledFunction<F, TilePool{2, 2, Maximum}>;

BOOST_AUTO_TEST_CASE(every_number_of_channels_and_width_is_as_vectors_of_channels_give_it) {
  simd::unroll<std::min(6, lanes)>([](auto c) {
    for (int width = lanes; width <= 2 * lanes + 5; width += 3) {
      check<c + 1, expr::Identity>({2, {.kernel = {3, 2}, .padding = {1, 1, 0, 2}}, {5, width}});
    }
  });
}

BOOST_AUTO_TEST_CASE(rows_are_taken_in_pairs_and_one_may_be_left) {
  for (int height = 1; height <= 5; ++height) {
    check<4, test::Relu>({1, {.kernel = 5, .padding = 2}, {height, 28}, 3});
  }
}

BOOST_AUTO_TEST_CASE(windows_are_pooled_two_by_two) {
  for (const int width : {16, 18, 28, 34, 70}) {
    check<4, Pooled<true, test::Relu>>({1, {.kernel = 5, .padding = 2}, {6, width}, 2});
    check<3, Pooled<false, test::Relu>>({3, {.kernel = 3, .padding = 1}, {4, width}});
    check<1, Pooled<true, expr::Identity>>({2, {.kernel = 1}, {2, width}, 1, false});
  }
}

BOOST_AUTO_TEST_CASE(dilated_taps_and_strides_between_rows_hold) {
  check<3, test::Relu>({2, {.kernel = 3, .dilation = {2, 3}, .padding = 2}, {9, 40}});
  check<4, test::Relu>({2, {.kernel = 3, .stride = {3, 1}, .padding = 1}, {11, 23}});
}

}  // namespace
