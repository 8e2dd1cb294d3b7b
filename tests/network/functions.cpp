// Every elementwise function between layers: fused where its slope follows from its value, apart
// where the backward pass needs what went in.
#define BOOST_TEST_MODULE functions
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {

// Eight times the input, so that functions are seen from -8 to 8.
constexpr auto eightfold = cx::sum(cx::identity, cx::identity, cx::identity, cx::identity,
                                   cx::identity, cx::identity, cx::identity, cx::identity);

}  // namespace

BOOST_AUTO_TEST_CASE(all_of_one_value) {
  check<cx::Input<6, 3, 5>>(
      eightfold | cx::concat(cx::relu6, cx::leaky_relu<>, cx::leaky_relu<-0.25>, cx::elu<>,
                             cx::elu<-0.75>, cx::selu, cx::gelu, cx::silu, cx::mish, cx::softplus,
                             cx::softsign, cx::hard_swish, cx::hard_sigmoid));
}

BOOST_AUTO_TEST_CASE(on_dense_layers) {
  check<cx::Input<17>>(eightfold | cx::relu6 | cx::linear<33> | cx::hard_swish | cx::linear<6> |
                       cx::elu<0.5> | cx::linear<17> | cx::gelu | cx::linear<3> | cx::softplus);
}

BOOST_AUTO_TEST_CASE(on_convolutions_with_a_border) {
  check<cx::Input<3, 4, 5>>(cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::gelu |
                            cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::hard_sigmoid |
                            cx::conv2d<3, {.kernel = 1}> | cx::leaky_relu<-0.25>);
}

BOOST_AUTO_TEST_CASE(on_parts_of_a_concat) {
  check<cx::Input<6, 3, 4>>(cx::concat(cx::conv2d<16, {.kernel = 1}> | cx::mish,
                                       cx::conv2d<17, {.kernel = 1}> | cx::softplus, cx::silu) |
                            cx::conv2d<3, {.kernel = 3, .padding = 1}>);
}

BOOST_AUTO_TEST_CASE(around_a_skip) {
  check<cx::Input<6, 3, 2>>(cx::residual(cx::conv2d<6, {.kernel = 1}> | cx::silu) | cx::gelu |
                            cx::residual(cx::mish) | cx::selu);
}

BOOST_AUTO_TEST_CASE(a_learned_slope) {
  check<cx::Input<6, 5>>(cx::prelu);
  check<cx::Input<3, 4, 5>>(cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::prelu |
                            cx::conv2d<33, {.kernel = 2, .padding = 1}> | cx::prelu | cx::flatten |
                            cx::linear<6> | cx::prelu);
}

BOOST_AUTO_TEST_CASE(a_new_network_has_pytorchs_slope) {
  const cx::Network<cx::PReLU, cx::Input<3>> net;
  const std::vector<cx::NamedTensor> dict = cx::state_dict(net);
  BOOST_REQUIRE_EQUAL(dict.size(), 1U);
  BOOST_TEST(dict[0].name == "weight");
  BOOST_TEST((dict[0].shape == std::vector<std::size_t>{1}));
  BOOST_TEST(dict[0].values[0] == 0.25F);
}

BOOST_AUTO_TEST_CASE(far_out_nothing_is_infinite) {
  constexpr auto all = cx::concat(cx::relu6, cx::leaky_relu<>, cx::elu<>, cx::selu, cx::gelu,
                                  cx::silu, cx::mish, cx::softplus, cx::softsign, cx::hard_swish,
                                  cx::hard_sigmoid, cx::sigmoid, cx::tanh);
  using Net = cx::Network<decltype(all), cx::Input<16>>;
  Net net;
  Net::InputBatch xs(1);
  for (int i = 0; i < 16; ++i) xs.data()[i] = static_cast<float>(i - 8) * 12.5F;
  Net::OutputBatch dys(1);
  dys.fill(1);
  const auto [ys, dxs, gradient] = cx::vjp(net, xs, dys);
  for (const float y : support::all_of(ys)) BOOST_TEST(std::abs(y) <= 200.0F);
  for (const float dx : support::all_of(dxs)) BOOST_TEST(std::abs(dx) <= 20.0F);
}
