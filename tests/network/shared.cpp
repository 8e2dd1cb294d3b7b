// Blocks that stand at several places with one set of parameters, against the oracle.
#define BOOST_TEST_MODULE shared
#include <convexpr/layers/layers.hpp>
#include <string>
#include <vector>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {

template <class Batch>
Batch random_batch(std::size_t examples, std::uint32_t seed) {
  Batch batch(examples);
  support::Numbers(seed).fill({batch.data(), examples * Batch::example_size});
  return batch;
}

template <class Net>
std::vector<std::string> names_of(const std::vector<cx::NamedTensor>& dict) {
  std::vector<std::string> names;
  for (const cx::NamedTensor& t : dict) names.push_back(t.name);
  return names;
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_convolution_three_times) {
  constexpr auto block =
      cx::shared<"step">(cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<>);
  check<cx::Input<6, 5, 4>>(block | cx::relu | block | cx::tanh | block);
}

BOOST_AUTO_TEST_CASE(one_head_on_two_scales) {
  constexpr auto classes = cx::shared<"classes">(
      cx::conv2d<17, {.kernel = 3, .padding = 1, .groups = 1}> | cx::relu |
      cx::named<"out">(cx::conv2d<3, {.kernel = 1}>) | cx::global_avg_pool2d | cx::flatten);
  check<cx::Input<3, 9, 8>>(
      cx::conv2d<16, {.kernel = 3}> | cx::relu |
      cx::concat(cx::named<"fine">(classes),
                 cx::named<"coarse">(cx::max_pool2d<{.kernel = 2}> | classes)));
}

BOOST_AUTO_TEST_CASE(one_batch_norm_of_two_batches) {
  check<cx::Input<17, 4, 5>>(
      cx::concat(cx::shared<"norm">(cx::batch_norm2d<{.momentum = 0.3F}>),
                 cx::avg_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> |
                     cx::shared<"norm">(cx::batch_norm2d<{.momentum = 0.3F}>)) |
      cx::conv2d<17, {.kernel = 1}> | cx::shared<"norm">(cx::batch_norm2d<{.momentum = 0.3F}>));
}

BOOST_AUTO_TEST_CASE(dense_layers_and_blocks_inside_shared_blocks) {
  constexpr auto inner = cx::shared<"inner">(cx::linear<17>);
  constexpr auto outer = cx::shared<"outer">(inner | cx::tanh | cx::linear<17> | cx::tanh);
  check<cx::Input<17>>(outer | inner | cx::relu | outer | cx::linear<6>);
}

BOOST_AUTO_TEST_CASE(every_kind_of_weights_adds_up) {
  constexpr auto block = cx::shared<"block">(
      cx::depthwise_conv2d<{.kernel = 3, .padding = 1}> |
      cx::conv_transpose2d<17, {.kernel = 3, .padding = 1}> |
      cx::conv2d<17,
                 {.kernel = {1, 3}, .padding = {0, 1}, .padding_mode = cx::PaddingMode::reflect}>);
  check<cx::Input<17, 4, 5>>(block | cx::relu | block);
}

BOOST_AUTO_TEST_CASE(normalisations_and_slopes_add_up_too) {
  constexpr auto block =
      cx::shared<"block">(cx::layer_norm<> | cx::prelu | cx::group_norm<3> |
                          cx::instance_norm2d<{.affine = true}> | cx::batch_norm2d<>);
  check<cx::Input<6, 4, 5>>(block | cx::conv2d<6, {.kernel = 1}> | block);
}

BOOST_AUTO_TEST_CASE(the_first_layer_is_used_again_further_on) {
  constexpr auto first = cx::shared<"first">(cx::conv2d<3, {.kernel = 3, .padding = 1}>);
  check<cx::Input<3, 6, 5>>(first | cx::relu | first);
}

BOOST_AUTO_TEST_CASE(parameters_are_listed_once_where_they_stand_first) {
  constexpr auto layer = cx::shared<"layer">(cx::conv2d<4, {.kernel = 1}>);
  using Net = cx::Network<decltype(cx::relu | cx::named<"a">(layer) |
                                   cx::named<"b">(layer | cx::relu | layer)),
                          cx::Input<4, 3, 5>>;
  static_assert(Net::parameter_count == 4 * 4 + 4);
  static_assert(Net::macs == 3 * 4 * 4 * 15);
  Net net;
  const std::vector<std::string> expected{"a.layer.weight", "a.layer.bias"};
  const std::vector<std::string> found = names_of<Net>(cx::state_dict(net));
  BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
  const std::vector<std::string> learned = names_of<Net>(cx::state_dict(cx::Gradient<Net>()));
  BOOST_CHECK_EQUAL_COLLECTIONS(learned.begin(), learned.end(), expected.begin(), expected.end());
}

// With powers of two nothing is rounded, so the sum over the uses is exact.
BOOST_AUTO_TEST_CASE(the_gradient_is_the_sum_over_the_uses) {
  constexpr auto scale = cx::shared<"scale">(cx::linear<1, {.bias = false}>);
  using Net = cx::Network<decltype(scale | scale | scale), cx::Input<1>>;
  Net net;
  cx::load_state_dict(net, {{"scale.weight", {1, 1}, {2.0F}}});
  Net::InputBatch xs(2);
  xs[0](0) = 1;
  xs[1](0) = 4;
  Net::OutputBatch dys(2);
  dys.fill(0.5F);
  const auto [ys, dxs, gradient] = cx::vjp(net, xs, dys);  // y = w^3 x, dy/dw = 3 w^2 x
  BOOST_CHECK_EQUAL(ys[1](0), 32.0F);
  BOOST_CHECK_EQUAL(dxs[1](0), 4.0F);
  BOOST_CHECK_EQUAL(cx::state_dict(gradient)[0].values[0], 0.5F * 3 * 4 * (1 + 4));
}

BOOST_AUTO_TEST_CASE(each_use_draws_a_mask_of_its_own) {
  constexpr auto drop = cx::shared<"drop">(cx::dropout<0.5>);
  using Net = cx::Network<decltype(cx::concat(drop, drop)), cx::Input<64, 3, 5>>;
  Net net;
  Net::InputBatch xs(1);
  xs.fill(1);
  const auto dys = random_batch<Net::OutputBatch>(1, 2);
  const auto result = cx::vjp<cx::Mode::training>(net, xs, dys, 7);
  std::size_t alike = 0;
  for (std::size_t i = 0; i < xs.example_size; ++i) {
    const float first = result.ys.data()[i];
    const float second = result.ys.data()[i + xs.example_size];
    alike += first == second ? 1 : 0;
    const float expected =
        first * dys.data()[i] + second * dys.data()[i + xs.example_size];  // masks of both ways
    BOOST_REQUIRE_SMALL(result.dxs.data()[i] - expected, 1e-6F);
  }
  BOOST_CHECK_GT(alike, xs.example_size / 3);
  BOOST_CHECK_LT(alike, xs.example_size * 2 / 3);
}
