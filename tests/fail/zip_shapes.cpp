// Branches of a zip that give different numbers of channels.
// EXPECT: "1"
// EXPECT: zip: the branches must have one shape
// EXPECT: 6x8x8 in branch 1
// EXPECT: 4x8x8 as branch 0
// EXPECT: end all branches with one number of channels, at one stride
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr int channels = 6;
#else
constexpr int channels = 4;
#endif

constexpr auto product = [](auto a, auto b) { return a * b; };
constexpr auto net =
    cx::relu | cx::zip<product>(cx::conv2d<4, {.kernel = 1}>, cx::conv2d<channels, {.kernel = 1}>);

static_assert(cx::Network<decltype(net), cx::Input<3, 8, 8>>::output_shape == cx::shape(4, 8, 8));
