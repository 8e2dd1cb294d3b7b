// Text is no operand.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: only expressions and numbers can be combined
// EXPECT: char
// EXPECT: an argument, what was computed from one, or a number
// EXPECT: let what differs from call to call be an argument of the function
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) { return x + "1"; };
#else
constexpr auto f = [](auto x) { return x + 1; };
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
