// Any number of threads gives the bits of one: values, gradients, running statistics and masks.
//
// Without OpenMP all passes run on one thread, and the tests say so.
#define BOOST_TEST_MODULE threads
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/vjp.hpp>
#include <convexpr/train/initialize.hpp>
#include <cstring>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "../support/count_allocations.hpp"

namespace cx = convexpr;

namespace {

constexpr bool has_threads = cx::detail::has_teams;

/// Lets teams divide the smallest networks, while it lives.
class DivideAll {
 public:
  DivideAll() { cx::detail::least_work = {0, 0}; }
  DivideAll(const DivideAll&) = delete;
  DivideAll& operator=(const DivideAll&) = delete;
  ~DivideAll() {
    cx::detail::least_work = {};
    cx::set_threads(1);
  }
};

template <class Batch>
Batch random_batch(std::size_t examples, unsigned seed) {
  Batch batch(examples);
  unsigned bits = seed;
  for (std::size_t i = 0; i < examples * Batch::example_size; ++i) {
    bits = bits * 1664525U + 1013904223U;
    batch.data()[i] = static_cast<float>(bits >> 8) * 0x1p-23F - 1.0F;
  }
  return batch;
}

/// Everything that passes over a batch give, as numbers.
template <class Net>
std::vector<std::vector<float>> all_of(const Net& original, std::size_t examples) {
  std::vector<std::vector<float>> all;
  const auto keep = [&all](const float* values, std::size_t count) {
    all.emplace_back(values, values + count);
  };
  Net net = original;
  const auto xs = random_batch<typename Net::InputBatch>(examples, 1);
  const auto dys = random_batch<typename Net::OutputBatch>(examples, 2);
  const auto& ys = net.forward(xs);
  keep(ys.data(), ys.size() * Net::OutputBatch::example_size);
  const auto& y = net.forward(xs[examples - 1]);
  keep(y.data(), Net::output_shape.size());

  cx::Backpropagation<Net> pass;
  pass.forward(net, xs, 11);
  keep(pass.outputs().data(), pass.outputs().size() * Net::OutputBatch::example_size);
  typename Net::HeadBatches dheads(examples);
  unsigned seed = 3;
  dheads.for_each([&](std::size_t, auto& batch) {
    batch = random_batch<std::remove_cvref_t<decltype(batch)>>(examples, seed++);
  });
  pass.backward(net, dys, dheads);
  keep(pass.input_gradient().data(), examples * Net::InputBatch::example_size);
  keep(pass.gradient().stored().data(), pass.gradient().stored().size());
  pass.heads().for_each([&](std::size_t, const auto& batch) {
    keep(batch.data(), batch.size() * std::remove_cvref_t<decltype(batch)>::example_size);
  });
  keep(net.stored_parameters().data(), net.stored_parameters().size());  // the running statistics
  return all;
}

template <class In, class Architecture>
void check(Architecture) {
  using Net = cx::Network<Architecture, In>;
  const DivideAll divide;
  Net net;
  cx::initialize(net, {.seed = 5});
  for (const std::size_t examples : {1U, 3U, 8U}) {
    cx::set_threads(1);
    const auto expected = all_of(net, examples);
    for (const int threads : {2, 3, 5}) {
      cx::set_threads(threads);
      const auto found = all_of(net, examples);
      BOOST_REQUIRE_EQUAL(found.size(), expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        const bool same =
            found[i].size() == expected[i].size() &&
            std::memcmp(found[i].data(), expected[i].data(), found[i].size() * sizeof(float)) == 0;
        BOOST_CHECK_MESSAGE(same, "result " << i << " of " << examples << " examples differs on "
                                            << threads << " threads");
      }
    }
  }
}

/// A user's layer that says which threads called it, and throws where it is told to.
struct Witness final : cx::Layer {
  static inline std::set<std::thread::id> callers;
  static inline bool throws = false;
  static inline int threads_within = 0;

  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  static void forward(cx::LayerInput x, cx::LayerOutput y) {
    callers.insert(std::this_thread::get_id());
    threads_within = cx::threads();
    if (throws) throw std::runtime_error("the layer gives up");
    for (int c = 0; c < y.channels(); ++c) {
      const auto from = x.channel(c);
      std::copy(from.begin(), from.end(), y.channel(c).begin());
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_number_of_threads_is_one_or_more) {
  for (const int n : {0, -1}) {
    const auto says = [n](const std::invalid_argument& e) {
      return std::string(e.what()).find("must be 1 or more, not " + std::to_string(n)) !=
             std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(cx::set_threads(n), std::invalid_argument, says);
    BOOST_CHECK_EXCEPTION(static_cast<void>(cx::ThreadsScope(n)), std::invalid_argument, says);
  }
  BOOST_CHECK_EQUAL(cx::threads(), 1);
}

BOOST_AUTO_TEST_CASE(a_scope_counts_for_its_thread_and_ends) {
  if (!has_threads) BOOST_TEST_MESSAGE("without OpenMP: all passes run on one thread");
  const auto if_there = [](int n) { return has_threads ? n : 1; };
  cx::set_threads(3);
  BOOST_CHECK_EQUAL(cx::threads(), if_there(3));
  {
    const cx::ThreadsScope two(2);
    BOOST_CHECK_EQUAL(cx::threads(), if_there(2));
    {
      const cx::ThreadsScope alone(1);
      BOOST_CHECK_EQUAL(cx::threads(), 1);
      int elsewhere = 0;
      std::thread([&] { elsewhere = cx::threads(); }).join();
      BOOST_CHECK_EQUAL(elsewhere, if_there(3));
    }
    BOOST_CHECK_EQUAL(cx::threads(), if_there(2));
  }
  cx::set_threads(1);
  BOOST_CHECK_EQUAL(cx::threads(), 1);
}

BOOST_AUTO_TEST_CASE(convolutions_pools_and_siblings) {
  // Filtered and direct, siblings, a stem that pools, channels that fill no block.
  check<cx::Input<3, 23, 21>>(
      cx::conv2d<35, {.kernel = 7, .stride = 2, .padding = 3}> | cx::relu |
      cx::max_pool2d<{.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true}> |
      cx::local_response_norm<{.size = 5}> |
      cx::concat(cx::conv2d<48, {.kernel = 1}> | cx::relu,
                 cx::conv2d<33, {.kernel = 1}> | cx::relu |
                     cx::conv2d<40, {.kernel = 3, .padding = 1}> | cx::relu,
                 cx::conv2d<16, {.kernel = 1}> | cx::relu |
                     cx::conv2d<32, {.kernel = 5, .padding = 2}> | cx::relu,
                 cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> |
                     cx::conv2d<7, {.kernel = 1}> | cx::relu) |
      cx::conv2d<21, {.kernel = 3}> | cx::avg_pool2d<{.kernel = 2}> | cx::dropout<0.4> |
      cx::flatten | cx::linear<150> | cx::relu | cx::linear<35>);
}

BOOST_AUTO_TEST_CASE(a_few_channels_and_many_weights) {
  check<cx::Input<1, 22, 29>>(cx::conv2d<6, {.kernel = 5, .padding = 2}> | cx::relu |
                              cx::conv2d<5, {.kernel = 4}> | cx::relu |
                              cx::conv2d<32, {.kernel = 5}> | cx::flatten | cx::linear<60>);
}

BOOST_AUTO_TEST_CASE(large_filtered_maps) {
  check<cx::Input<19, 34, 29>>(cx::conv2d<70, {.kernel = 3, .padding = 1}> | cx::gelu |
                               cx::conv2d<24, {.kernel = 3, .padding = 1}> | cx::sigmoid |
                               cx::conv2d<50, {.kernel = 1, .stride = 2}> | cx::global_avg_pool2d |
                               cx::flatten | cx::log_softmax);
}

BOOST_AUTO_TEST_CASE(groups_depthwise_and_transposed) {
  check<cx::Input<6, 11, 9>>(
      cx::conv2d<36, {.kernel = 3, .padding = 1, .groups = 3}> | cx::batch_norm2d<> | cx::prelu |
      cx::depthwise_conv2d<{.kernel = 3, .padding = 1}> | cx::batch_norm2d<> | cx::relu6 |
      cx::depthwise_conv2d<{.kernel = 3, .stride = 2, .multiplier = 2}> | cx::hard_swish |
      cx::conv_transpose2d<39, {.kernel = 3, .stride = 2}> | cx::relu |
      cx::conv_transpose2d<6, {.kernel = 2, .stride = 2, .groups = 3}> |
      cx::filter2d<cx::sobel_x, {.padding = 1}> | cx::softmax);
}

BOOST_AUTO_TEST_CASE(normalisations_and_sums) {
  check<cx::Input<5, 10, 7>>(
      cx::pad2d<{.padding = {1, 2, 0, 1}, .padding_mode = cx::PaddingMode::reflect}> |
      cx::conv2d<36, {.kernel = 3, .padding = 1}> | cx::group_norm<4> | cx::silu |
      cx::residual(cx::conv2d<36, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<> | cx::relu |
                   cx::dropout2d<0.25>) |
      cx::instance_norm2d<> | cx::upsample<{.scale = 2}> | cx::layer_norm<> |
      cx::lp_pool2d<2, {.kernel = 2}> | cx::adaptive_avg_pool2d<3, 4> |
      cx::upsample<{.scale = 2, .mode = cx::UpsampleMode::bilinear}> |
      cx::adaptive_max_pool2d<2, 3> | cx::flatten | cx::linear<9> | cx::softmax);
}

BOOST_AUTO_TEST_CASE(skips_shared_layers_and_heads) {
  constexpr auto block =
      cx::shared<"block">(cx::conv2d<35, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<>);
  check<cx::Input<3, 9, 8>>(
      cx::conv2d<35, {.kernel = 1}> | cx::tap<"x"> | block | cx::relu |
      cx::head<"a">(cx::flatten | cx::linear<3>) | block | cx::concat_with<"x"> |
      cx::head<"b">(cx::conv2d<35, {.kernel = 3}> | cx::sum_with<"x", {.crop = true}>) |
      cx::conv2d<17, {.kernel = {1, 3}, .stride = {1, 2}}> | cx::tanh | cx::global_max_pool2d |
      cx::flatten | cx::linear<40>);
}

BOOST_AUTO_TEST_CASE(sequences) {
  check<cx::Input<3, 41>>(cx::conv1d<35, {.kernel = 5, .padding = 2}> | cx::relu |
                          cx::max_pool1d<{.kernel = 2}> | cx::conv1d<50, {.kernel = 3}> | cx::relu |
                          cx::global_avg_pool1d | cx::flatten | cx::linear<4>);
}

BOOST_AUTO_TEST_CASE(a_users_layer_is_called_by_the_thread_that_asks_and_may_throw) {
  const DivideAll divide;
  cx::set_threads(3);
  constexpr auto layers = cx::conv2d<35, {.kernel = 3}> | Witness{} | cx::conv2d<4, {.kernel = 1}>;
  using Net = cx::Network<decltype(layers), cx::Input<3, 9, 9>>;
  Net net;
  const auto xs = random_batch<Net::InputBatch>(3, 1);
  net.forward(xs[0]);
  BOOST_CHECK_EQUAL(Witness::callers.size(), 1U);
  BOOST_CHECK(Witness::callers.contains(std::this_thread::get_id()));
  BOOST_CHECK_EQUAL(Witness::threads_within, 1);  // a network within a network begins no team
  Witness::throws = true;
  BOOST_CHECK_THROW(net.forward(xs[0]), std::runtime_error);
  Witness::throws = false;
  net.forward(xs[0]);
}

BOOST_AUTO_TEST_CASE(a_lent_arena_is_as_large_for_several_threads) {
  const DivideAll divide;
  using Net = cx::Network<decltype(cx::conv2d<40, {.kernel = 3}> | cx::group_norm<2> |
                                   cx::conv2d<70, {.kernel = 3}>),
                          cx::Input<33, 15, 14>>;
  Net net;
  cx::initialize(net, {.seed = 2});
  const auto xs = random_batch<Net::InputBatch>(1, 1);
  const Net::OutputTensor expected = net.forward(xs[0]);
  cx::set_threads(3);
  cx::AlignedBuffer<std::byte> arena(Net::inference_arena_bytes);
  std::memset(arena.data(), 0xFF, arena.size());
  Net::OutputTensor y;
  net.forward(xs[0], y, arena.span());
  BOOST_CHECK(y == expected);
}

#if defined(__SSE2__)
BOOST_AUTO_TEST_CASE(all_members_take_denormal_numbers_as_the_caller_does) {
  const DivideAll divide;
  using Net =
      cx::Network<decltype(cx::conv2d<40, {.kernel = 1, .bias = false}>), cx::Input<33, 9, 8>>;
  Net net;
  cx::initialize(net, {.seed = 2});
  auto xs = random_batch<Net::InputBatch>(1, 1);
  for (std::size_t i = 0; i < Net::InputBatch::example_size; ++i) xs.data()[i] *= 1e-38F;
  const Net::OutputTensor gradual = net.forward(xs[0]);
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040U);  // denormal numbers are zeros, read and written
  const Net::OutputTensor flushed = net.forward(xs[0]);
  cx::set_threads(3);
  const Net::OutputTensor together = net.forward(xs[0]);
  _mm_setcsr(before);
  BOOST_CHECK(flushed != gradual);
  BOOST_CHECK(together == flushed);
  BOOST_CHECK(net.forward(xs[0]) == gradual);
}
#endif

BOOST_AUTO_TEST_CASE(only_the_first_call_on_more_threads_allocates) {
  const DivideAll divide;
  using Net = cx::Network<decltype(cx::conv2d<40, {.kernel = 3}> | cx::group_norm<2> | cx::relu |
                                   cx::flatten | cx::linear<5>),
                          cx::Input<17, 13, 14>>;
  Net net;
  const auto xs = random_batch<Net::InputBatch>(4, 1);
  const auto dys = random_batch<Net::OutputBatch>(4, 1);
  cx::Backpropagation<Net> pass;
  const auto run = [&] {
    net.forward(xs);
    net.forward(xs[0]);
    pass.forward(net, xs, 1);
    pass.backward(net, dys);
  };
  cx::set_threads(3);
  run();
  const support::AllocationCount allocations;
  run();
  cx::set_threads(2);
  run();
  BOOST_CHECK_EQUAL(allocations.count(), 0);
}

BOOST_AUTO_TEST_CASE(little_work_runs_on_one_thread) {
  cx::set_threads(2);
  constexpr auto lenet = cx::conv2d<6, {.kernel = 5, .padding = 2}> | cx::tanh |
                         cx::avg_pool2d<{.kernel = 2}> | cx::conv2d<16, {.kernel = 5}> | cx::tanh |
                         cx::avg_pool2d<{.kernel = 2}> | cx::flatten | cx::linear<120> | cx::tanh |
                         cx::linear<84> | cx::tanh | cx::linear<10>;
  using Net = cx::Network<decltype(lenet), cx::Input<1, 28, 28>>;
  using Executor = cx::detail::Executor<Net::plan, Net::blueprint()>;
  cx::detail::Frame frame;
  BOOST_CHECK_EQUAL(Executor::team_of(frame, 0, Executor::count), 1);
  frame.examples = 64;
  BOOST_CHECK_EQUAL(Executor::team_of(frame, 0, Executor::count), has_threads ? 2 : 1);
  cx::set_threads(1);
}
