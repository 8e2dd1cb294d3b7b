// A batch taken apart gives the gradient of the whole.
#define BOOST_TEST_MODULE micro_batch
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/fit.hpp>
#include <convexpr/train/initialize.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/count_allocations.hpp"
#include "noise.hpp"

namespace cx = convexpr;

namespace {

using test::noise;
using In = cx::Input<1, 6, 5>;

constexpr auto features = cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::relu;
constexpr auto classes = cx::global_avg_pool2d | cx::flatten | cx::linear<3>;
constexpr auto plain = features | cx::max_pool2d<{.kernel = 2}> | cx::flatten | cx::linear<3>;
constexpr auto dropping =
    features | cx::dropout2d<0.25F> | cx::flatten | cx::dropout<0.5F> | cx::linear<3>;
constexpr auto with_head =
    features | cx::head<"early">(classes) | cx::conv2d<5, {.kernel = 3}> | cx::relu | classes;
constexpr auto normed = features | cx::batch_norm2d<> | classes;

template <const auto& Layers>
using Net = cx::Network<std::remove_cvref_t<decltype(Layers)>, In>;

template <class N>
struct Trained {
  N net;
  std::vector<cx::EpochReport> reports;
};

template <class N>
Trained<N> trained(int micro_batch, std::uint64_t seed = 7, int epochs = 1) {
  Trained<N> t;
  cx::initialize(t.net, {.seed = 3});
  t.reports = cx::fit(t.net, noise(17),
                      {.epochs = epochs,
                       .batch_size = 13,  // and a last one of 4
                       .sgd = {.learning_rate = 0.5F},
                       .seed = seed,
                       .micro_batch = micro_batch});
  return t;
}

/// Two steps of micro-batches move each parameter as two of whole batches do: their sums have other
/// orders, which costs some units in the last place of the largest terms.
template <class N>
void check_equal_steps(int micro_batch) {
  const Trained<N> whole = trained<N>(13);
  const Trained<N> parts = trained<N>(micro_batch);
  N start;
  cx::initialize(start, {.seed = 3});
  const auto w = whole.net.stored_parameters();
  const auto v = parts.net.stored_parameters();
  const auto before = start.stored_parameters();
  float moved = 0;
  float apart = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    moved = std::max(moved, std::abs(w[i] - before[i]));
    apart = std::max(apart, std::abs(w[i] - v[i]));
  }
  BOOST_TEST(moved > 0.01F);
  BOOST_TEST(apart <= 16 * 0x1p-24F, "micro-batches of " << micro_batch << ": " << apart);
  BOOST_TEST(std::abs(parts.reports[0].loss - whole.reports[0].loss) < 1e-6);
  BOOST_TEST(parts.reports[0].train_accuracy == whole.reports[0].train_accuracy);
}

template <class N>
void check_equal_steps() {
  for (const int micro_batch : {1, 3, 5, 12}) check_equal_steps<N>(micro_batch);
}

template <class N>
std::string refusal_of(int micro_batch) {
  try {
    trained<N>(micro_batch);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

template <class N>
constexpr std::size_t best = cx::detail::BatchGradient<N>::best;

// LeNet-5 without its functions, which ride on other steps.
constexpr auto lenet = cx::conv2d<6, {.kernel = 5, .padding = 2}> | cx::max_pool2d<{.kernel = 2}> |
                       cx::conv2d<16, {.kernel = 5}> | cx::max_pool2d<{.kernel = 2}> | cx::flatten |
                       cx::linear<120> | cx::linear<84> | cx::linear<10>;
constexpr auto perceptron = cx::flatten | cx::linear<128> | cx::linear<10>;
constexpr auto large = cx::conv2d<64, {.kernel = 3, .padding = 1}> | classes;

using Digits = cx::Input<1, 28, 28>;
static_assert(best<cx::Network<decltype(lenet), Digits>> > 4);
static_assert(best<cx::Network<decltype(lenet), Digits>> < 64);
static_assert(best<cx::Network<decltype(perceptron), Digits>> == 0, "too many parameters");
static_assert(best<cx::Network<decltype(large), cx::Input<3, 224, 224>>> == 0, "too large");
static_assert(best<Net<plain>> > 0 && best<Net<normed>> == 0, "a batch norm sees the whole batch");

}  // namespace

BOOST_AUTO_TEST_CASE(micro_batches_move_parameters_as_a_whole_batch_does) {
  check_equal_steps<Net<plain>>();
}

BOOST_AUTO_TEST_CASE(so_they_do_with_heads) { check_equal_steps<Net<with_head>>(); }

BOOST_AUTO_TEST_CASE(masks_of_dropout_are_those_of_the_whole_batch) {
  check_equal_steps<Net<dropping>>();
}

BOOST_AUTO_TEST_CASE(one_seed_gives_the_same_bits_again) {
  const auto values = [](std::uint64_t seed) {
    return cx::state_dict(trained<Net<dropping>>(3, seed, 3).net);
  };
  const auto first = values(7);
  BOOST_TEST((values(7) == first));
  BOOST_TEST((values(8) != first));
}

BOOST_AUTO_TEST_CASE(the_size_of_the_batch_or_more_is_all_at_once) {
  const auto values = [](int micro_batch) {
    return cx::state_dict(trained<Net<plain>>(micro_batch).net);
  };
  BOOST_TEST((values(13) == values(1000)));
  BOOST_TEST((values(13) == values(0)));  // the best is more
  BOOST_TEST((values(13) != values(2)));
}

BOOST_AUTO_TEST_CASE(a_network_with_batch_norm_is_taken_whole) {
  const auto values = [](int micro_batch) {
    return cx::state_dict(trained<Net<normed>>(micro_batch).net);
  };
  BOOST_TEST((values(0) == values(13)));
  BOOST_TEST(refusal_of<Net<normed>>(12) ==
             "fit: micro_batch must be 0, or the batch size or more, where a batch norm takes its "
             "statistics from the whole batch of 13, but is 12");
}

BOOST_AUTO_TEST_CASE(a_negative_number_is_refused) {
  BOOST_TEST(refusal_of<Net<plain>>(-1) == "fit: micro_batch must be 0 or more, but is -1");
  BOOST_TEST(refusal_of<Net<normed>>(-1) == "fit: micro_batch must be 0 or more, but is -1");
}

BOOST_AUTO_TEST_CASE(labels_are_checked_before_anything_is_run) {
  Net<plain> net;
  cx::initialize(net, {.seed = 3});
  const auto before = cx::state_dict(net);
  auto data = noise(5);
  for (int& label : data.labels) label = 3;
  BOOST_CHECK_THROW(cx::fit(net, data, {.micro_batch = 2}), std::invalid_argument);
  BOOST_TEST((cx::state_dict(net) == before));
}

BOOST_AUTO_TEST_CASE(no_step_after_the_first_allocates) {
  Net<with_head> net;
  cx::initialize(net, {.seed = 3});
  std::vector<long> counts;
  counts.reserve(64);
  const support::AllocationCount allocations;
  cx::fit(net, noise(60), {.epochs = 2, .batch_size = 16, .micro_batch = 3},
          [&](const cx::BatchReport&) { counts.push_back(allocations.count()); });
  BOOST_TEST(counts.size() == 8U);
  BOOST_TEST(counts[0] == counts[3]);
  BOOST_TEST(counts[4] == counts[7]);
}
