// Every step of a plan finds what it is meant to read, in small networks of every kind.
#define BOOST_TEST_MODULE graph_schedule
#include <array>
#include <boost/test/unit_test.hpp>

#include "../support/pass_checks.hpp"
#include "architectures.hpp"

namespace cx = convexpr;
namespace graph = convexpr::graph;
using cx::Kind;
using graph::Role;

namespace {

/// In whatever is planned of an architecture, with all passes.
template <class Architecture>
void every_step_finds_its_inputs(const Architecture&, cx::Shape in = test::image) {
  const graph::Graph built = graph::build<Architecture>(in);
  BOOST_REQUIRE(!built.refusal.happened());
  const std::string fault = support::PassChecks(built).any_fault(
      std::array{1, 4, 8, 16}, support::plan_purposes, std::array{cx::Options{}});
  BOOST_TEST(fault.empty(), fault);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_chain_finds_its_values) { every_step_finds_its_inputs(test::plain); }

BOOST_AUTO_TEST_CASE(parts_of_a_concat_are_found_in_the_whole) {
  every_step_finds_its_inputs(test::mixed<8, 16, 32>);
  every_step_finds_its_inputs(test::mixed<8, 16, 5>);
  every_step_finds_its_inputs(test::mixed<3, 8, 8>);
  every_step_finds_its_inputs(test::mixed_twice);
}

BOOST_AUTO_TEST_CASE(concats_of_concats_find_their_parts) {
  every_step_finds_its_inputs(test::nested);
}

BOOST_AUTO_TEST_CASE(values_with_a_second_reader_are_not_overwritten) {
  every_step_finds_its_inputs(test::skips);
}

BOOST_AUTO_TEST_CASE(a_network_may_give_back_its_input) {
  every_step_finds_its_inputs(cx::identity);
  every_step_finds_its_inputs(cx::relu);
  every_step_finds_its_inputs(cx::concat(cx::identity, cx::identity));
  every_step_finds_its_inputs(cx::sum(cx::identity, cx::identity, cx::relu));
}

BOOST_AUTO_TEST_CASE(a_part_that_is_used_twice_is_found_twice) {
  every_step_finds_its_inputs(cx::conv2d<8, {.kernel = 3}> | cx::relu |
                              cx::concat(cx::identity, cx::identity) |
                              cx::conv2d<2, {.kernel = 1}>);
}

BOOST_AUTO_TEST_CASE(taps_are_found_wherever_they_are_read) {
  every_step_finds_its_inputs(test::tapped<8, 16>);
  every_step_finds_its_inputs(test::tapped<5, 3>);
}

BOOST_AUTO_TEST_CASE(heads_are_there_when_the_forward_steps_are_done) {
  every_step_finds_its_inputs(test::headed);
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_shared_layer_is_written_once_and_then_added_to) {
  constexpr auto norm = cx::shared<"norm">(cx::batch_norm2d<>);
  constexpr auto conv = cx::shared<"conv">(cx::conv2d<3, {.kernel = 1}>);
  const auto chain = conv | norm | conv | norm | cx::conv2d<3, {.kernel = 1}> | conv;
  const graph::PlanDraft plan = graph::lower<decltype(chain)>(
      test::image, {.mode = cx::Mode::training, .backward = true, .lanes = 8});
  int convolutions = 0;
  int norms = 0;
  for (const graph::Step& s : plan.steps) {
    if (!s.adds_gradient) continue;
    convolutions += s.op.kind == Kind::conv2d ? 1 : 0;
    norms += s.op.kind == Kind::batch_norm2d ? 1 : 0;
    BOOST_TEST(s.owner < s.layer + (s.layer == s.owner ? 1 : 0));
    BOOST_TEST((s.role == (s.op.kind == Kind::conv2d ? Role::parameter_adjoint : Role::adjoint)));
  }
  BOOST_TEST(convolutions == 2);
  BOOST_TEST(norms == 1);
}

BOOST_AUTO_TEST_CASE(each_step_names_its_layer_and_its_place_in_the_passes) {
  const graph::PlanDraft plan = graph::lower<decltype(test::plain)>(
      test::image, {.mode = cx::Mode::training, .backward = true, .lanes = 8});
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const bool forward = static_cast<int>(i) < plan.forward_steps;
    BOOST_TEST((plan.steps[i].role == Role::forward) == forward);
    BOOST_TEST(plan.steps[i].layer > 0);
  }
  BOOST_TEST(plan.forward_steps == 8);  // two activations ride, the output is a log-softmax
}
