// A number is no condition.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: select chooses by a comparison
// EXPECT: "an expression"
// EXPECT: a comparison, such as x > 0
// EXPECT: write x != 0 where a number stands for a condition
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) { return cx::select(x, 1 / x, 0); };
#else
constexpr auto f = [](auto x) { return cx::select(x != 0, 1 / x, 0); };
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
