// A function of one parameter where there are two inputs.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: the function must take as many arguments as there are inputs
// EXPECT: a function that cannot be called so
// EXPECT: 2 arguments
// EXPECT: write a lambda such as [](auto x) { ... }, with one auto for each input
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) { return 2 * x; };
#else
constexpr auto f = [](auto x, auto y) { return x * y; };
#endif

static_assert(cx::expr::formula_of<f, 2>().result_count == 1);
