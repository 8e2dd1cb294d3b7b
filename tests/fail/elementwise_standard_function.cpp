// The functions of <cmath> take numbers.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: a value is known only at run time, so that it is no float or double
// EXPECT: an expression used as a number
// EXPECT: the functions that take expressions, and auto for results
// EXPECT: write cx::exp(x) for std::exp(x), and auto y = x for float y = x
#include <cmath>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) { return 1 + std::exp(x); };
#else
constexpr auto f = [](auto x) { return 1 + cx::exp(x); };
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
