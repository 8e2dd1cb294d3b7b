// Single layers against PyTorch's values and gradients.
//
// Layers are types, so the cases stand in a list that oracle_cases.cmake writes while CMake runs,
// from the cases.json in the folder CONVEXPR_ORACLE_DIR; each part of the list is a program.
#define BOOST_TEST_MODULE oracle_cases
#include <boost/test/unit_test.hpp>
#include <iostream>

#ifdef CONVEXPR_ORACLE_CASES
#include "../support/recorded_case.hpp"

namespace cx = convexpr;
using support::check_recorded;

struct Errors {
  ~Errors() { support::write_recorded_errors(CONVEXPR_ORACLE_ERRORS); }
};
BOOST_TEST_GLOBAL_FIXTURE(Errors);

#include CONVEXPR_ORACLE_CASES
#else
BOOST_AUTO_TEST_CASE(there_are_cases) {
  std::cout << "skipped: CONVEXPR_ORACLE_DIR was not given when CMake ran\n";
}
#endif
