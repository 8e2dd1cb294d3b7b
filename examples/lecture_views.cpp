// What lectures on convolutional networks draw, computed: convolution and correlation, convolutions
// as matrices, fully connected layers as convolutions, Jacobians, receptive fields, fixed filters. The
// pages in docs/lectures/ take their code from here.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <convexpr/convexpr.hpp>
#include <cstdio>
#include <iostream>
#include <span>
#include <stdexcept>
#include <vector>

#include "command_line.hpp"

namespace cx = convexpr;

namespace {

void print(const char* what, const cx::Matrix& m) {
  std::printf("%s\n", what);
  for (int r = 0; r < m.rows(); ++r) {
    for (const float v : m.row(r)) {
      std::printf(" %6.4g", std::round(static_cast<double>(v) * 1000) / 1000 + 0.0);  // no -0
    }
    std::printf("\n");
  }
  std::printf("\n");
}

void require(bool fact, const char* words) {
  if (!fact) throw std::logic_error(words);
}

/// Whether two lists of numbers are the same but for rounding.
bool close(std::span<const float> a, std::span<const float> b) {
  return std::ranges::equal(a, b, [](float p, float q) { return std::abs(p - q) < 1e-5F; });
}

/// 1, 2, 3, ... in an image or a kernel.
template <class Values>
Values counted() {
  Values values;
  float next = 0;
  for (float& v : values) v = ++next;
  return values;
}

// --- Convolution and correlation ---------------------------------------------------------------

void convolution_and_correlation() {
  cx::Tensor<float, 3, 3> impulse;
  impulse(1, 1) = 1;
  const auto k = counted<cx::Tensor<float, 2, 2>>();  // 1 2 / 3 4
  const auto correlated = cx::cross_correlate2d<cx::Overlap::valid>(impulse, k);
  const auto convolved = cx::convolve2d<cx::Overlap::valid>(impulse, k);
  print("an impulse correlated with 1 2 / 3 4", cx::Matrix(correlated));
  print("an impulse convolved with 1 2 / 3 4", cx::Matrix(convolved));
  require(convolved == k, "an impulse convolved with a kernel is the kernel");
  require(correlated == cx::flipped(k), "correlated with it, the kernel turned around");

  const auto x = counted<cx::Tensor<float, 3, 3>>();
  require(cx::convolve2d(x, k) == cx::convolve2d(k, x), "convolution is commutative");
  require(cx::cross_correlate2d(x, k) == cx::flipped(cx::cross_correlate2d(k, x)),
          "correlation is not: its result is turned around");

  // Conv2d correlates; with its weight turned around it convolves.
  cx::Network<cx::Conv2d<1, {.kernel = 2, .bias = false}>, cx::Input<1, 3, 3>> net;
  const cx::NamedTensor weight{"weight", {1, 1, 2, 2}, {1, 2, 3, 4}};
  const auto image = counted<cx::Tensor<float, 1, 3, 3>>();
  cx::load_state_dict(net, {weight});
  require(close(net.forward(image), cx::cross_correlate2d<cx::Overlap::valid>(x, k)), "correlates");
  cx::load_state_dict(net, {cx::flipped(weight)});
  require(close(net.forward(image), cx::convolve2d<cx::Overlap::valid>(x, k)), "convolves");
}

// --- im2col ------------------------------------------------------------------------------------

void im2col() {
  const auto x = counted<cx::Tensor<float, 1, 3, 3>>();
  const cx::Tensor<float, 4, 4> m = cx::im2col<{.kernel = 2}>(x);
  print("the 2x2 patches of 1 2 3 / 4 5 6 / 7 8 9, one a column", cx::Matrix(m));

  const cx::Matrix w(1, 4, std::vector<float>{1, 0, 0, -1});
  const cx::Matrix y = w * cx::Matrix(m);
  print("1 0 / 0 -1 over that image, as one product", y);

  cx::Network<cx::Conv2d<1, {.kernel = 2, .bias = false}>, cx::Input<1, 3, 3>> net;
  cx::load_state_dict(net, {{"weight", {1, 1, 2, 2}, {1, 0, 0, -1}}});
  require(close(net.forward(x), y.values()), "a convolution is its weights times im2col");

  cx::Tensor<float, 4, 4> ones;
  ones.fill(1);
  const auto counts = cx::col2im<{.kernel = 2}, cx::Input<1, 3, 3>>(ones);
  print("how many patches each pixel is in", cx::Matrix(3, 3, counts));
}

// --- The Toeplitz matrix -----------------------------------------------------------------------

void toeplitz() {
  using Layer = cx::Conv2d<1, {.kernel = 2, .bias = false}>;
  const std::vector<float> weight{1, 2, 3, 4};
  const cx::Matrix m = cx::toeplitz_matrix<Layer, cx::Input<1, 3, 3>>(weight);
  print("the matrix of a 2x2 convolution on 3x3 pixels", m);

  const auto x = counted<cx::Tensor<float, 1, 3, 3>>();
  cx::Network<Layer, cx::Input<1, 3, 3>> net;
  cx::load_state_dict(net, {{"weight", {1, 1, 2, 2}, weight}});
  require(close(net.forward(x), m * x), "the matrix times x is the convolution");

  cx::Batch<float, 1, 3, 3> xs(1);
  cx::Batch<float, 1, 2, 2> dys(1);
  std::ranges::copy(std::vector<float>{1, 0, 0, -1}, dys[0].begin());
  const auto [ys, dxs, gradient] = cx::vjp(net, xs, dys);
  require(close(dxs[0], cx::transposed(m) * dys[0]), "its transpose takes dy to dx");
}

// --- Fully connected layers as convolutions ----------------------------------------------------

constexpr auto classifier = cx::conv2d<4, {.kernel = 3}> | cx::relu |
                            cx::max_pool2d<{.kernel = 2}> | cx::flatten | cx::linear<8> | cx::relu |
                            cx::linear<3>;
using Classifier = cx::Network<decltype(classifier), cx::Input<1, 8, 8>>;

constexpr auto sliding = cx::conv2d<4, {.kernel = 3}> | cx::relu | cx::max_pool2d<{.kernel = 2}> |
                         cx::identity | cx::conv2d<8, {.kernel = 3}> | cx::relu |
                         cx::conv2d<3, {.kernel = 1}>;
static_assert(std::same_as<cx::convolutional<Classifier>, std::remove_cv_t<decltype(sliding)>>);

using Map = cx::Network<cx::convolutional<Classifier>, cx::Input<1, 12, 14>>;
static_assert(Map::parameter_count == Classifier::parameter_count);
static_assert(Map::output_shape == cx::shape(3, 3, 4));        // scores of 3 x 4 crops of 8x8
static_assert(Map::receptive_field.size == cx::Extent2(8));    // each sees one crop,
static_assert(Map::receptive_field.stride == cx::Extent2(2));  // 2 pixels from the next
static_assert(Map::macs < 3 * 4 * Classifier::macs);           // and shares work with it

void fully_connected_as_convolution() {
  Classifier net;
  cx::initialize(net, {.seed = 1});
  Map map;
  cx::load_convolutional(map, net);

  cx::Tensor<float, 1, 12, 14> x;
  float angle = 0;
  for (float& v : x) v = std::sin(angle += 0.7F);
  const auto& scores = map.forward(x);

  cx::Tensor<float, 1, 8, 8> crop;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) {
      for (int h = 0; h < 8; ++h) {
        for (int w = 0; w < 8; ++w) crop(0, h, w) = x(0, 2 * i + h, 2 * j + w);
      }
      const std::vector<float> here{scores(0, i, j), scores(1, i, j), scores(2, i, j)};
      require(close(net.forward(crop), here), "each score is that of a crop");
    }
  }
  print("scores of class 0 over 3 x 4 crops of a 12x14 image",
        cx::Matrix(3, 4, std::span(scores).first(12)));
}

// --- The Jacobian ------------------------------------------------------------------------------

void jacobian() {
  constexpr auto chain = cx::conv2d<2, {.kernel = 2, .bias = false}> | cx::relu | cx::flatten |
                         cx::linear<2, {.bias = false}>;
  cx::Network<decltype(chain), cx::Input<1, 3, 3>> net;
  cx::load_state_dict(net,
                      {{"0.weight", {2, 1, 2, 2}, {1, 0, 0, -1, -1, 0, 0, 1}},
                       {"3.weight", {2, 8}, {1, 1, 1, 1, 0, 0, 0, 0, 1, 2, 3, 4, 4, 3, 2, 1}}});
  cx::Tensor<float, 1, 3, 3> x;
  std::ranges::copy(std::vector<float>{4, 1, 2, 1, 0, 5, 2, 3, 6}, x.begin());
  const cx::Matrix m = cx::jacobian(net, x);
  print("dy/dx of a convolution, relu and a linear layer", m);

  // Without biases, relu networks are linear as far as no sign changes: y = (dy/dx) x.
  require(close(net.forward(x), m * x), "y = (dy/dx) x");
}

// --- Receptive fields --------------------------------------------------------------------------

constexpr auto tower = cx::conv2d<1, {.kernel = 3, .padding = 1}> | cx::avg_pool2d<{.kernel = 2}> |
                       cx::conv2d<1, {.kernel = 3, .padding = 1}>;
using Tower = cx::Network<decltype(tower), cx::Input<1, 8, 12>>;

// After the pool, units stand two pixels apart; the last layer's three of them reach 4 + 4 pixels.
static_assert(Tower::layers[0].receptive_field.size == cx::Extent2(3));
static_assert(Tower::layers[1].receptive_field.size == cx::Extent2(4));
static_assert(Tower::layers[1].receptive_field.stride == cx::Extent2(2));
static_assert(Tower::layers[2].receptive_field.size == cx::Extent2(8));
static_assert(Tower::layers[2].receptive_field == Tower::receptive_field);

// The unit at row 0, column 2: its first three rows lie above the image.
static_assert(Tower::receptive_field.rows(0) == cx::Interval{-3, 5});
static_assert(Tower::receptive_field.rows(0).within(8) == cx::Interval{0, 5});
static_assert(Tower::receptive_field.columns(2) == cx::Interval{1, 9});

void receptive_field() {
  std::cout << cx::summary<Tower>({.receptive_fields = true}) << '\n';
  Tower net;
  std::vector<cx::NamedTensor> dict = cx::state_dict(net);
  for (cx::NamedTensor& t : dict) std::ranges::fill(t.values, 1.0F);
  cx::load_state_dict(net, dict);
  const cx::Matrix m = cx::jacobian(net, cx::Tensor<float, 1, 8, 12>());
  const cx::Matrix seen(8, 12, m.row(2));  // output 2: row 0, column 2
  print("ways from each pixel to the unit at row 0, column 2, all weights 1", seen);
  for (int h = 0; h < 8; ++h) {
    for (int w = 0; w < 12; ++w) {
      const bool in_field = Tower::receptive_field.rows(0).contains(h) &&
                            Tower::receptive_field.columns(2).contains(w);
      require((seen(h, w) != 0) == in_field, "a unit depends on its receptive field");
    }
  }
}

// --- Fixed filters -----------------------------------------------------------------------------

template <class Layer>
cx::Matrix filtered(const cx::Tensor<float, 1, 4, 5>& x) {
  using Net = cx::Network<Layer, cx::Input<1, 4, 5>>;
  static_assert(Net::parameter_count == 0);
  Net net;
  const auto& y = net.forward(x);
  return {Net::output_shape.height, Net::output_shape.width,
          std::vector<float>(y.begin(), y.end())};
}

void fixed_filters() {
  cx::Tensor<float, 1, 4, 5> x;  // dark on the left, bright from the third column on
  for (int i = 0; i < 4; ++i) {
    for (int j = 2; j < 5; ++j) x(0, i, j) = 1;
  }
  const cx::Matrix slope = filtered<cx::Filter2d<cx::sobel_x>>(x);
  print("how steeply a step rises to the right, by Sobel's filter", slope);
  require(close(slope.values(), std::vector<float>{4, 4, 0, 4, 4, 0}), "an edge has two columns");

  const cx::Matrix falling = filtered<cx::Filter2d<cx::flipped(cx::sobel_x)>>(x);
  require(close(falling.values(), std::vector<float>{-4, -4, 0, -4, -4, 0}),
          "convolved instead of correlated, the slope has the other sign");

  constexpr auto row = cx::taps({{0.25F, 0.5F, 0.25F}});
  constexpr auto column = cx::taps({{0.25F}, {0.5F}, {0.25F}});
  const cx::Matrix square = filtered<cx::Filter2d<cx::gaussian<3>>>(x);
  const cx::Matrix in_two = filtered<cx::Sequential<cx::Filter2d<row>, cx::Filter2d<column>>>(x);
  print("the same step, smoothed", square);
  require(close(square.values(), in_two.values()), "a Gaussian is one along each axis");
}

}  // namespace

static int show() {
  convolution_and_correlation();
  im2col();
  toeplitz();
  fully_connected_as_convolution();
  jacobian();
  receptive_field();
  fixed_filters();
  return 0;
}

int main(int argc, char** argv) {
  return command_line::run(argc, argv, "lecture_views",
                           "Prints the matrices of the lectures, and checks what is said of them.",
                           show);
}
