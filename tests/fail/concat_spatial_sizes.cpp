// An inception block whose pooling branch forgot its padding, deep in a chain.
// EXPECT: "body.inception_3b"
// EXPECT: concat: the branches must have one height and width
// EXPECT: 8x14x14 in branch 3
// EXPECT: Cx16x16 as branch 0
// EXPECT: give all branches one stride, and padding that keeps the size
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 32, 32>;

// The inception block of GoogLeNet. Without padding its pooling branch shrinks, the others do not.
template <int C1, int R3, int C3, int R5, int C5, int P, cx::MaxPool2dOptions Pool>
inline constexpr auto inception =
    cx::concat(cx::conv2d<C1, {.kernel = 1}> | cx::relu,
               cx::conv2d<R3, {.kernel = 1}> | cx::relu |
                   cx::conv2d<C3, {.kernel = 3, .padding = 1}> | cx::relu,
               cx::conv2d<R5, {.kernel = 1}> | cx::relu |
                   cx::conv2d<C5, {.kernel = 5, .padding = 2}> | cx::relu,
               cx::max_pool2d<Pool> | cx::conv2d<P, {.kernel = 1}> | cx::relu);

#if EXPECT_FAILURE
constexpr cx::MaxPool2dOptions pool{.kernel = 3, .stride = 1};
#else
constexpr cx::MaxPool2dOptions pool{.kernel = 3, .stride = 1, .padding = 1};
#endif

constexpr auto architecture =
    cx::named<"stem">(cx::conv2d<16, {.kernel = 3, .stride = 2, .padding = 1}> | cx::relu) |
    cx::named<"body">(cx::named<"inception_3a">(inception<16, 8, 16, 4, 8, 8, {3, 1, 1}>) |
                      cx::named<"inception_3b">(inception<16, 8, 16, 4, 8, 8, pool>)) |
    cx::global_avg_pool2d | cx::flatten | cx::linear<10>;

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
