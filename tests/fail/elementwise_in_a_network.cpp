// A function of another number of arguments, by the path of its layer.
// EXPECT: "1"
// EXPECT: elementwise: the function must take as many arguments as there are inputs
// EXPECT: write a lambda such as
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr auto f = [](auto x, auto slope) { return x * slope; };
#else
constexpr auto f = [](auto x) { return x * 2; };
#endif

constexpr auto net = cx::relu | cx::elementwise<f>;

static_assert(cx::Network<decltype(net), cx::Input<3, 8, 8>>::output_shape == cx::shape(3, 8, 8));
