// Graphs that no one thought of: whatever passes are made of them, and whichever are left out, values
// and gradients stay what they are.
#define BOOST_TEST_MODULE graph_random_graphs
#include <array>
#include <boost/test/unit_test.hpp>

#include "../support/pass_checks.hpp"
#include "random_graph.hpp"

namespace {

constexpr std::array lanes{4, 8, 16};

// Sanitizers take some fifty times as long, and look for other mistakes.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::uint32_t share = 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr std::uint32_t share = 10;
#else
constexpr std::uint32_t share = 1;
#endif
#else
constexpr std::uint32_t share = 1;
#endif

void check(std::uint32_t first, std::uint32_t last, bool exact) {
  for (std::uint32_t seed = first; seed < last; ++seed) {
    const test::RandomGraph random(seed, exact);
    BOOST_REQUIRE(!random.graph().refusal.happened());
    const std::string fault =
        support::PassChecks(random.graph(), seed, exact ? 1e-9 : 1e-6).any_fault(lanes);
    BOOST_REQUIRE_MESSAGE(fault.empty(), "seed " << seed << ": " << fault);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(passes_change_no_value_and_no_gradient) { check(0, 300 / share, true); }

BOOST_AUTO_TEST_CASE(nor_do_they_where_constants_are_rounded) {
  check(300, 300 + 100 / share, false);
}
