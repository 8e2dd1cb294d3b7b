// Side outputs: trained with the network, found by name, and nothing to `forward`.
#define BOOST_TEST_MODULE heads
#include <convexpr/layers/layers.hpp>
#include <stdexcept>
#include <string>

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

/// A classifier with two heads of different shapes, one of them behind a batch norm and a dropout.
constexpr auto body = cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::relu;
constexpr auto side = cx::conv2d<6, {.kernel = 1}> | cx::batch_norm2d<> | cx::relu;
constexpr auto classes = cx::global_avg_pool2d | cx::flatten | cx::linear<5>;
constexpr auto architecture = body | cx::head<"aux1">(side | cx::flatten | cx::linear<3>) |
                              cx::max_pool2d<{.kernel = 2}> | cx::head<"aux2">(side) | classes;
constexpr auto headless = body | cx::max_pool2d<{.kernel = 2}> | classes;
using Net = cx::Network<decltype(architecture), cx::Input<3, 6, 7>>;
using Headless = cx::Network<decltype(headless), cx::Input<3, 6, 7>>;

static_assert(Net::heads.size() == 2);
static_assert(Net::heads[0].name == "aux1" && Net::heads[0].output_shape == cx::shape(3));
static_assert(Net::heads[1].name == "aux2" && Net::heads[1].output_shape == cx::shape(6, 3, 3));
static_assert(Headless::heads.empty());

// `forward` is that of the network without heads; parameters are those of all.
static_assert(Net::output_shape == Headless::output_shape);
static_assert(Net::macs == Headless::macs);
static_assert(Net::plan.steps.size() == Headless::plan.steps.size());
static_assert(Net::inference_arena_bytes == Headless::inference_arena_bytes);
static_assert(Net::training_arena_bytes > Headless::training_arena_bytes);
static_assert(Net::parameter_count ==
              Headless::parameter_count + 2 * (17 * 6 + 6 + 2 * 6) + 3 * 6 * 6 * 7 + 3);

Net random_net() {
  Net net;
  support::Numbers numbers(3);
  cx::load_state_dict(net, support::random_parameters(cx::state_dict(net), numbers));
  return net;
}

/// The tensors of a net without heads, whose layers stand at other positions.
std::vector<cx::NamedTensor> without_heads(std::vector<cx::NamedTensor> dict) {
  std::erase_if(dict, [](const cx::NamedTensor& t) { return t.name.starts_with("aux"); });
  for (cx::NamedTensor& t : dict) {
    if (t.name.starts_with("7.")) t.name = "5" + t.name.substr(1);
  }
  return dict;
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_and_gradients_of_all_outputs) {
  check<cx::Input<3, 6, 7>>(architecture);
}

BOOST_AUTO_TEST_CASE(heads_give_what_others_compute_or_feed_what_others_read) {
  constexpr auto layer = cx::shared<"layer">(cx::conv2d<16, {.kernel = 1}>);
  check<cx::Input<16, 4, 5>>(
      cx::head<"input">(cx::identity) | layer | cx::relu | cx::head<"same">(cx::identity) |
      cx::head<"branch">(layer | cx::tap<"x"> | cx::head<"inner">(cx::global_avg_pool2d) | layer) |
      cx::concat(cx::identity, layer) | cx::concat_with<"x"> | cx::head<"output">(cx::identity));
}

BOOST_AUTO_TEST_CASE(forward_gives_the_bits_of_a_network_without_heads) {
  Net net = random_net();
  Headless other;
  cx::load_state_dict(other, without_heads(cx::state_dict(net)));
  const auto xs = random_batch<Net::InputBatch>(3, 1);
  BOOST_CHECK(net.forward(xs) == other.forward(xs));
}

BOOST_AUTO_TEST_CASE(without_gradients_of_heads_they_are_not_run) {
  Net net = random_net();
  Headless other;
  cx::load_state_dict(other, without_heads(cx::state_dict(net)));
  const auto xs = random_batch<Net::InputBatch>(3, 1);
  const auto dys = random_batch<Net::OutputBatch>(3, 2);
  const auto before = cx::state_dict(net);
  const auto [ys, dxs, gradient] = cx::vjp(net, xs, dys);
  const auto expected = cx::vjp(other, xs, dys);
  BOOST_CHECK(ys == expected.ys);
  BOOST_CHECK(dxs == expected.dxs);
  BOOST_CHECK(without_heads(cx::state_dict(gradient)) == cx::state_dict(expected.gradient));
  for (const cx::NamedTensor& t : cx::state_dict(gradient)) {
    if (!t.name.starts_with("aux")) continue;
    for (const float g : t.values) BOOST_REQUIRE_EQUAL(g, 0.0F);
  }
  BOOST_CHECK(cx::state_dict(net) == before);  // nor do their running statistics move
}

BOOST_AUTO_TEST_CASE(a_pass_gives_each_head_by_name) {
  Net net = random_net();
  const auto xs = random_batch<Net::InputBatch>(4, 1);
  const auto dys = random_batch<Net::OutputBatch>(4, 2);
  Net::HeadBatches dheads(4);
  BOOST_CHECK(dheads.at<"aux2">() == (cx::Batch<float, 6, 3, 3>(4)));  // zeros
  support::Numbers(7).fill({dheads.at<"aux1">().data(), 4 * 3});
  cx::Backpropagation<Net> pass;
  pass.forward(net, xs, 5);
  const cx::Batch<float, 3>& aux1 = pass.head<"aux1">();
  BOOST_CHECK_EQUAL(aux1.size(), 4U);
  pass.backward(net, dys, dheads);
  Net again = random_net();
  const auto [ys, dxs, gradient, heads] = cx::vjp<cx::Mode::training>(again, xs, dys, dheads, 5);
  BOOST_CHECK(ys == pass.outputs());
  BOOST_CHECK(dxs == pass.input_gradient());
  BOOST_CHECK(heads.at<"aux1">() == aux1);
  BOOST_CHECK(heads.at<"aux2">() == pass.head<"aux2">());
  BOOST_CHECK(cx::state_dict(gradient) == cx::state_dict(pass.gradient()));
}

BOOST_AUTO_TEST_CASE(a_pass_without_gradients_of_heads_is_one_with_zeros) {
  const Net net = random_net();
  const auto xs = random_batch<Net::InputBatch>(3, 1);
  const auto dys = random_batch<Net::OutputBatch>(3, 2);
  cx::Backpropagation<Net> pass;
  pass.forward(net, xs);
  pass.backward(net, dys, Net::HeadBatches(3));
  const auto dxs = pass.input_gradient();
  const auto gradient = cx::state_dict(pass.gradient());
  pass.forward(net, xs);
  pass.backward(net, dys);
  BOOST_CHECK(dxs == pass.input_gradient());
  BOOST_CHECK(gradient == cx::state_dict(pass.gradient()));
}

BOOST_AUTO_TEST_CASE(batches_of_another_size_are_refused) {
  const Net net = random_net();
  cx::Backpropagation<Net> pass;
  pass.forward(net, random_batch<Net::InputBatch>(3, 1));
  Net::HeadBatches dheads(3);
  dheads.at<"aux2">().resize(2);
  BOOST_CHECK_EXCEPTION(pass.backward(net, Net::OutputBatch(3), dheads), std::invalid_argument,
                        [](const std::invalid_argument& e) {
                          return std::string(e.what()) ==
                                 "backward: the forward pass had 3 examples, dheads has 2 for aux2";
                        });
}
