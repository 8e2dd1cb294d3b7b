// A function that returns nothing.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: the function must return a number for each element
// EXPECT: "nothing"
// EXPECT: an expression or a number
// EXPECT: return what is to be computed, as in return 2 * x;
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) { x* x; };
#else
constexpr auto f = [](auto x) { return x * x; };
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
