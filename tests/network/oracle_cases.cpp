// Single layers against PyTorch's values and gradients.
//
// Layers are types, so the cases stand in a list that oracle_cases.cmake writes while CMake runs,
// from layers/cases.json in the folder CONVEXPR_ASSETS; each part of the list is a program.
#define BOOST_TEST_MODULE oracle_cases
#include "../support/recorded_case.hpp"

namespace cx = convexpr;
using support::check_recorded;
using support::LargestErrors;

BOOST_TEST_GLOBAL_FIXTURE(LargestErrors);

BOOST_AUTO_TEST_SUITE(recorded, *support::needs_assets("layers"))

#ifdef CONVEXPR_ORACLE_CASES
#include CONVEXPR_ORACLE_CASES
#else
BOOST_AUTO_TEST_CASE(there_are_cases) {
  std::cout << "skipped: CONVEXPR_ASSETS was not given when CMake ran\n";
}
#endif

BOOST_AUTO_TEST_SUITE_END()
