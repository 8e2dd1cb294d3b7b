// The adjoint of a convolution's weights by Winograd's filtering against its definition in double
// precision.
#define BOOST_TEST_MODULE kernels_conv2d_winograd_weights
#include <algorithm>
#include <convexpr/kernels/conv2d_winograd_weights.hpp>
#include <vector>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using convexpr::Padding;
using kernels::Winograd;
using test::AlignedFloats;
using test::Buffer;

namespace {

constexpr int lanes = convexpr::simd::lanes;

struct Case {
  int in = 1;
  int out = 1;
  int h = 4;  // of the output
  int w = 4;
  Padding padding{1};
  int examples = 2;
};

// Extents that tiles divide, leave a rest of, and just fit; blocks of output channels of all numbers
// that go together; batches of more tiles than one run takes.
constexpr Case cases[]{
    {.in = lanes, .out = 2 * lanes, .h = 8, .w = 12},
    {.in = 3, .out = 5, .h = 7, .w = 7, .examples = 3},
    {.in = 2 * lanes + 1, .out = 3 * lanes + 2, .h = 4, .w = 9},
    {.in = lanes - 1, .out = 5 * lanes, .h = 13, .w = 5, .padding = {0, 1, 2, 0}},
    {.in = lanes + 1, .out = lanes, .h = 29, .w = 31, .padding = 0, .examples = 5},
};

template <Winograd W>
void check(const Case& c) {
  if (c.h < W.taps || c.w < W.taps) return;
  constexpr int taps = W.outputs;  // of the convolution
  const kernels::ConvGeometry g{c.in, c.out, 1, {.kernel = taps, .padding = c.padding}, lanes};
  const Buffer x({c.examples, c.in, c.h + taps - 1 - c.padding.top - c.padding.bottom,
                  c.w + taps - 1 - c.padding.left - c.padding.right},
                 c.padding);
  const Buffer dy({c.examples, c.out, c.h, c.w}, Padding{1, 0, 2, 1});
  test::fill_with_border(x, c.padding, 1);
  test::fill_with_border(dy, {}, 2);
  const AlignedFloats packed(kernels::packed_size(g));
  const AlignedFloats dbias(static_cast<std::size_t>(kernels::blocks(c.out, lanes) * lanes));
  const AlignedFloats scratch(
      kernels::winograd_weights_scratch(W, c.in, c.out, {c.h, c.w}, c.examples));
  kernels::conv2d_winograd_backward_weights<W>(x, dy, packed.data(), dbias.data(), g,
                                               scratch.data());
  std::vector<float> dw(static_cast<std::size_t>(c.out * c.in * taps * taps));
  kernels::unpack(g, packed.data(), dw.data());
  double difference = 0;
  double largest = 0;
  std::size_t at = 0;
  for (int o = 0; o < c.out; ++o) {
    double bias = 0;
    for (int n = 0; n < c.examples; ++n) {
      for (int i = 0; i < c.h; ++i) {
        for (int j = 0; j < c.w; ++j) bias += dy.at(n, o, i, j);
      }
    }
    BOOST_TEST(std::abs(dbias.data()[o] - bias) <= 1e-4);
    for (int k = 0; k < c.in; ++k) {
      for (int u = 0; u < taps; ++u) {
        for (int v = 0; v < taps; ++v) {
          double sum = 0;
          for (int n = 0; n < c.examples; ++n) {
            for (int i = 0; i < c.h; ++i) {
              for (int j = 0; j < c.w; ++j) {
                sum += double{dy.at(n, o, i, j)} *
                       x.at(n, k, i + u - c.padding.top, j + v - c.padding.left);
              }
            }
          }
          difference = std::max(difference, std::abs(dw[at++] - sum));
          largest = std::max(largest, std::abs(sum));
        }
      }
    }
  }
  BOOST_TEST(difference <= 2e-5 * largest);
  if (c.out % lanes != 0) BOOST_TEST(dbias.data()[c.out] == 0.0F);
}

template <Winograd W>
void check_all() {
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.in << " -> " << c.out << ", " << c.h << " x " << c.w) { check<W>(c); }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(tiles_of_4_by_4_gradients_for_3_by_3_weights) { check_all<Winograd{3, 4}>(); }
BOOST_AUTO_TEST_CASE(tiles_of_2_by_2_gradients_for_3_by_3_weights) { check_all<Winograd{3, 2}>(); }
