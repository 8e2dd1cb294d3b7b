// Memory at run time: none is asked for once a network is warm, and an arena may be lent.
#define BOOST_TEST_MODULE allocation
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/loss.hpp>
#include <convexpr/train/sgd.hpp>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../support/check_network.hpp"
#include "../support/count_allocations.hpp"

namespace cx = convexpr;

namespace {

constexpr auto architecture =
    cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<> | cx::relu |
    cx::concat(cx::conv2d<6, {.kernel = 1}> | cx::relu,
               cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>) |
    cx::local_response_norm<{.size = 5}> | cx::avg_pool2d<{.kernel = 2}> |
    cx::residual(cx::conv2d<23, {.kernel = 3, .padding = 1, .groups = 23}>) | cx::dropout<0.3> |
    cx::flatten | cx::linear<6> | cx::softmax;
using Net = cx::Network<decltype(architecture), cx::Input<3, 8, 7>>;

/// A long skip, a block that is used twice and two heads.
constexpr auto block =
    cx::shared<"block">(cx::conv2d<17, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<>);
constexpr auto graph_of_all =
    cx::conv2d<17, {.kernel = 1}> | cx::tap<"x"> | block | cx::relu |
    cx::head<"a">(cx::flatten | cx::linear<3>) | block | cx::concat_with<"x"> |
    cx::head<"b">(cx::conv2d<17, {.kernel = 3}> | cx::sum_with<"x", {.crop = true}>) |
    cx::global_avg_pool2d | cx::flatten | cx::linear<4>;
using GraphNet = cx::Network<decltype(graph_of_all), cx::Input<3, 6, 5>>;

Net random_net() {
  Net net;
  support::Numbers numbers(3);
  cx::load_state_dict(net, support::random_parameters(cx::state_dict(net), numbers));
  return net;
}

template <class Batch>
Batch random_batch(std::size_t examples) {
  Batch batch(examples);
  support::Numbers(5).fill({batch.data(), examples * Batch::example_size});
  return batch;
}

/// Memory for an arena: every float is NaN, so that whatever reads what it has not written shows.
cx::AlignedBuffer<std::byte> garbage(std::size_t bytes) {
  cx::AlignedBuffer<std::byte> memory(bytes);
  std::memset(memory.data(), 0xFF, bytes);
  return memory;
}

/// A pass forward and backward gives the same bits in garbage as in an arena of its own.
template <class Net>
void check_pass_in_garbage(const Net& net, std::size_t examples) {
  using Pass = cx::Backpropagation<Net>;
  const auto xs = random_batch<typename Net::InputBatch>(examples);
  const auto dys = random_batch<typename Net::OutputBatch>(examples);
  Pass own;
  own.forward(net, xs, 7);
  own.backward(net, dys);
  BOOST_CHECK_EQUAL(own.arena_bytes(), Pass::arena_bytes(examples));
  auto memory = garbage(Pass::arena_bytes(examples));
  Pass pass(memory.span());
  BOOST_CHECK_EQUAL(pass.arena_bytes(), memory.size());
  pass.forward(net, xs, 7);
  pass.backward(net, dys);
  BOOST_CHECK(pass.outputs() == own.outputs());
  BOOST_CHECK(pass.input_gradient() == own.input_gradient());
  BOOST_CHECK(cx::state_dict(pass.gradient()) == cx::state_dict(own.gradient()));
}

/// `call` throws std::invalid_argument with these words in it.
template <class F>
void check_refused(F call, const std::string& words) {
  BOOST_CHECK_EXCEPTION(call(), std::invalid_argument, [&](const std::invalid_argument& e) {
    return std::string(e.what()).find(words) != std::string::npos;
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_count_sees_every_form_of_new) {
  const support::AllocationCount allocations;  // called by name: a new-expression may be left out
  ::operator delete(::operator new(8));
  ::operator delete[](::operator new[](8));
  ::operator delete(::operator new(8, std::nothrow));
  ::operator delete[](::operator new[](8, std::nothrow));
  constexpr std::align_val_t alignment{64};
  ::operator delete(::operator new(8, alignment), alignment);
  ::operator delete[](::operator new[](8, alignment), alignment);
  ::operator delete(::operator new(8, alignment, std::nothrow), alignment);
  const cx::AlignedBuffer<float> buffer(3);
  BOOST_CHECK_EQUAL(allocations.count(), 8);
}

BOOST_AUTO_TEST_CASE(forward_of_one_example_allocates_nothing) {
  Net net = random_net();
  const auto xs = random_batch<Net::InputBatch>(1);
  const support::AllocationCount allocations;
  net.forward(xs[0]);
  net.forward(xs[0]);
  BOOST_CHECK_EQUAL(allocations.count(), 0);
}

BOOST_AUTO_TEST_CASE(forward_of_a_batch_allocates_only_when_it_grows) {
  Net net = random_net();
  const auto large = random_batch<Net::InputBatch>(5);
  const auto small = random_batch<Net::InputBatch>(2);
  net.forward(large);
  const support::AllocationCount allocations;
  net.forward(large);
  net.forward(small);
  net.forward(large);
  BOOST_CHECK_EQUAL(allocations.count(), 0);
}

BOOST_AUTO_TEST_CASE(forward_in_a_lent_arena_allocates_nothing) {
  const Net net = random_net();
  const auto xs = random_batch<Net::InputBatch>(1);
  Net::OutputTensor y;
  auto arena = garbage(Net::inference_arena_bytes);
  const support::AllocationCount allocations;
  net.forward(xs[0], y, arena.span());
  BOOST_CHECK_EQUAL(allocations.count(), 0);
  Net own = net;
  BOOST_CHECK(own.forward(xs[0]) == y);
}

BOOST_AUTO_TEST_CASE(a_pass_backward_allocates_only_when_the_batch_grows) {
  Net net = random_net();
  const auto large = random_batch<Net::InputBatch>(5);
  const auto small = random_batch<Net::InputBatch>(2);
  const auto large_dys = random_batch<Net::OutputBatch>(5);
  const auto small_dys = random_batch<Net::OutputBatch>(2);
  cx::Backpropagation<Net> pass;
  pass.forward(net, large, 1);
  pass.backward(net, large_dys);
  const support::AllocationCount allocations;
  pass.forward(net, large, 2);
  pass.backward(net, large_dys);
  pass.forward(net, small, 3);
  pass.backward(net, small_dys);
  BOOST_CHECK_EQUAL(allocations.count(), 0);
  BOOST_CHECK_EQUAL(pass.outputs().size(), 2U);
  BOOST_CHECK_EQUAL(pass.input_gradient().size(), 2U);
}

BOOST_AUTO_TEST_CASE(nor_does_a_whole_step_of_training) {
  Net net = random_net();
  const auto xs = random_batch<Net::InputBatch>(5);
  const std::vector<int> labels{0, 5, 2, 3, 1};
  cx::Backpropagation<Net> pass;
  cx::Sgd<Net> sgd(net, {.momentum = 0.9F});
  Net::OutputBatch dys;
  const auto step = [&](std::uint64_t seed) {
    cx::softmax_cross_entropy(pass.forward(net, xs, seed), labels, dys);
    pass.backward(net, dys);
    sgd.step(net, pass.gradient());
  };
  step(1);
  const support::AllocationCount allocations;
  step(2);
  step(3);
  BOOST_CHECK_EQUAL(allocations.count(), 0);
}

BOOST_AUTO_TEST_CASE(nor_does_a_pass_in_a_lent_arena) {
  Net net = random_net();
  const auto large = random_batch<Net::InputBatch>(5);
  const auto small = random_batch<Net::InputBatch>(2);
  const auto large_dys = random_batch<Net::OutputBatch>(5);
  const auto small_dys = random_batch<Net::OutputBatch>(2);
  auto memory = garbage(cx::Backpropagation<Net>::arena_bytes(5));
  cx::Backpropagation<Net> pass(memory.span());
  pass.forward(net, large, 1);
  pass.backward(net, large_dys);
  const support::AllocationCount allocations;
  pass.forward(net, small, 2);
  pass.backward(net, small_dys);
  pass.forward(net, large, 3);
  pass.backward(net, large_dys);
  BOOST_CHECK_EQUAL(allocations.count(), 0);
}

BOOST_AUTO_TEST_CASE(the_only_memory_that_grows_with_a_batch_is_said_before) {
  using Pass = cx::Backpropagation<Net>;
  // Values grow with the batch; scratch of a few examples may reach beyond the gaps between theirs.
  constexpr std::size_t one = Pass::arena_bytes(101) - Pass::arena_bytes(100);
  static_assert(one == Net::training_arena_bytes);
  static_assert(Pass::arena_bytes(200) == Pass::arena_bytes(100) + 100 * one);
  static_assert(Pass::arena_bytes(1) <= Pass::arena_bytes(2));
  // The maps of the batch norm have 17 channels: a mean and a variance in whole cache lines.
  static_assert(Pass::arena_bytes(1) - one >= 2 * 17 * sizeof(float));
}

BOOST_AUTO_TEST_CASE(nothing_is_read_that_was_not_written) {
  check_pass_in_garbage(random_net(), 1);
  check_pass_in_garbage(random_net(), 4);
  check_pass_in_garbage(GraphNet(), 3);
}

BOOST_AUTO_TEST_CASE(nor_does_one_with_heads_and_shared_blocks) {
  GraphNet net;
  const auto large = random_batch<GraphNet::InputBatch>(4);
  const auto small = random_batch<GraphNet::InputBatch>(2);
  const auto dys = random_batch<GraphNet::OutputBatch>(4);
  const GraphNet::HeadBatches dheads(4);
  cx::Backpropagation<GraphNet> pass;
  pass.forward(net, large, 1);
  pass.backward(net, dys, dheads);
  const support::AllocationCount allocations;
  pass.forward(net, large, 2);
  pass.backward(net, dys, dheads);
  pass.backward(net, dys);
  pass.forward(net, small, 3);
  net.forward(large[0]);
  BOOST_CHECK_EQUAL(allocations.count(), 0);
}

BOOST_AUTO_TEST_CASE(a_pass_that_was_used_before_gives_the_bits_of_a_new_one) {
  const Net net = random_net();
  const auto large = random_batch<Net::InputBatch>(5);
  const auto small = random_batch<Net::InputBatch>(2);
  const auto dys = random_batch<Net::OutputBatch>(2);
  cx::Backpropagation<Net> used;
  used.forward(net, large, 1);
  used.backward(net, random_batch<Net::OutputBatch>(5));
  used.forward(net, small, 3);
  used.backward(net, dys);
  cx::Backpropagation<Net> fresh;
  fresh.forward(net, small, 3);
  fresh.backward(net, dys);
  BOOST_CHECK(used.outputs() == fresh.outputs());
  BOOST_CHECK(used.input_gradient() == fresh.input_gradient());
  BOOST_CHECK(cx::state_dict(used.gradient()) == cx::state_dict(fresh.gradient()));
}

BOOST_AUTO_TEST_CASE(without_the_gradient_of_the_input_the_others_are_the_same) {
  const Net net = random_net();
  const auto xs = random_batch<Net::InputBatch>(3);
  const auto dys = random_batch<Net::OutputBatch>(3);
  cx::Backpropagation<Net> full;
  full.forward(net, xs, 3);
  full.backward(net, dys);
  cx::Backpropagation<Net, cx::Mode::training, cx::InputGradient::skip> part;
  part.forward(net, xs, 3);
  part.backward(net, dys);
  BOOST_CHECK(part.outputs() == full.outputs());
  BOOST_CHECK(cx::state_dict(part.gradient()) == cx::state_dict(full.gradient()));
}

BOOST_AUTO_TEST_CASE(an_arena_that_does_not_fit_is_refused) {
  const Net net = random_net();
  const auto xs = random_batch<Net::InputBatch>(1);
  Net::OutputTensor y;
  cx::AlignedBuffer<std::byte> arena(Net::inference_arena_bytes + 64);
  check_refused([&] { net.forward(xs[0], y, arena.span().first(Net::inference_arena_bytes - 1)); },
                "the network needs " + std::to_string(Net::inference_arena_bytes));
  check_refused([&] { net.forward(xs[0], y, arena.span().subspan(4)); },
                "bytes, but begins 4 behind a multiple of ");
}

BOOST_AUTO_TEST_CASE(a_pass_in_an_arena_that_does_not_fit_is_refused_and_changes_nothing) {
  using Pass = cx::Backpropagation<Net>;
  Net net = random_net();
  const auto before = cx::state_dict(net);
  const std::size_t bytes = Pass::arena_bytes(3);
  auto memory = garbage(bytes + 64);
  Pass small(memory.span().first(bytes));
  check_refused([&] { small.forward(net, Net::InputBatch(4)); },
                "forward: the arena has " + std::to_string(bytes) +
                    " bytes, a pass over a batch of 4 examples needs " +
                    std::to_string(Pass::arena_bytes(4)));
  BOOST_CHECK_EQUAL(small.outputs().size(), 0U);
  Pass crooked(memory.span().subspan(8));
  check_refused([&] { crooked.forward(net, Net::InputBatch(3)); },
                "begins 8 behind a multiple of " + std::to_string(cx::simd::alignment));
  Pass none{std::span<std::byte>{}};
  check_refused([&] { none.forward(net, Net::InputBatch(2)); }, "the arena has 0 bytes");
  BOOST_CHECK(cx::state_dict(net) == before);
}

BOOST_AUTO_TEST_CASE(batches_that_do_not_fit_are_refused) {
  Net net = random_net();
  cx::Backpropagation<Net> pass;
  check_refused([&] { pass.forward(net, Net::InputBatch()); }, "empty");
  pass.forward(net, Net::InputBatch(3));
  check_refused([&] { pass.backward(net, Net::OutputBatch(2)); }, "3 examples, dys has 2");
}

BOOST_AUTO_TEST_CASE(two_threads_with_two_arenas_give_the_bits_of_one) {
  const Net net = random_net();
  constexpr std::size_t examples = 64;
  const auto xs = random_batch<Net::InputBatch>(examples);
  Net alone = net;
  const Net::OutputBatch expected = alone.forward(xs);
  Net::OutputBatch ys(examples);
  const auto run = [&](std::size_t first) {
    cx::AlignedBuffer<std::byte> arena(Net::inference_arena_bytes);
    for (std::size_t n = first; n < examples; n += 2) net.forward(xs[n], ys[n], arena.span());
  };
  std::thread other(run, 1);
  run(0);
  other.join();
  BOOST_CHECK(ys == expected);
}

BOOST_AUTO_TEST_CASE(two_threads_train_on_one_network_in_two_parts_of_one_buffer) {
  using Pass = cx::Backpropagation<Net>;
  const Net net = random_net();
  constexpr std::size_t bytes = Pass::arena_bytes(3);
  auto memory = garbage(2 * bytes);
  const auto dys = random_batch<Net::OutputBatch>(3);
  const auto run = [&](Pass& pass, std::uint64_t seed) {
    const auto xs = random_batch<Net::InputBatch>(3);
    for (int i = 0; i < 8; ++i) {
      pass.forward(net, xs, seed);
      pass.backward(net, dys);
    }
  };
  Pass first(memory.span().first(bytes));
  Pass second(memory.span().last(bytes));
  std::thread other([&] { run(second, 2); });
  run(first, 1);
  other.join();
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    Pass alone;
    run(alone, seed);
    const Pass& beside = seed == 1 ? first : second;
    BOOST_CHECK(beside.outputs() == alone.outputs());
    BOOST_CHECK(cx::state_dict(beside.gradient()) == cx::state_dict(alone.gradient()));
  }
  BOOST_CHECK(first.outputs() != second.outputs());  // other masks
}
