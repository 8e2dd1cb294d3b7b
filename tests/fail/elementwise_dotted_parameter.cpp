// A dot divides the steps of a path.
// EXPECT: "the network"
// EXPECT: elementwise: a parameter must have a name without a dot
// EXPECT: write parameter
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto slope = cx::parameter<"the.slope">;
#else
constexpr auto slope = cx::parameter<"the_slope">;
#endif

constexpr auto net = cx::elementwise<[](auto x, auto w) { return x * w; }, slope>;

static_assert(cx::Network<decltype(net), cx::Input<3, 8, 8>>::parameter_count == 3);
