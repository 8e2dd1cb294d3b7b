// More operations than a formula holds.
// EXPECT: "an elementwise function"
// EXPECT: elementwise: the function has too many operations
// EXPECT: more than fit a formula
// EXPECT: at most 96 after simplification
// EXPECT: write two functions, one after the other
#include <cmath>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/trace.hpp>
#include <utility>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x) {
  return [x]<int... I>(std::integer_sequence<int, I...>) {
    return (x + ... + cx::max(x, I));
  }(std::make_integer_sequence<int, 40>{});
};
#else
constexpr auto f = [](auto x) {
  return [x]<int... I>(std::integer_sequence<int, I...>) {
    return (x + ... + cx::max(x, I));
  }(std::make_integer_sequence<int, 30>{});
};
#endif

static_assert(cx::expr::formula_of<f, 1>().result_count == 1);
