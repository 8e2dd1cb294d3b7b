// Depthwise convolutions, fixed filters and all their adjoints against plain loops over every tap.
#define BOOST_TEST_MODULE kernels_depthwise_conv2d
#include <convexpr/kernels/depthwise_conv2d.hpp>
#include <convexpr/kernels/filter2d.hpp>
#include <limits>
#include <vector>

#include "buffer.hpp"
#include "functions.hpp"

namespace kernels = convexpr::kernels;
namespace expr = convexpr::expr;
using convexpr::Extent2;
using convexpr::Padding;
using convexpr::Window;
using test::Buffer;
using test::Extents;

namespace {

constexpr double epsilon = std::numeric_limits<float>::epsilon();
constexpr int lanes = convexpr::simd::lanes;

struct Case {
  int h, w;
  Window window;
  int multiplier = 1;
  int channels = lanes + 3;
};

// Widths on both sides of every tile; strides without a kernel of their own; strides and dilations
// with and without a common divisor; kernels that phases of the stride miss.
const Case cases[] = {
    {5, 29, {.kernel = 3, .padding = 1}},
    {7, 23, {.kernel = 5, .stride = 2, .padding = 2}},
    {9, 13, {.kernel = {3, 2}, .stride = {3, 1}, .padding = {0, 1, 2, 0}}},
    {12, 17, {.kernel = {1, 3}, .stride = {2, 3}, .dilation = {1, 2}, .padding = {0, 4}}},
    {11, 10, {.kernel = 3, .stride = 2, .dilation = 2, .padding = {3, 0, 1, 2}}},
    {11, 9, {.kernel = {2, 3}, .stride = {4, 2}, .dilation = {2, 1}, .padding = 1}},
    {3, 6, {.kernel = {3, 5}, .padding = {4, 1}}},
    {4, 3, {.kernel = 1, .stride = {3, 1}}},
    {8, 15, {.kernel = 3, .padding = 1}, 2},
    {9, 11, {.kernel = {3, 5}, .stride = 2, .padding = 2}, 3, 2 * lanes + 1},
    {6, 8, {.kernel = 2, .stride = {1, 2}, .padding = {0, 1}}, lanes + 2, 3},
    {70, 90, {.kernel = {5, 3}, .stride = {2, 1}, .padding = {2, 1}}, 2, 3},
};

using Scratch = test::AlignedFloats;

/// A case with everything that its kernels need.
struct Setting {
  explicit Setting(const Case& c)
      : window(c.window),
        multiplier(c.multiplier),
        in{2, c.channels, c.h, c.w},
        out{2, c.channels * c.multiplier, 0, 0},
        packed(kernels::packed_depthwise_size(out.c, window.kernel)) {
    const Extent2 e = convexpr::window::output_extent({c.h, c.w}, c.window);
    out.h = e.h;
    out.w = e.w;
    weights.resize(static_cast<std::size_t>(out.c * taps()));
    test::Noise noise(3);
    for (float& w : weights) w = noise();
    kernels::pack_depthwise(out.c, window.kernel, weights.data(), packed.data());
  }

  int taps() const { return window.kernel.h * window.kernel.w; }
  float weight(int o, int u, int v) const {
    return weights[static_cast<std::size_t>((o * window.kernel.h + u) * window.kernel.w + v)];
  }
  Padding adjoint_border() const {
    return convexpr::window::adjoint_border({in.h, in.w}, {out.h, out.w}, window);
  }

  /// Calls f(u, v, row, column) for every tap of output pixel (i, j) inside the input.
  template <class F>
  void for_each_tap(int i, int j, F f) const {
    const Window& w = window;
    for (int u = 0; u < w.kernel.h; ++u) {
      for (int v = 0; v < w.kernel.w; ++v) {
        const int row = i * w.stride.h + u * w.dilation.h - w.padding.top;
        const int column = j * w.stride.w + v * w.dilation.w - w.padding.left;
        if (row >= 0 && row < in.h && column >= 0 && column < in.w) f(u, v, row, column);
      }
    }
  }

  Window window;
  int multiplier;
  Extents in;
  Extents out;
  std::vector<float> weights;
  Scratch packed;
};

/// Zeros in the border, as the layout pass has them written.
void clear_border(const Buffer& b, const Padding& p) { kernels::clear_border(b.maps(), p, lanes); }

template <class F>
void run_forward(const Setting& s, const Buffer& x, const float* bias, const Buffer& y) {
  const Scratch scratch(
      kernels::depthwise_conv2d_scratch(s.window, s.multiplier, {s.out.h, s.out.w}));
  const auto run = s.window.stride.w == 1   ? kernels::depthwise_conv2d<1, F>
                   : s.window.stride.w == 2 ? kernels::depthwise_conv2d<2, F>
                                            : kernels::depthwise_conv2d<0, F>;
  run(x, s.packed.data(), bias, y, s.window, s.multiplier, scratch.data(), {});
}

double sum_at(const Setting& s, const Buffer& x, int n, int o, int i, int j) {
  double sum = 0;
  s.for_each_tap(i, j, [&](int u, int v, int row, int column) {
    sum += double{s.weight(o, u, v)} * x.at(n, o / s.multiplier, row, column);
  });
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_output_channel_is_its_input_channel_times_its_own_weights) {
  for (const Case& c : cases) {
    const Setting s(c);
    const Buffer x(s.in, c.window.padding);
    const Buffer y(s.out, {1, 0, 0, 2});
    const Buffer b({1, s.out.c, 1, 1});
    test::Noise noise(4);
    x.fill(noise);
    b.fill(noise);
    clear_border(x, c.window.padding);
    run_forward<expr::Identity>(s, x, b.maps().data, y);
    BOOST_TEST(test::distance(y, [&](int n, int o, int i, int j) {
                 return b.at(0, o, 0, 0) + sum_at(s, x, n, o, i, j);
               }) <= 2 * (s.taps() + 1) * epsilon);
    BOOST_TEST(y.untouched_around());
    run_forward<test::Sigmoid>(s, x, nullptr, y);
    BOOST_TEST(test::distance(y, [&](int n, int o, int i, int j) {
                 return 1 / (1 + std::exp(-sum_at(s, x, n, o, i, j)));
               }) <= 2 * (s.taps() + 1) * epsilon);
    BOOST_TEST(y.untouched_around());
    run_forward<test::Relu>(s, x, nullptr, y);
    BOOST_TEST(y.untouched_around());
  }
}

BOOST_AUTO_TEST_CASE(every_pixel_gets_back_what_it_gave) {
  for (const Case& c : cases) {
    const Setting s(c);
    const Padding border = s.adjoint_border();
    const Buffer dy(s.out, border);
    const Buffer dx(s.in, {1, 0, 2, 1});
    test::Noise noise(5);
    dy.fill(noise);
    clear_border(dy, border);
    const Scratch scratch(
        kernels::depthwise_conv2d_backward_scratch(s.multiplier, {s.in.h, s.in.w}));
    kernels::depthwise_conv2d_backward_data(dy, s.packed.data(), dx, s.window, s.multiplier,
                                            scratch.data());
    std::vector<double> wanted(static_cast<std::size_t>(s.in.size()), 0.0);
    const auto at = [&](int n, int ch, int i, int j) -> double& {
      return wanted[static_cast<std::size_t>(((n * s.in.c + ch) * s.in.h + i) * s.in.w + j)];
    };
    for (int n = 0; n < s.out.n; ++n) {
      for (int o = 0; o < s.out.c; ++o) {
        for (int i = 0; i < s.out.h; ++i) {
          for (int j = 0; j < s.out.w; ++j) {
            s.for_each_tap(i, j, [&](int u, int v, int row, int column) {
              at(n, o / s.multiplier, row, column) += double{s.weight(o, u, v)} * dy.at(n, o, i, j);
            });
          }
        }
      }
    }
    BOOST_TEST(test::distance(dx, at) <= 2 * s.taps() * s.multiplier * epsilon);
    BOOST_TEST(dx.untouched_around());
  }
}

BOOST_AUTO_TEST_CASE(every_weight_gathers_what_it_met) {
  for (const Case& c : cases) {
    const Setting s(c);
    const Buffer x(s.in, c.window.padding);
    const Buffer dy(s.out, {0, 1});
    test::Noise noise(6);
    x.fill(noise);
    dy.fill(noise);
    clear_border(x, c.window.padding);
    const Scratch scratch(
        kernels::depthwise_conv2d_scratch(s.window, s.multiplier, {s.out.h, s.out.w}));
    const Scratch dpacked(kernels::packed_depthwise_size(s.out.c, s.window.kernel));
    const Buffer db({1, s.out.c, 1, 1});
    kernels::depthwise_conv2d_backward_weights(x, dy, dpacked.data(), db.maps().data, s.window,
                                               s.multiplier, scratch.data());
    const Buffer dw({1, s.out.c, s.window.kernel.h, s.window.kernel.w});
    std::vector<float> plain(s.weights.size());
    kernels::unpack_depthwise(s.out.c, s.window.kernel, dpacked.data(), plain.data());
    dw.fill([&](int, int o, int u, int v) {
      return plain[static_cast<std::size_t>((o * s.window.kernel.h + u) * s.window.kernel.w + v)];
    });
    const double terms = s.out.n * s.out.h * s.out.w;
    BOOST_TEST(test::distance(dw, [&](int, int o, int tap_row, int tap_column) {
                 double sum = 0;
                 for (int n = 0; n < s.out.n; ++n) {
                   for (int i = 0; i < s.out.h; ++i) {
                     for (int j = 0; j < s.out.w; ++j) {
                       s.for_each_tap(i, j, [&](int u, int v, int row, int column) {
                         if (u != tap_row || v != tap_column) return;
                         sum += double{dy.at(n, o, i, j)} * x.at(n, o / s.multiplier, row, column);
                       });
                     }
                   }
                 }
                 return sum;
               }) <= terms * epsilon);
    BOOST_TEST(test::distance(db, [&](int, int o, int, int) {
                 double sum = 0;
                 for (int n = 0; n < s.out.n; ++n) {
                   for (int i = 0; i < s.out.h; ++i) {
                     for (int j = 0; j < s.out.w; ++j) sum += double{dy.at(n, o, i, j)};
                   }
                 }
                 return sum;
               }) <= terms * epsilon);
    for (int o = s.out.c; o % lanes != 0; ++o) {  // spare lanes
      const std::ptrdiff_t at = o / lanes * kernels::depthwise_block_stride(s.window.kernel);
      for (int tap = 0; tap < s.taps(); ++tap) {
        BOOST_REQUIRE(dpacked.data()[at + tap * lanes + o % lanes] == 0.0F);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_filter_is_a_depthwise_convolution_whose_channels_share_their_weights) {
  for (const Case& c : cases) {
    if (c.multiplier != 1) continue;
    Setting s(c);
    for (int o = 1; o < s.out.c; ++o) {
      for (int tap = 0; tap < s.taps(); ++tap) {
        s.weights[static_cast<std::size_t>(o * s.taps() + tap)] =
            s.weights[static_cast<std::size_t>(tap)];
      }
    }
    kernels::pack_depthwise(s.out.c, s.window.kernel, s.weights.data(), s.packed.data());
    const Buffer x(s.in, c.window.padding);
    const Buffer y(s.out, {1, 0, 0, 2});
    const Buffer same(s.out);
    test::Noise noise(7);
    x.fill(noise);
    clear_border(x, c.window.padding);
    run_forward<test::Relu>(s, x, nullptr, same);
    const auto run = s.window.stride.w == 1   ? kernels::filter2d<1, test::Relu>
                     : s.window.stride.w == 2 ? kernels::filter2d<2, test::Relu>
                                              : kernels::filter2d<0, test::Relu>;
    run(x, s.weights.data(), y, s.window, {});
    BOOST_TEST(test::distance(y, [&](int n, int o, int i, int j) {
                 return double{same.at(n, o, i, j)};
               }) == 0);
    BOOST_TEST(y.untouched_around());

    const Padding border = s.adjoint_border();
    const Buffer dy(s.out, border);
    const Buffer dx(s.in, {0, 1, 1, 0});
    const Buffer wanted(s.in);
    dy.fill(noise);
    clear_border(dy, border);
    kernels::depthwise_conv2d_backward_data(dy, s.packed.data(), wanted, s.window, 1, nullptr);
    kernels::filter2d_backward(dy, s.weights.data(), dx, s.window);
    BOOST_TEST(test::distance(dx, [&](int n, int o, int i, int j) {
                 return double{wanted.at(n, o, i, j)};
               }) == 0);
    BOOST_TEST(dx.untouched_around());
  }
}
