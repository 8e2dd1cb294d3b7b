// Networks of one architecture and different inputs that share their parameters.
#define BOOST_TEST_MODULE two_sizes
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/sgd.hpp>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

#include "../support/check_network.hpp"

namespace cx = convexpr;

namespace {

constexpr auto chain = cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<> | cx::relu |
                       cx::global_avg_pool2d | cx::flatten | cx::linear<4>;
using Architecture = decltype(chain);
using Small = cx::Network<Architecture, cx::Input<3, 6, 5>>;
using Wide = cx::Network<Architecture, cx::Input<3, 9, 14>>;

static_assert(!std::is_constructible_v<Wide, const Small&>, "it could change what is constant");
static_assert(!std::is_convertible_v<Small&, Wide>, "sharing is said aloud");
using Other = cx::Network<cx::Conv2d<17, {.kernel = 3}>, cx::Input<3, 6, 5>>;
static_assert(!std::is_constructible_v<Wide, Other&>, "another architecture");

template <class Net>
Net random_net(std::uint32_t seed = 3) {
  Net net;
  support::Numbers numbers(seed);
  cx::load_state_dict(net, support::random_parameters(cx::state_dict(net), numbers));
  return net;
}

template <class Batch>
Batch random_batch(std::size_t examples) {
  Batch batch(examples);
  support::Numbers(5).fill({batch.data(), examples * Batch::example_size});
  return batch;
}

template <class A, class B>
bool alike(const A& a, const B& b) {
  return cx::state_dict(a) == cx::state_dict(b);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_other_gives_what_a_network_with_a_copy_gives) {
  auto small = random_net<Small>();
  Wide wide{small};
  Wide copy;
  cx::load_state_dict(copy, cx::state_dict(small));
  const auto xs = random_batch<Wide::InputBatch>(3);
  BOOST_CHECK(wide.forward(xs) == copy.forward(xs));
}

BOOST_AUTO_TEST_CASE(what_changes_one_changes_the_other) {
  auto small = random_net<Small>();
  Wide wide{small};
  cx::load_state_dict(wide, cx::state_dict(random_net<Wide>(4)));
  BOOST_CHECK(alike(small, random_net<Small>(4)));
  const auto before = cx::state_dict(wide);
  cx::Sgd<Small> sgd(small, {.learning_rate = 0.1F});
  cx::Backpropagation<Small> pass;
  pass.forward(small, random_batch<Small::InputBatch>(3));  // moves the running statistics
  pass.backward(small, random_batch<Small::OutputBatch>(3));
  sgd.step(small, pass.gradient());
  BOOST_CHECK(alike(small, wide));
  BOOST_CHECK(cx::state_dict(wide) != before);
}

BOOST_AUTO_TEST_CASE(the_parameters_live_as_long_as_one_of_their_networks) {
  auto first = std::make_unique<Small>(random_net<Small>());
  const auto expected = cx::state_dict(*first);
  auto wide = std::make_unique<Wide>(*first);
  first.reset();
  BOOST_CHECK(cx::state_dict(*wide) == expected);
  Small third{*wide};
  wide.reset();
  BOOST_CHECK(cx::state_dict(third) == expected);
}

BOOST_AUTO_TEST_CASE(a_copy_has_parameters_of_its_own) {
  auto small = random_net<Small>();
  Wide wide{small};
  const Small copy = small;
  const Wide wide_copy = wide;
  cx::load_state_dict(small, cx::state_dict(random_net<Small>(4)));
  BOOST_CHECK(alike(copy, random_net<Small>()));
  BOOST_CHECK(alike(wide_copy, copy));
}

BOOST_AUTO_TEST_CASE(an_assignment_changes_the_values_for_all_that_share_them) {
  auto small = random_net<Small>();
  Wide wide{small};
  const auto other = random_net<Small>(4);
  small = other;
  BOOST_CHECK(alike(wide, other));
  small = random_net<Small>(5);
  BOOST_CHECK(alike(wide, random_net<Small>(5)));
  cx::load_state_dict(wide, cx::state_dict(other));
  BOOST_CHECK(alike(small, other));
}

BOOST_AUTO_TEST_CASE(a_network_that_is_moved_takes_its_share_along) {
  auto small = random_net<Small>();
  Wide wide{small};
  Small moved = std::move(small);
  cx::load_state_dict(wide, cx::state_dict(random_net<Wide>(4)));
  BOOST_CHECK(alike(moved, wide));
}

BOOST_AUTO_TEST_CASE(two_threads_run_two_sizes) {
  auto small = random_net<Small>();
  Wide wide{small};
  const auto small_xs = random_batch<Small::InputBatch>(40);
  const auto wide_xs = random_batch<Wide::InputBatch>(40);
  const Small::OutputBatch small_ys = small.forward(small_xs);
  const Wide::OutputBatch wide_ys = wide.forward(wide_xs);
  std::thread other([&] { small.forward(small_xs); });
  wide.forward(wide_xs);
  other.join();
  BOOST_CHECK(small.forward(small_xs) == small_ys);
  BOOST_CHECK(wide.forward(wide_xs) == wide_ys);
}

BOOST_AUTO_TEST_CASE(layers_after_which_no_place_is_left_may_be_dense) {
  using Thin = cx::Network<decltype(cx::flatten | cx::linear<3>), cx::Input<4, 3, 5>>;
  using Tall = cx::Network<decltype(cx::flatten | cx::linear<3>), cx::Input<4, 5, 3>>;
  Thin thin = random_net<Thin>();
  Tall tall{thin};  // 60 features in both
  BOOST_CHECK(alike(tall, thin));
}
