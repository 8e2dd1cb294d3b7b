// A sum takes 64 branches.
// EXPECT: sum: there are too many branches
// EXPECT: 65 branches
// EXPECT: 64 or fewer
#include <convexpr/convexpr.hpp>
#include <utility>

namespace cx = convexpr;

template <int>
using Branch = cx::ReLU;

template <int... I>
cx::Sum<Branch<I>...> branches(std::integer_sequence<int, I...>);

#if EXPECT_FAILURE
using Many = decltype(branches(std::make_integer_sequence<int, 65>{}));
#else
using Many = decltype(branches(std::make_integer_sequence<int, 64>{}));
#endif

using Net = cx::Network<Many, cx::Input<5>>;

int main() {
  Net net;
  return static_cast<int>(net.forward(Net::InputBatch(1)).size());
}
