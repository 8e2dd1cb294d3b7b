// GoogLeNet as it is trained, with both auxiliary classifiers.
#define BOOST_TEST_MODULE architectures_googlenet_heads
#include "../../examples/architectures/googlenet.hpp"
#include "check_architecture.hpp"

namespace cx = convexpr;

using Net = cx::Network<decltype(architectures::googlenet_with_heads), cx::Input<3, 224, 224>>;
using Plain = cx::Network<decltype(architectures::googlenet), cx::Input<3, 224, 224>>;

// Each head: 1x1 convolution to 128, 128*4*4 -> 1024, 1024 -> 1000.
static_assert(Plain::parameter_count == 6'998'552);
static_assert(Net::parameter_count == 13'378'280);
static_assert(Net::output_shape == cx::shape(1000));
static_assert(Net::plan.steps.size() < Plain::plan.steps.size());  // no softmax, and no heads

BOOST_AUTO_TEST_CASE(it_runs_forward_and_backward_through_its_heads) {
  Net net;
  cx::initialize(net, {.seed = 1, .method = cx::Initialization::kaiming_normal});
  const auto xs = support::noise<Net::InputBatch>(2, 3);
  const auto dys = support::noise<Net::OutputBatch>(2, 5);
  Net::HeadBatches dheads(2);
  support::fill_with_noise({dheads.at<"loss1">().data(), 2000}, 7);
  support::fill_with_noise({dheads.at<"loss2">().data(), 2000}, 9);
  const auto [ys, dxs, gradient, heads] = cx::vjp(net, xs, dys, dheads);
  support::check_finite_and_alive({ys.data(), 2000}, "ys");
  support::check_finite_and_alive({heads.at<"loss1">().data(), 2000}, "loss1");
  support::check_finite_and_alive({heads.at<"loss2">().data(), 2000}, "loss2");
  support::check_gradient(gradient);
}
