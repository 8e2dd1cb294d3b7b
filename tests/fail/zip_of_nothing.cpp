// A zip without a branch.
// EXPECT: "the network"
// EXPECT: zip<f>: there must be a branch
// EXPECT: no branch
// EXPECT: 1 or more
// EXPECT: write zip<f>(branch, branch)
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto net = cx::zip<[](auto x) { return x; }>();
#else
constexpr auto net = cx::zip<[](auto x) { return x; }>(cx::relu);
#endif

static_assert(cx::Network<decltype(net), cx::Input<3, 8, 8>>::output_shape == cx::shape(3, 8, 8));
