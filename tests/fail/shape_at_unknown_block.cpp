// The shape of a block that the network does not have.
// EXPECT: shape_at: the network has no block of this name
// EXPECT: "stem.1.conv"
// EXPECT: the name of a block, with those around it
// EXPECT: write named<"stem">(block), shape_at<"stem">
#include <convexpr/layers/activation.hpp>
#include <convexpr/layers/combinators.hpp>
#include <convexpr/layers/conv2d.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;
constexpr auto architecture =
    cx::named<"stem">(cx::relu | cx::named<"conv">(cx::conv2d<8, {.kernel = 3}>));
using Net = cx::Network<decltype(architecture), In>;

#if EXPECT_FAILURE
constexpr cx::Shape convolved = Net::shape_at<"stem.1.conv">;
#else
constexpr cx::Shape convolved = Net::shape_at<"stem.conv">;
#endif

int main() { return convolved.channels; }
