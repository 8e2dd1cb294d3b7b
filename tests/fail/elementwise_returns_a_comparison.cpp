// A comparison is no number for each element.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: the function must return a number for each element
// EXPECT: "a comparison"
// EXPECT: an expression or a number
// EXPECT: write select(x > 0, 1, 0)
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) { return x > 0; };
#else
constexpr auto f = [](auto x) { return cx::select(x > 0, 1, 0); };
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
