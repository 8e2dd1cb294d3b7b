// An exponent that differs from element to element.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: the exponent of pow must be a number
// EXPECT: "an expression"
// EXPECT: a number, such as 3 or 0.75
// EXPECT: write exp(b * log(a)) for a > 0 to the power of b
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) { return cx::pow(2, x); };
#else
constexpr auto f = [](auto x) { return cx::pow(x, 2); };
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
