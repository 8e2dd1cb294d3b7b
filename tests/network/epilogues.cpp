// What reads other values and learned parameters, behind every layer that takes it along, in both
// directions; and gradients that add up where convolutions make them.
#define BOOST_TEST_MODULE network_epilogues
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {

constexpr auto scale_and_shift = cx::elementwise<[](auto x, auto s, auto t) { return x * s + t; },
                                                 cx::parameter<"scale">, cx::parameter<"shift">>;

template <int Out, int Kernel>
constexpr auto convolution = cx::conv2d<Out, {.kernel = Kernel, .padding = Kernel / 2}>;

template <class Net>
constexpr int sums_backward = [] {
  constexpr const auto& plan = Net::training_plan;
  int count = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (static_cast<int>(i) >= plan.forward_steps && plan.steps[i].op.kind == cx::Kind::sum) {
      ++count;
    }
  }
  return count;
}();

}  // namespace

BOOST_AUTO_TEST_CASE(linear_layers) {
  constexpr auto net = cx::linear<17> | cx::prelu | cx::residual(cx::linear<17>) |
                       cx::residual(cx::linear<17> | cx::tanh) | scale_and_shift | cx::linear<5> |
                       scale_and_shift;
  check<cx::Input<9>>(net);
}

BOOST_AUTO_TEST_CASE(depthwise_convolutions) {
  constexpr auto depthwise = cx::depthwise_conv2d<{.kernel = 3, .padding = 1}>;
  check<cx::Input<5, 4, 6>>(depthwise | cx::prelu | cx::residual(depthwise) | cx::hard_sigmoid |
                            cx::depthwise_conv2d<{.kernel = 3, .padding = 1, .multiplier = 4}> |
                            scale_and_shift | cx::softmax);
}

BOOST_AUTO_TEST_CASE(transposed_convolutions) {
  constexpr auto transposed = cx::conv_transpose2d<17, {.kernel = 3, .padding = 1}>;
  check<cx::Input<5, 3, 4>>(
      transposed | cx::prelu | cx::residual(transposed) | cx::residual(transposed | cx::sigmoid) |
      cx::conv_transpose2d<3, {.kernel = 2, .stride = 2}> | scale_and_shift | cx::softmax);
}

BOOST_AUTO_TEST_CASE(normalisations) {
  constexpr auto gate = [](auto a, auto b) { return a * cx::sigmoid(b); };
  check<cx::Input<6, 3, 5>>(convolution<18, 1> | cx::residual(cx::layer_norm<>) | cx::prelu |
                            cx::zip<gate>(cx::group_norm<3>, cx::identity) |
                            cx::residual(cx::instance_norm2d<>) | convolution<4, 1>);
  check<cx::Input<6, 3, 5>>(convolution<17, 1> | cx::residual(cx::batch_norm2d<>) | cx::prelu |
                            cx::zip<gate>(cx::identity, cx::batch_norm2d<>) | scale_and_shift |
                            convolution<4, 1>);
}

BOOST_AUTO_TEST_CASE(gradients_of_branches) {
  constexpr auto net =
      convolution<17, 3> | cx::relu |
      cx::concat(convolution<7, 1> | cx::relu, convolution<3, 1> | cx::tanh | convolution<9, 3>,
                 cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> | convolution<2, 1>,
                 cx::conv2d<16, {.kernel = 3, .padding = 1}>) |
      convolution<4, 1>;
  check<cx::Input<3, 5, 7>>(net);
  static_assert(sums_backward<cx::Network<decltype(net), cx::Input<3, 5, 7>>> == 0);
}

BOOST_AUTO_TEST_CASE(gradients_around_skips) {
  constexpr auto net = convolution<17, 3> | cx::residual(convolution<17, 3> | cx::prelu) |
                       cx::residual(convolution<5, 1> | cx::relu | convolution<17, 1>) | cx::relu |
                       cx::sum(convolution<6, 3>, convolution<6, 1>, convolution<6, 1>);
  check<cx::Input<3, 5, 4>>(net);
  static_assert(sums_backward<cx::Network<decltype(net), cx::Input<3, 5, 4>>> == 0);
}

namespace {

/// Steps that do nothing but multiply a gradient by slopes.
template <class Net>
constexpr int slopes_backward = [] {
  constexpr const auto& plan = Net::training_plan;
  int count = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const cx::graph::Step& s = plan.steps[i];
    if (s.role == cx::graph::Role::adjoint && cx::is_elementwise(s.op.kind)) ++count;
  }
  return count;
}();

template <class In, int Slopes, class Architecture>
void check_slopes(Architecture net, std::uint32_t seed = 1) {
  static_assert(slopes_backward<cx::Network<Architecture, In>> == Slopes);
  check<In>(net, seed);
}

constexpr auto to_mean = cx::global_avg_pool2d;

}  // namespace

BOOST_AUTO_TEST_CASE(slopes_on_adjoints_of_convolutions) {
  constexpr auto strided = cx::conv2d<17, {.kernel = 1, .stride = 2}>;
  constexpr auto grouped = cx::conv2d<16, {.kernel = 3, .groups = 4}>;
  check_slopes<cx::Input<3, 9, 7>, 0>(convolution<17, 3> | cx::relu | convolution<6, 1> |
                                      cx::sigmoid | convolution<16, 3> | cx::tanh | strided |
                                      cx::leaky_relu<0.1> | convolution<5, 5> | cx::relu6 |
                                      convolution<16, 1> | cx::elu<> | grouped);
}

BOOST_AUTO_TEST_CASE(slopes_behind_pools_of_maxima) {
  constexpr auto thirds = cx::max_pool2d<{.kernel = 3, .stride = 2, .padding = 1}>;
  constexpr auto halves = cx::max_pool2d<{.kernel = 2}>;
  check_slopes<cx::Input<3, 13, 11>, 0>(convolution<6, 5> | cx::relu | halves | convolution<17, 3> |
                                        cx::sigmoid | thirds | convolution<5, 1> | cx::tanh |
                                        halves | convolution<4, 1>);
  // The slopes of the last one have no step that computes what they are multiplied by.
  check_slopes<cx::Input<3, 6, 7>, 1>(convolution<18, 3> | cx::tanh | cx::global_max_pool2d);
}

BOOST_AUTO_TEST_CASE(slopes_of_concats) {
  constexpr auto pool = cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>;
  constexpr auto branches = cx::concat(convolution<16, 1> | cx::relu,
                                       convolution<3, 1> | cx::relu | convolution<16, 3> | cx::relu,
                                       convolution<5, 1> | cx::relu | convolution<9, 5> | cx::relu,
                                       pool | convolution<7, 1> | cx::relu);
  check_slopes<cx::Input<3, 6, 7>, 1>(branches | branches | to_mean,
                                      2);  // with 1, a difference meets a corner
  check_slopes<cx::Input<3, 6, 7>, 0>(branches | pool | convolution<3, 3>);
  constexpr auto two = cx::concat(convolution<16, 1> | cx::relu, convolution<5, 3> | cx::sigmoid);
  check_slopes<cx::Input<3, 6, 7>, 2>(two | convolution<3, 3>);
  // What branches hold may have been pooled, and may be a concat itself.
  check_slopes<cx::Input<3, 6, 7>, 0>(
      cx::concat(convolution<5, 3> | cx::sigmoid | pool,
                 cx::concat(convolution<16, 1> | cx::sigmoid, convolution<4, 1> | cx::sigmoid)) |
      convolution<3, 1>);
}
