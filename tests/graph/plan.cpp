// What a plan says of itself: which step computes a layer, what is kept for the backward pass, and
// how much memory there is. All of it is known while compiling.
#define BOOST_TEST_MODULE graph_plan
#include <boost/test/unit_test.hpp>

#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;

namespace {

constexpr int lanes = 8;

template <const auto& Architecture, cx::Shape In = test::image>
constexpr const auto& inference =
    graph::plan<std::remove_cvref_t<decltype(Architecture)>, In, graph::Purpose{.lanes = lanes}>;

template <const auto& Architecture, cx::Shape In = test::image, bool Heads = false>
constexpr const auto& training =
    graph::plan<std::remove_cvref_t<decltype(Architecture)>, In,
                graph::Purpose{cx::Mode::training, true, false, lanes, Heads}>;

/// The steps of the first rows of the table of layers.
template <class Plan>
constexpr bool steps_are(const Plan& plan, std::initializer_list<int> expected) {
  std::size_t row = 0;
  for (const int step : expected) {
    if (plan.step_of(row++) != step) return false;
  }
  return true;
}

/// The bytes of one array without a border.
constexpr std::size_t bytes(int channels, int height, int width) {
  const int blocks = (channels + lanes - 1) / lanes;
  return static_cast<std::size_t>((blocks * lanes * height * width + 15) / 16 * 16) * sizeof(float);
}

}  // namespace

// Two activations ride, dropout does nothing.
static_assert(inference<test::plain>.launches == 7);
static_assert(steps_are(inference<test::plain>, {0, 0, 1, 2, 2, 3, -1, 4, 4, 5, 6}));
static_assert(inference<test::plain>.saved.empty());
static_assert(inference<test::plain>.saved_bytes == 0);
// In training dropout has a step of its own; what follows the forward steps is no layer's value.
static_assert(steps_are(training<test::plain>, {0, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7}));
static_assert(training<test::plain>.launches > training<test::plain>.forward_steps);

// A graph whose plan is larger than is expected of its nodes is lowered again, into more room.
constexpr auto pooled = cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>;
constexpr auto many_summands =
    cx::sum(pooled, pooled, pooled, pooled, pooled, pooled, pooled, pooled, pooled, pooled, pooled,
            pooled, pooled, pooled, pooled, pooled);
constexpr bool is_lowered_as_drafted() {
  using Architecture = std::remove_cvref_t<decltype(many_summands)>;
  constexpr graph::Purpose purpose{.lanes = lanes};
  constexpr const auto& roomy = graph::roomy_plan<Architecture, test::image, purpose, 1>;
  static_assert(!roomy.room.holds(roomy.size));
  const graph::PlanDraft draft = graph::lower<Architecture>(test::image, purpose);
  const auto& plan = inference<many_summands>;
  bool same = plan.steps.size() == draft.steps.size() &&
              plan.operands.size() == draft.operands.size() &&
              plan.arrays.size() == draft.arrays.size() && plan.output.array == draft.output.array;
  for (std::size_t i = 0; same && i < plan.operands.size(); ++i) {
    same = plan.operands[i].array == draft.operands[i].array &&
           plan.operands[i].shape == draft.operands[i].shape;
  }
  return same;
}
static_assert(is_lowered_as_drafted());

// A concat whose parts are written in place takes no step, one of narrow parts two copies.
constexpr auto wide =
    cx::concat(cx::conv2d<8, {.kernel = 1}> | cx::relu, cx::conv2d<16, {.kernel = 1}>);
constexpr auto narrow =
    cx::concat(cx::conv2d<4, {.kernel = 1}> | cx::relu, cx::conv2d<16, {.kernel = 1}>);
static_assert(steps_are(inference<wide>, {0, 0, 0, -1}));  // siblings run as one step
static_assert(inference<wide>.copies == 0);
static_assert(steps_are(inference<narrow>, {0, 0, 0, 2}));
static_assert(inference<narrow>.copies == 2);

// Zeros are read around the image by the convolution itself; a border that is made has a step, but
// no layer.
constexpr auto zeros = cx::pad2d<{.padding = 2}> | cx::conv2d<8, {.kernel = 3}> | cx::tanh;
constexpr auto mirrored =
    cx::conv2d<8, {.kernel = 3, .padding = 1, .padding_mode = cx::PaddingMode::reflect}> | cx::tanh;
static_assert(steps_are(inference<zeros>, {0, 0, 0}));
static_assert(steps_are(inference<mirrored>, {1, 1}));
static_assert(inference<mirrored>.steps[0].layer == -1);

// Taps do nothing, both uses of a shared block have steps. A sum rides on the convolution before it,
// unless the backward pass reads what that gave, and carries the activation behind it then.
constexpr auto block = cx::shared<"block">(cx::conv2d<8, {.kernel = 3, .padding = 1}> | cx::relu);
constexpr auto skipping =
    cx::conv2d<8, {.kernel = 1}> | cx::tap<"x"> | block | block | cx::sum_with<"x"> | cx::relu;
static_assert(steps_are(inference<skipping>, {0, -1, 1, 1, 2, 2, 2, 2}));
static_assert(steps_are(training<skipping>, {0, -1, 1, 1, 2, 2, 3, 3}));

// A head is not run where it is not asked for, nor is what rides in it.
constexpr auto sided = cx::conv2d<8, {.kernel = 1}> |
                       cx::head<"side">(cx::conv2d<4, {.kernel = 1}> | cx::relu) | cx::tanh;
static_assert(steps_are(inference<sided>, {0, -1, -1, 0}));
static_assert(steps_are(training<sided, test::image, true>, {0, 1, 1, 2}));

// The gradients of the two convolutions read what went in, that of the activation what came out of
// it, that of the pool what went in, which is the same: three arrays.
constexpr auto small = cx::conv2d<5, {.kernel = 3}> | cx::relu | cx::max_pool2d<{.kernel = 2}> |
                       cx::conv2d<4, {.kernel = 1}>;
constexpr const auto& small_training = training<small>;
static_assert(small_training.saved.size() == 3);
static_assert(small_training.saved[0].layer == 0);
static_assert(small_training.saved[0].shape == test::image);
static_assert(small_training.saved[1].layer == 1);
static_assert(small_training.saved[1].bytes == bytes(5, 11, 8));
static_assert(small_training.saved[2].layer == 3);
static_assert(small_training.saved[2].bytes == bytes(5, 5, 4));
static_assert(small_training.saved_bytes ==
              small_training.saved[0].bytes + bytes(5, 11, 8) + bytes(5, 5, 4));

// What lies in the whole of a concat is kept in one array, under the concat's name.
constexpr auto joined = wide | cx::conv2d<8, {.kernel = 1}>;
static_assert(training<joined>.saved.size() == 2);
static_assert(training<joined>.saved[1].layer == 4);
static_assert(training<joined>.saved[1].shape == cx::shape(24, 13, 10));

// Memory: what is in use at one time is a lower bound, an array for each value an upper one.
static_assert(inference<small>.arena_bytes == inference<small>.arena_floats * sizeof(float));
static_assert(inference<small>.arena_bytes == inference<small>.busiest_bytes);
static_assert(inference<small>.separate_bytes ==
              inference<small>.arena_bytes + bytes(4, 5, 4) + bytes(5, 5, 4));

BOOST_AUTO_TEST_CASE(arenas_lie_between_what_is_in_use_at_one_time_and_all_arrays) {
  const auto check = [](const auto& plan) {
    BOOST_TEST(plan.busiest_bytes <= plan.arena_bytes);
    BOOST_TEST(plan.arena_bytes <= plan.separate_bytes);
    BOOST_TEST(plan.saved_bytes <= plan.busiest_bytes);
    std::size_t all = 0;
    for (const graph::Block& a : plan.arrays) all += a.size * sizeof(float);
    BOOST_TEST(all == plan.separate_bytes);
  };
  check(inference<test::plain>);
  check(training<test::plain>);
  check(inference<test::nested>);
  check(training<test::nested>);
  check(training<test::skips>);
  check(training<test::mixed_twice>);
  check(training<test::headed, test::image, true>);
}

BOOST_AUTO_TEST_CASE(every_operand_lies_in_one_of_the_arrays) {
  const auto check = [](const auto& plan) {
    for (const graph::Operand& o : plan.operands) {
      int found = 0;
      for (const graph::Block& a : plan.arrays) {
        found += a.offset == o.array && a.size == o.array_size ? 1 : 0;
      }
      BOOST_TEST(found >= 1);
      BOOST_TEST(o.array + o.array_size <= plan.arena_floats);
    }
  };
  check(inference<test::mixed_twice>);
  check(training<test::skips>);
}

BOOST_AUTO_TEST_CASE(what_is_saved_is_read_backward_where_it_was_written) {
  const auto check = [](const auto& plan) {
    for (const graph::SavedArray& s : plan.saved) {
      const graph::Block& a = plan.arrays[static_cast<std::size_t>(s.array)];
      bool is_read = false;
      for (std::size_t i = static_cast<std::size_t>(plan.forward_steps); i < plan.steps.size();
           ++i) {
        for (int k = 0; k < plan.steps[i].input_count; ++k) {
          const auto operand = static_cast<std::size_t>(plan.steps[i].first_input + k);
          is_read = is_read || plan.operands[operand].array == a.offset;
        }
      }
      BOOST_TEST(is_read);
      BOOST_TEST(s.bytes == a.size * sizeof(float));
    }
  };
  check(training<test::plain>);
  check(training<test::mixed_twice>);
  check(training<test::skips>);
}
