// Layers of a user: in every place that the library's own may take.
#define BOOST_TEST_MODULE user
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/initialize.hpp>

#include "../support/check_network.hpp"
#include "../support/count_allocations.hpp"
#include "../support/told_user_layers.hpp"

namespace cx = convexpr;
using support::check;

BOOST_AUTO_TEST_CASE(on_whole_and_on_broken_vectors_of_channels) {
  check<cx::Input<36, 3, 5>>(user::pixel_shuffle<3>);
  check<cx::Input<33, 2, 3>>(user::gate | user::maxout<33> | user::gate | user::reverse);
}

BOOST_AUTO_TEST_CASE(on_sequences_and_features) {
  check<cx::Input<17, 5>>(user::gate | user::maxout<3> | cx::flatten | cx::linear<17> | user::gate |
                          user::reverse | cx::linear<3>);
}

BOOST_AUTO_TEST_CASE(between_convolutions_with_borders) {
  check<cx::Input<3, 5, 4>>(cx::conv2d<17, {.kernel = 3, .padding = 1}> | user::gate |
                            cx::conv2d<33, {.kernel = 3, .padding = 1}> | cx::relu |
                            user::maxout<3> | cx::conv2d<12, {.kernel = 3, .padding = 1}> |
                            user::pixel_shuffle<2> | cx::conv2d<1, {.kernel = 3, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(in_branches_skips_and_repetitions) {
  check<cx::Input<6, 3, 4>>(
      cx::concat(cx::conv2d<16, {.kernel = 1}> | user::gate, user::reverse, user::maxout<2>) |
      cx::conv2d<6, {.kernel = 1}> | cx::residual(user::gate | user::reverse) |
      cx::repeat<2>(user::gate));
}

BOOST_AUTO_TEST_CASE(shared_by_several_uses_and_in_a_head) {
  constexpr auto twice = cx::shared<"gate">(user::gate);
  check<cx::Input<3, 4, 3>>(twice | cx::head<"side">(user::maxout<2> | user::gate) | cx::tanh |
                            cx::concat(twice, user::reverse | twice));
}

BOOST_AUTO_TEST_CASE(parameters_are_in_the_state_dict_and_start_as_declared) {
  using Net =
      cx::Network<decltype(user::maxout<2> | cx::named<"gate">(user::gate)), cx::Input<9, 2, 4>>;
  Net net;
  const std::vector<cx::NamedTensor> dict = cx::state_dict(net);
  BOOST_REQUIRE_EQUAL(dict.size(), 3U);
  BOOST_TEST(dict[0].name == "gate.running_level");
  BOOST_TEST(dict[1].name == "gate.weight");
  BOOST_TEST((dict[1].shape == std::vector<std::size_t>{1, 5}));
  BOOST_TEST(dict[2].name == "gate.bias");
  BOOST_TEST(dict[2].shape.empty());
  BOOST_TEST(dict[0].values[0] == 1.0F);
  BOOST_TEST(dict[2].values[0] == 0.5F);
  Net other;
  cx::initialize(net, {.seed = 5});
  cx::load_state_dict(other, cx::state_dict(net));
  BOOST_TEST((cx::state_dict(net) == cx::state_dict(other)));
  BOOST_TEST((cx::state_dict(net)[1].values != dict[1].values));
}

BOOST_AUTO_TEST_CASE(a_warm_network_asks_for_no_memory) {
  using Net = cx::Network<decltype(user::gate | user::pixel_shuffle<2>), cx::Input<8, 3, 5>>;
  Net net;
  const cx::Tensor<float, 8, 3, 5> x;
  const Net::InputBatch xs(2);
  const Net::OutputBatch dys(2);
  cx::Backpropagation<Net> pass;
  pass.forward(net, xs);
  pass.backward(net, dys);
  const support::AllocationCount count;
  net.forward(x);
  pass.forward(net, xs);
  pass.backward(net, dys);
  BOOST_TEST(count.count() == 0);
}

namespace {

/// No vjp: inference alone.
struct Lowered final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  static void forward(cx::LayerInput x, cx::LayerOutput y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] - 0.5F;
  }
};

/// Asks for parameters that are not there.
struct Careless final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
    d.add({.name = "weight", .extents = {1}, .rank = 1});
    d.add({.name = "table", .extents = {1}, .rank = 1, .learned = false});
  }
  static void forward(cx::LayerInput x, cx::LayerParameters w, cx::LayerOutput y) {
    y[0] = x[0] > 0 ? w["wieght"][0] : x[0] < 0 ? w[2][0] : w["weight"][0];
  }
  static void vjp(cx::LayerInput, cx::LayerParameters, cx::LayerInput, cx::LayerOutput,
                  cx::LayerGradients dw) {
    dw["table"][0] = 1;
  }
};
using CarelessNet = cx::Network<Careless, cx::Input<1>>;

template <class F>
std::string complaint(F f) {
  try {
    f();
  } catch (const std::out_of_range& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_layer_that_cannot_be_trained_may_stand_in_front_of_all_that_learns) {
  using Net = cx::Network<decltype(Lowered{} | user::gate | cx::linear<2>), cx::Input<3>>;
  Net net;
  std::vector<cx::NamedTensor> dict = cx::state_dict(net);
  dict[2].values[0] = 40;  // the gate is open
  cx::load_state_dict(net, dict);
  Net::InputBatch xs(2);
  xs.fill(2);
  Net::OutputBatch dys(2);
  dys.fill(1);
  cx::Backpropagation<Net, cx::Mode::training, cx::InputGradient::skip> pass;
  for (int repeat = 0; repeat < 2; ++repeat) {  // gradients are overwritten, not added to
    pass.forward(net, xs);
    pass.backward(net, dys);
    const std::vector<cx::NamedTensor> gradient = cx::state_dict(pass.gradient());
    BOOST_REQUIRE_EQUAL(gradient.size(), 4U);
    BOOST_TEST(gradient[2].name == "2.weight");
    BOOST_TEST(gradient[2].values[0] == 3.0F);
  }
}

BOOST_AUTO_TEST_CASE(asking_for_a_parameter_that_is_not_there_is_noticed) {
  CarelessNet net;
  cx::Tensor<float, 1> x;
  const auto forward = [&](float value) {
    x(0) = value;
    net.forward(x);
  };
  BOOST_TEST(complaint([&] { forward(0); }) == "nothing");
  BOOST_TEST(complaint([&] { forward(1); }) ==
             "user_layer: \"wieght\" is no parameter that the layer declares");
  BOOST_TEST(complaint([&] { forward(-1); }) ==
             "user_layer: number 2 is no parameter that the layer declares");
  BOOST_TEST(complaint([&] {
               cx::vjp(net, CarelessNet::InputBatch(1), CarelessNet::OutputBatch(1));
             }) == "user_layer: \"table\" is no learned parameter that the layer declares");
}
