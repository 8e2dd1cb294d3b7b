// A lambda cannot branch on what it will know at run time only.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: a value is known only at run time, so that no branch can be taken on it
// EXPECT: a comparison used as a bool
// EXPECT: a function without branches on its arguments
// EXPECT: write select(x > 0, a, b) for x > 0 ? a : b
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) {
  if (x > 0) return 2 * x;
  return 3 * x;
};
#else
constexpr auto f = [](auto x) { return cx::select(x > 0, 2 * x, 3 * x); };
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
