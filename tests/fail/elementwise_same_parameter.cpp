// Two parameters of one name could not be told apart in a state dict.
// EXPECT: "the network"
// EXPECT: elementwise: parameters must have different names
// EXPECT: twice
// EXPECT: another name for each
// EXPECT: give each parameter its own name
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto second = cx::parameter<"scale">;
#else
constexpr auto second = cx::parameter<"shift">;
#endif

constexpr auto net =
    cx::elementwise<[](auto x, auto scale, auto shift) { return x * scale + shift; },
                    cx::parameter<"scale">, second>;

static_assert(cx::Network<decltype(net), cx::Input<3, 8, 8>>::parameter_count == 6);
