// A head that cannot be trained on the labels of the output.
// EXPECT: "aux2"
// EXPECT: fit: every head must give one logit a class, as the output does
// EXPECT: 4 from head "aux2"
// EXPECT: 10 as the output
// EXPECT: end the head with linear<10>, or train with Backpropagation
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

#if EXPECT_FAILURE
constexpr int classes = 4;
#else
constexpr int classes = 10;
#endif

using Net = cx::Network<decltype(cx::relu | cx::head<"aux1">(cx::flatten | cx::linear<10>) |
                                 cx::head<"aux2">(cx::flatten | cx::linear<classes>) | cx::flatten |
                                 cx::linear<10>),
                        cx::Input<3, 9, 7>>;

int main() {
  Net net;
  cx::Dataset<3, 9, 7> data{.images = cx::Batch<float, 3, 9, 7>(2), .labels = {1, 2}};
  return static_cast<int>(cx::fit(net, data).size());
}
