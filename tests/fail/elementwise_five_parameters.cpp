// More parameters than a layer may have.
// EXPECT: "the network"
// EXPECT: elementwise: the function has too many arguments
// EXPECT: 1 value and 5 parameters
// EXPECT: at most 24, and 4 parameters
// EXPECT: write two functions, one after the other
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

constexpr auto polynomial = [](auto x, auto... c) { return x + (c + ...); };

#if EXPECT_FAILURE
constexpr auto net = cx::elementwise<polynomial, cx::parameter<"a">, cx::parameter<"b">,
                                     cx::parameter<"c">, cx::parameter<"d">, cx::parameter<"e">>;
#else
constexpr auto net = cx::elementwise<polynomial, cx::parameter<"a">, cx::parameter<"b">,
                                     cx::parameter<"c">, cx::parameter<"d">>;
#endif

static_assert(cx::Network<decltype(net), cx::Input<3, 8, 8>>::output_shape == cx::shape(3, 8, 8));
