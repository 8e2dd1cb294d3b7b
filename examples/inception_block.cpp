// The inception block of GoogLeNet, written twice: as a chain of values and as a type.
#include <concepts>
#include <convexpr/convexpr.hpp>
#include <iostream>

#include "command_line.hpp"

namespace cx = convexpr;

// As values, chained with `|`.
template <int C1, int R3, int C3, int R5, int C5, int P>
inline constexpr auto inception =
    cx::concat(cx::conv2d<C1, {.kernel = 1}> | cx::relu,
               cx::conv2d<R3, {.kernel = 1}> | cx::relu |
                   cx::conv2d<C3, {.kernel = 3, .padding = 1}> | cx::relu,
               cx::conv2d<R5, {.kernel = 1}> | cx::relu |
                   cx::conv2d<C5, {.kernel = 5, .padding = 2}> | cx::relu,
               cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> |
                   cx::conv2d<P, {.kernel = 1}> | cx::relu);

// As a type.
template <int C1, int R3, int C3, int R5, int C5, int P>
using Inception = cx::Concat<cx::Sequential<cx::Conv2d<C1, {.kernel = 1}>, cx::ReLU>,
                             cx::Sequential<cx::Conv2d<R3, {.kernel = 1}>, cx::ReLU,
                                            cx::Conv2d<C3, {.kernel = 3, .padding = 1}>, cx::ReLU>,
                             cx::Sequential<cx::Conv2d<R5, {.kernel = 1}>, cx::ReLU,
                                            cx::Conv2d<C5, {.kernel = 5, .padding = 2}>, cx::ReLU>,
                             cx::Sequential<cx::MaxPool2d<{.kernel = 3, .stride = 1, .padding = 1}>,
                                            cx::Conv2d<P, {.kernel = 1}>, cx::ReLU>>;

// The two are one.
static_assert(std::same_as<decltype(inception<64, 96, 128, 16, 32, 32>),
                           const Inception<64, 96, 128, 16, 32, 32>>);

using Block = cx::Network<Inception<64, 96, 128, 16, 32, 32>, cx::Input<192, 28, 28>>;
static_assert(Block::output_shape == cx::shape(256, 28, 28));
static_assert(Block::parameter_count == 163'696);
static_assert(Block::macs == 128'049'152);
static_assert(Block::receptive_field.size == cx::Extent2(5));
static_assert(Block::plan.copies == 0);  // each branch writes its channels where the whole lies
// The three 1x1 convolutions of the input are one step; activations are none. Left are the 3x3, the
// 5x5, the pool and the 1x1 behind it.
static_assert(Block::plan.steps.size() == 5);

static int show() {
  std::cout << cx::summary<Block>();

  Block net;
  cx::initialize(net, {.seed = 42});
  cx::Tensor<float, 192, 28, 28> x;
  x.fill(1.0F);
  const auto& y = net.forward(x);
  float largest = 0;
  for (const float value : y) largest = value > largest ? value : largest;
  std::cout << "largest output on an image of ones: " << largest << '\n';
  return largest > 0 ? 0 : 1;
}

int main(int argc, char** argv) {
  return command_line::run(argc, argv, "inception_block",
                           "Prints the inception block of GoogLeNet as a table, and runs it.",
                           show);
}
