// The facts of a lecture on convolutional networks, in the order in which they are taught. Each one
// is checked while this file compiles; the program prints those that are worth a table.
//
// Follow it with: Stanford's CS231n, "Convolutional neural networks"; Szegedy et al., "Going deeper
// with convolutions", 2015.
#include <convexpr/convexpr.hpp>
#include <cstdio>
#include <iostream>

#include "architectures/googlenet.hpp"
#include "command_line.hpp"

namespace cx = convexpr;

// --- 1. How often does a filter fit? -----------------------------------------------------------

// A 7x7 input and a 3x3 filter: five positions each way; with stride 2, three.
using Seven = cx::Input<1, 7, 7>;
static_assert(cx::Network<cx::Conv2d<1, {.kernel = 3}>, Seven>::output_shape == cx::shape(1, 5, 5));
static_assert(cx::Network<cx::Conv2d<1, {.kernel = 3, .stride = 2}>, Seven>::output_shape ==
              cx::shape(1, 3, 3));

// With stride 3 it does not fit: (7 - 3) / 3 + 1 = 2.33. Two positions are left, and the last
// column is never seen.
static_assert((7 - 3) % 3 != 0);
static_assert(cx::Network<cx::Conv2d<1, {.kernel = 3, .stride = 3}>, Seven>::output_shape ==
              cx::shape(1, 2, 2));
static_assert(cx::window::positions(7, 3, 3, 1, 0, 0, cx::window::Rounding::down) == 2);
static_assert(cx::window::positions(7, 3, 3, 1, 0, 0, cx::window::Rounding::up) == 3);

// --- 2. Padding --------------------------------------------------------------------------------

// (F - 1) / 2 zeros on each side keep the size, for F = 3, 5, 7.
template <int F>
using Same =
    cx::Network<cx::Conv2d<1, {.kernel = F, .padding = (F - 1) / 2}>, cx::Input<1, 32, 32>>;
static_assert(Same<3>::output_shape == cx::shape(1, 32, 32));
static_assert(Same<5>::output_shape == cx::shape(1, 32, 32));
static_assert(Same<7>::output_shape == cx::shape(1, 32, 32));

// --- 3. Counting parameters --------------------------------------------------------------------

// 32x32x3 with ten 5x5 filters, stride 1, padding 2: ten maps of 32x32, and 10 * (5*5*3 + 1) = 760.
using Ten = cx::Network<cx::Conv2d<10, {.kernel = 5, .padding = 2}>, cx::Input<3, 32, 32>>;
static_assert(Ten::output_shape == cx::shape(10, 32, 32));
static_assert(Ten::parameter_count == 760);

// Four 3x3 filters on a colour image: 4 * (3*3*3 + 1).
static_assert(cx::Network<cx::Conv2d<4, {.kernel = 3}>, cx::Input<3, 64, 64>>::parameter_count ==
              112);

// Why convolve at all: from 256x256 to 256x256 a fully connected layer has four billion weights ...
using Dense = cx::Network<cx::Linear<256 * 256, {.bias = false}>, cx::Input<256 * 256>>;
static_assert(Dense::parameter_count == 4'294'967'296);
// ... and a 3x3 convolution nine.
using Nine =
    cx::Network<cx::Conv2d<1, {.kernel = 3, .padding = 1, .bias = false}>, cx::Input<1, 256, 256>>;
static_assert(Nine::parameter_count == 9);
static_assert(Nine::output_shape == Nine::input_shape);

// --- 4. 1x1 convolutions -----------------------------------------------------------------------

// 192 -> 128 channels by 3x3 directly, and through a bottleneck of 96 channels.
using Direct = cx::Network<cx::Conv2d<128, {.kernel = 3, .padding = 1}>, cx::Input<192, 28, 28>>;
using Bottleneck = cx::Network<
    cx::Sequential<cx::Conv2d<96, {.kernel = 1}>, cx::Conv2d<128, {.kernel = 3, .padding = 1}>>,
    cx::Input<192, 28, 28>>;
static_assert(Direct::parameter_count == 221'312);
static_assert(Bottleneck::parameter_count == 129'248);
static_assert(Direct::output_shape == Bottleneck::output_shape);

// --- 5. What a unit sees -----------------------------------------------------------------------

// A pool of P after a convolution of K sees P + K - 1 pixels; two 3x3 convolutions see what one 5x5
// sees, three what one 7x7 sees.
template <int K, int P>
using ConvPool = cx::Network<
    cx::Sequential<cx::Conv2d<1, {.kernel = K}>, cx::MaxPool2d<{.kernel = P, .stride = 1}>>,
    cx::Input<1, 32, 32>>;
static_assert(ConvPool<3, 2>::receptive_field.size == cx::Extent2(2 + 3 - 1));
static_assert(ConvPool<5, 3>::receptive_field.size == cx::Extent2(3 + 5 - 1));
static_assert(ConvPool<7, 4>::receptive_field.size == cx::Extent2(4 + 7 - 1));

template <int N>
using Threes = cx::Network<cx::Repeat<N, cx::Conv2d<8, {.kernel = 3}>>, cx::Input<8, 32, 32>>;
static_assert(Threes<2>::receptive_field.size == cx::Extent2(5));
static_assert(Threes<3>::receptive_field.size == cx::Extent2(7));

// --- 6. GoogLeNet ------------------------------------------------------------------------------

using GoogLeNet = cx::Network<decltype(architectures::googlenet), cx::Input<3, 224, 224>>;

/// Learned values and multiply-accumulates of one stage.
struct Cost {
  long long parameters = 0;
  long long macs = 0;
  int depth = 0;  // layers with parameters on the longest way through
};

/// Sums the rows of the network's table whose path begins with `stage`.
constexpr Cost cost_of(std::string_view stage) {
  Cost cost;
  int in_branch[4]{};
  for (const cx::LayerRow& row : GoogLeNet::layers) {
    const std::string_view path = row.path;
    if (!path.starts_with(stage)) continue;
    cost.parameters += row.parameter_count;
    cost.macs += row.macs;
    if (row.parameter_count == 0) continue;
    const char next = path.size() > stage.size() + 1 ? path[stage.size() + 1] : '0';
    const bool branched = stage.starts_with("inception") && next >= '0' && next <= '3';
    const int depth = ++in_branch[branched ? next - '0' : 0];
    if (depth > cost.depth) cost.depth = depth;
  }
  return cost;
}

// Table 1 of the paper gives parameters in thousands and operations in millions; these are the
// exact counts, biases included. Each inception block is two layers deep.
static_assert(cost_of("inception_3a").parameters == 163'696);
static_assert(cost_of("inception_3a").macs == 128'049'152);
static_assert(cost_of("inception_3b").parameters == 388'736);
static_assert(cost_of("inception_4a").parameters == 376'176);
static_assert(cost_of("inception_5b").parameters == 1'444'080);
static_assert(cost_of("loss3").parameters == 1'025'000);
static_assert(cost_of("conv1").depth == 1 && cost_of("conv2").depth == 2);
static_assert(cost_of("inception_3a").depth == 2 && cost_of("inception_5b").depth == 2);

// 22 layers with parameters on the longest way: 1 + 2 + 9 * 2 + 1.
static_assert(cost_of("conv1").depth + cost_of("conv2").depth + 9 * cost_of("inception_4c").depth +
                  cost_of("loss3").depth ==
              22);
static_assert(GoogLeNet::parameter_count == 6'998'552);
static_assert(GoogLeNet::macs == 1'582'671'872);

static int show() {
  std::cout << "GoogLeNet, stage by stage (Table 1 of the paper)\n\n";
  std::printf("%-13s %-14s %5s %12s %14s\n", "stage", "output", "depth", "parameters", "MACs");
  const auto row = [](const char* stage, cx::Shape shape) {
    const Cost cost = cost_of(stage);
    const std::string output(cx::words(shape).view());
    std::printf("%-13s %-14s %5d %12lld %14lld\n", stage, output.c_str(), cost.depth,
                cost.parameters, cost.macs);
  };
  row("conv1", GoogLeNet::shape_at<"conv1">);
  row("pool1", GoogLeNet::shape_at<"pool1">);
  row("conv2", GoogLeNet::shape_at<"conv2">);
  row("pool2", GoogLeNet::shape_at<"pool2">);
  row("inception_3a", GoogLeNet::shape_at<"inception_3a">);
  row("inception_3b", GoogLeNet::shape_at<"inception_3b">);
  row("pool3", GoogLeNet::shape_at<"pool3">);
  row("inception_4a", GoogLeNet::shape_at<"inception_4a">);
  row("inception_4b", GoogLeNet::shape_at<"inception_4b">);
  row("inception_4c", GoogLeNet::shape_at<"inception_4c">);
  row("inception_4d", GoogLeNet::shape_at<"inception_4d">);
  row("inception_4e", GoogLeNet::shape_at<"inception_4e">);
  row("pool4", GoogLeNet::shape_at<"pool4">);
  row("inception_5a", GoogLeNet::shape_at<"inception_5a">);
  row("inception_5b", GoogLeNet::shape_at<"inception_5b">);
  row("pool5", GoogLeNet::shape_at<"pool5">);
  row("loss3", GoogLeNet::shape_at<"loss3">);
  std::printf("%-13s %-14s %5d %12lld %14lld\n", "total", "", 22, GoogLeNet::parameter_count,
              GoogLeNet::macs);
  return 0;
}

int main(int argc, char** argv) {
  return command_line::run(
      argc, argv, "lecture_notes",
      "Prints GoogLeNet stage by stage; the facts of the lecture were checked while compiling.",
      show);
}
