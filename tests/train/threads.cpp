// Training on any number of threads gives the bits of one, in micro-batches as well.
//
// Without OpenMP everything runs on one thread, and the tests say so.
#define BOOST_TEST_MODULE train_threads
#include <algorithm>
#include <boost/test/unit_test.hpp>
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

/// Lets teams divide the smallest networks, while it lives.
class Team {
 public:
  explicit Team(int threads) : scope_(threads) { cx::detail::least_work = {0, 0}; }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team() { cx::detail::least_work = {}; }

 private:
  cx::ThreadsScope scope_;
};

constexpr auto classes = cx::global_avg_pool2d | cx::flatten | cx::linear<3>;
constexpr auto layers = cx::conv2d<20, {.kernel = 3, .padding = 1}> | cx::relu |
                        cx::head<"early">(classes) | cx::dropout<0.25F> |
                        cx::conv2d<18, {.kernel = 3}> | cx::relu | classes;
using Net = cx::Network<decltype(layers), cx::Input<1, 6, 5>>;

struct Trained {
  std::vector<cx::NamedTensor> parameters;
  double loss = 0;
  friend bool operator==(const Trained&, const Trained&) = default;
};

Trained trained(int threads, int micro_batch) {
  const Team team(threads);
  Net net;
  cx::initialize(net, {.seed = 3});
  const auto reports = cx::fit(net, noise(17),
                               {.epochs = 2,
                                .batch_size = 13,
                                .sgd = {.learning_rate = 0.5F, .momentum = 0.5F},
                                .micro_batch = micro_batch});
  return {cx::state_dict(net), reports.back().loss};
}

/// The identity, which refuses numbers of more than 8.
struct Refusing final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  static void forward(cx::LayerInput x, cx::LayerOutput y) {
    if (std::ranges::any_of(x, [](float v) { return v > 8; })) {
      throw std::runtime_error("more than 8");
    }
    std::ranges::copy(x, y.begin());
  }
  static void vjp(cx::LayerInput, cx::LayerInput dy, cx::LayerOutput dx) {
    std::ranges::copy(dy, dx.begin());
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_number_of_threads_gives_the_same_bits) {
  for (const int micro_batch : {0, 1, 3, 5}) {
    const Trained alone = trained(1, micro_batch);
    for (const int threads : {2, 3, 5}) {
      BOOST_TEST((trained(threads, micro_batch) == alone),
                 "micro-batches of " << micro_batch << " on " << threads << " threads");
    }
  }
}

BOOST_AUTO_TEST_CASE(no_step_after_the_first_allocates_on_several_threads) {
  const Team team(3);
  Net net;
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

BOOST_AUTO_TEST_CASE(what_a_layer_throws_on_some_thread_is_thrown_by_fit) {
  const Team team(3);
  cx::Network<cx::Sequential<Refusing, cx::Flatten, cx::Linear<3>>, cx::Input<1, 6, 5>> net;
  cx::initialize(net, {.seed = 3});
  auto data = noise(16);
  const cx::FitOptions options{.batch_size = 16, .micro_batch = 2};
  cx::fit(net, data, options);
  const auto before = cx::state_dict(net);
  data.images[11](0, 5, 4) = 9;
  BOOST_CHECK_THROW(cx::fit(net, data, options), std::runtime_error);
  BOOST_TEST((cx::state_dict(net) == before));
}
