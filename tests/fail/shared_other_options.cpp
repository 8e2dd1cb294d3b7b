// The same layer with another option is another layer.
// EXPECT: "layer"
// EXPECT: shared: one name stands for one block
// EXPECT: LocalResponseNorm
// EXPECT: as in the first use:
// EXPECT: LocalResponseNorm
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture = cx::shared<"layer">(cx::local_response_norm<{.size = 3}>) |
                              cx::shared<"layer">(cx::local_response_norm<{.size = 5}>);
#else
constexpr auto architecture = cx::shared<"layer">(cx::local_response_norm<{.size = 3}>) |
                              cx::shared<"layer">(cx::local_response_norm<{.size = 3}>);
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
