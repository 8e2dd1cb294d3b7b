// Winograd's filtering, forward and as the adjoint of its input, against the definition in double
// precision.
#define BOOST_TEST_MODULE kernels_conv2d_winograd
#include <algorithm>
#include <convexpr/kernels/conv2d_winograd.hpp>
#include <vector>

#include "buffer.hpp"
#include "functions.hpp"

namespace kernels = convexpr::kernels;
namespace expr = convexpr::expr;
using convexpr::Padding;
using kernels::Winograd;
using test::AlignedFloats;
using test::Buffer;
using test::Extents;

namespace {

constexpr int lanes = convexpr::simd::lanes;

struct Case {
  int in = 1;
  int out = 1;
  int h = 4;  // of the output
  int w = 4;
  Padding padding{1};
  int examples = 2;
  bool bias = true;
};

// Extents that tiles divide, leave a rest of, and just fit; channels that fill vectors or not;
// images of which several runs of tiles are needed, and runs that begin within an image.
constexpr Case cases[]{
    {.in = lanes, .out = 2 * lanes, .h = 8, .w = 12},
    {.in = 3, .out = 5, .h = 7, .w = 7, .examples = 3},
    {.in = 2 * lanes + 1, .out = 3 * lanes + 2, .h = 4, .w = 9, .bias = false},
    {.in = lanes - 1, .out = lanes + 1, .h = 13, .w = 4, .padding = {0, 1, 2, 0}},
    {.in = 6 * lanes, .out = lanes, .h = 29, .w = 31, .padding = 0, .examples = 1},
    {.in = 40, .out = 7 * lanes, .h = 5, .w = 6, .padding = {2, 2, 1, 1}, .examples = 5},
};

/// A case with its operands; `reach` more zeros than the padding asks for lie around the images.
struct Setting {
  Setting(const Case& c, int taps)
      : geometry{c.in, c.out, 1, {.kernel = taps, .padding = c.padding}, lanes},
        x_extents{c.examples, c.in, c.h + taps - 1 - c.padding.top - c.padding.bottom,
                  c.w + taps - 1 - c.padding.left - c.padding.right},
        y_extents{c.examples, c.out, c.h, c.w},
        weights(test::numbers(static_cast<std::size_t>(c.out * c.in * taps * taps), 1)),
        packed(kernels::packed_size(geometry)) {
    kernels::pack(geometry, weights.data(), packed.data());
  }

  double weight(int o, int c, int u, int v) const {
    const int taps = geometry.window.kernel.h;
    return weights[static_cast<std::size_t>(((o * geometry.in_channels + c) * taps + u) * taps +
                                            v)];
  }

  kernels::ConvGeometry geometry;
  Extents x_extents;
  Extents y_extents;
  std::vector<float> weights;
  AlignedFloats packed;
};

bool inside(const Extents& e, int i, int j) { return i >= 0 && i < e.h && j >= 0 && j < e.w; }

/// The largest difference between maps and a definition, of the definition's largest value.
template <class Definition>
double error(const Buffer& got, Definition definition) {
  const Extents& e = got.extents();
  double difference = 0;
  double largest = 0;
  for (int n = 0; n < e.n; ++n) {
    for (int c = 0; c < e.c; ++c) {
      for (int i = 0; i < e.h; ++i) {
        for (int j = 0; j < e.w; ++j) {
          const double expected = definition(n, c, i, j);
          difference = std::max(difference, std::abs(got.at(n, c, i, j) - expected));
          largest = std::max(largest, std::abs(expected));
        }
      }
    }
  }
  return difference / largest;
}

constexpr double most_error = 2e-5;

/// Cols is the width of the register tile, for which `case_` has tiles enough.
template <Winograd W, kernels::ConvTile Tile, class F>
void check_forward(const Case& c) {
  const Setting s(c, W.taps);
  const Buffer x(s.x_extents, c.padding);
  test::fill_with_border(x, c.padding, 2);
  const std::vector<float> b = test::numbers(static_cast<std::size_t>(c.out), 3);
  const AlignedFloats bias(static_cast<std::size_t>(kernels::blocks(c.out, lanes) * lanes));
  for (int o = 0; o < kernels::blocks(c.out, lanes) * lanes; ++o) {
    bias.data()[o] = o < c.out ? b[static_cast<std::size_t>(o)] : 0.0F;
  }
  const AlignedFloats at_points(kernels::winograd_weights_size(W, c.in, c.out));
  kernels::transform_weights<W>(s.geometry, s.packed.data(), at_points.data());
  const AlignedFloats scratch(kernels::winograd_scratch(W, c.in, Tile, c.h, c.w, c.examples));
  const Buffer y(s.y_extents, Padding{1, 2, 0, 1});
  kernels::conv2d_winograd<W, Tile, F>(x, at_points.data(), c.bias ? bias.data() : nullptr, y,
                                       {c.padding.top, c.padding.left}, scratch.data());
  const double worst = error(y, [&](int n, int o, int i, int j) {
    double sum = c.bias ? b[static_cast<std::size_t>(o)] : 0.0;
    for (int k = 0; k < c.in; ++k) {
      for (int u = 0; u < W.taps; ++u) {
        for (int v = 0; v < W.taps; ++v) {
          const int row = i + u - c.padding.top;
          const int column = j + v - c.padding.left;
          if (inside(s.x_extents, row, column))
            sum += s.weight(o, k, u, v) * x.at(n, k, row, column);
        }
      }
    }
    if constexpr (std::same_as<F, test::Relu>) return std::max(sum, 0.0);
    if constexpr (std::same_as<F, test::Sigmoid>) return 1.0 / (1.0 + std::exp(-sum));
    return sum;
  });
  BOOST_TEST(worst <= most_error);
  BOOST_TEST(y.untouched_around());
}

template <Winograd W>
void check_backward(const Case& c) {
  const Setting s(c, W.taps);
  if (s.x_extents.h < W.outputs || s.x_extents.w < W.outputs) return;
  const int reach = W.taps - 1;
  const Padding border{reach - c.padding.top, reach - c.padding.left, reach - c.padding.bottom,
                       reach - c.padding.right};
  const Buffer dy(s.y_extents, border);
  test::fill_with_border(dy, border, 4);
  const AlignedFloats turned(kernels::turned_size(s.geometry));
  const AlignedFloats at_points(kernels::winograd_weights_size(W, c.out, c.in));
  kernels::transform_turned_weights<W>(s.geometry, s.packed.data(), at_points.data(),
                                       turned.data());
  constexpr kernels::ConvTile tile{1, 1, 2};
  const AlignedFloats scratch(
      kernels::winograd_scratch(W, c.out, tile, s.x_extents.h, s.x_extents.w, c.examples));
  const Buffer dx(s.x_extents, Padding{1});
  kernels::conv2d_winograd<W, tile, expr::Identity>(dy, at_points.data(), nullptr, dx,
                                                    {border.top, border.left}, scratch.data());
  const double worst = error(dx, [&](int n, int k, int i, int j) {
    double sum = 0;
    for (int o = 0; o < c.out; ++o) {
      for (int u = 0; u < W.taps; ++u) {
        for (int v = 0; v < W.taps; ++v) {
          const int row = i - u + c.padding.top;
          const int column = j - v + c.padding.left;
          if (inside(s.y_extents, row, column)) {
            sum += s.weight(o, k, u, v) * dy.at(n, o, row, column);
          }
        }
      }
    }
    return sum;
  });
  BOOST_TEST(worst <= most_error);
  BOOST_TEST(dx.untouched_around());
}

template <Winograd W>
void check_all() {
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.in << " -> " << c.out << ", " << c.h << " x " << c.w) {
      check_forward<W, {1, 1, 1}, expr::Identity>(c);
      check_forward<W, {1, 2, 2}, test::Relu>(c);
      check_backward<W>(c);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(tiles_of_4_by_4_outputs_for_3_by_3_weights) { check_all<Winograd{4, 3}>(); }
BOOST_AUTO_TEST_CASE(tiles_of_2_by_2_outputs_for_3_by_3_weights) { check_all<Winograd{2, 3}>(); }
BOOST_AUTO_TEST_CASE(tiles_of_3_by_3_outputs_for_4_by_4_weights) { check_all<Winograd{3, 4}>(); }
BOOST_AUTO_TEST_CASE(tiles_of_2_by_2_outputs_for_5_by_5_weights) { check_all<Winograd{2, 5}>(); }

/// A function that is nothing at nothing, and one that is not, of which the spare lanes are cleared.
BOOST_AUTO_TEST_CASE(functions_of_many_instructions) {
  check_forward<Winograd{4, 3}, {1, 2, 1}, test::Sigmoid>(cases[1]);
  check_forward<Winograd{2, 3}, {1, 1, 2}, test::Sigmoid>(cases[3]);
}

/// Pools behind the function, of images whose last tiles overlap and of such that tiles divide.
template <Winograd W, kernels::TilePool Pool>
void check_pooled(const Case& c) {
  const Setting s(c, W.taps);
  const Buffer x(s.x_extents, c.padding);
  test::fill_with_border(x, c.padding, 2);
  const AlignedFloats at_points(kernels::winograd_weights_size(W, c.in, c.out));
  kernels::transform_weights<W>(s.geometry, s.packed.data(), at_points.data());
  constexpr kernels::ConvTile tile{1, 2, 1};
  const AlignedFloats scratch(kernels::winograd_scratch(W, c.in, tile, c.h, c.w, c.examples));
  const Buffer whole(s.y_extents);
  const convexpr::Extent2 padding{c.padding.top, c.padding.left};
  kernels::conv2d_winograd<W, tile, test::Relu>(x, at_points.data(), nullptr, whole, padding,
                                                scratch.data());
  const Buffer y({c.examples, c.out, c.h / Pool.rows, c.w / Pool.cols}, Padding{1});
  kernels::conv2d_winograd<W, tile, kernels::PooledFunction<test::Relu, Pool>>(
      x, at_points.data(), nullptr, y, padding, scratch.data());
  const double worst = error(y, [&](int n, int o, int i, int j) {
    double best = 0;
    double sum = 0;
    for (int u = 0; u < Pool.rows; ++u) {
      for (int v = 0; v < Pool.cols; ++v) {
        const double value = whole.at(n, o, i * Pool.rows + u, j * Pool.cols + v);
        best = std::max(best, value);
        sum += value / (Pool.rows * Pool.cols);
      }
    }
    return Pool.maximum ? best : sum;
  });
  BOOST_TEST(worst <= 1e-6);
  BOOST_TEST(y.untouched_around());
}

BOOST_AUTO_TEST_CASE(pooled_outputs) {
  constexpr Case overlapping{.in = lanes, .out = lanes + 1, .h = 6, .w = 10};
  constexpr Case divided{.in = 5, .out = 3, .h = 8, .w = 12};
  check_pooled<Winograd{4, 3}, kernels::TilePool{2, 2, true}>(overlapping);
  check_pooled<Winograd{4, 3}, kernels::TilePool{2, 1, false}>(overlapping);
  check_pooled<Winograd{4, 3}, kernels::TilePool{4, 4, true}>(divided);
  check_pooled<Winograd{2, 5}, kernels::TilePool{2, 2, false}>(divided);
}

/// Tiles as the ladder chooses them, also those of a batch for a single example, which has fewer.
BOOST_AUTO_TEST_CASE(chosen_tiles) {
  constexpr Case c = cases[4];
  constexpr Winograd w{4, 3};
  check_forward<w, kernels::winograd_tile(w, c.out, c.h, c.w, c.examples), test::Relu>(c);
  constexpr Case d = cases[5];
  check_forward<w, kernels::winograd_tile(w, d.out, d.h, d.w, d.examples), test::Relu>(d);
  constexpr kernels::ConvTile of_batch = kernels::winograd_tile(w, d.out, d.h, d.w, 16);
  static_assert(of_batch.cols > 4);  // 5 x 6 outputs are 2 x 2 tiles
  Case alone = d;
  alone.examples = 1;
  check_forward<w, of_batch, test::Relu>(alone);
}

/// Channels so many that the products of several groups are held together, and not of all.
BOOST_AUTO_TEST_CASE(many_channels) {
  constexpr Case c{.in = 400, .out = 8 * lanes + 2, .h = 5, .w = 7, .examples = 3};
  constexpr Winograd w{4, 3};
  constexpr kernels::ConvTile tile{1, 2, 4};
  constexpr int groups = kernels::detail::filtering_order(w, tile, c.in).groups;
  static_assert(kernels::detail::filtering_order(w, tile, 64).groups == 1);
  static_assert(groups > 1 && (lanes < 16 || groups < 3));
  check_forward<w, tile, test::Relu>(c);
}

/// Runs hold every tile once, and register tiles divide all runs but the last.
BOOST_AUTO_TEST_CASE(runs_of_tiles) {
  for (const int tiles : {1, 4, 25, 49, 64, 196, 257}) {
    for (const int cols : {1, 4, 16, 25, 28}) {
      for (const int most : {28, 33, 56, 1000}) {
        const int first = 7;
        const kernels::TileRuns runs =
            kernels::some_tile_runs({}, cols, most, first, first + tiles);
        BOOST_TEST_CONTEXT(tiles << " tiles, " << cols << " and at most " << most) {
          BOOST_TEST(runs.size >= cols);
          BOOST_TEST(runs.size <= most);
          BOOST_TEST((runs.count == 1 || runs.size % cols == 0));
          int next = first;
          for (int run = 0; run < runs.count; ++run) {
            BOOST_TEST(runs.begin(run) == next);
            BOOST_TEST(runs.taken(run) > 0);
            next += runs.taken(run);
          }
          BOOST_TEST(next == first + tiles);
        }
      }
    }
  }
}
