// A comparison is no operand either.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: only expressions and numbers can be combined
// EXPECT: "a comparison"
// EXPECT: an argument, what was computed from one, or a number
// EXPECT: write select(condition, a, b) for a where it holds, b elsewhere
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) { return (x > 0) * x; };
#else
constexpr auto f = [](auto x) { return cx::select(x > 0, x, 0); };
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
