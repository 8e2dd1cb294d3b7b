// The main of every test where headers are precompiled: Boost.Test makes one where BOOST_TEST_MODULE
// is defined, and its headers were compiled before a test could define it.
#include <boost/test/unit_test.hpp>

int main(int argc, char* argv[]) {
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
