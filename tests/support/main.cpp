// The main of every test where headers are precompiled: Boost.Test makes one where BOOST_TEST_MODULE
// is defined, and its headers were compiled before a test could define it.
#define BOOST_TEST_MODULE convexpr
#include <boost/test/unit_test.hpp>
