// The convolutions of MobileNetV1.
#include "../../examples/architectures/mobilenet_v1.hpp"

#include "candidates.hpp"

namespace convexpr::bench {

namespace {

constexpr ConvLayer depthwise(int channels, int extent, int stride = 1, int count = 1) {
  return {channels, channels, extent, 3, stride, count, true};
}

constexpr std::array table{
    ConvLayer{3, 32, 112, 3, 2}, depthwise(32, 112),       ConvLayer{32, 64, 112},
    depthwise(64, 56, 2),        ConvLayer{64, 128, 56},   depthwise(128, 56),
    ConvLayer{128, 128, 56},     depthwise(128, 28, 2),    ConvLayer{128, 256, 28},
    depthwise(256, 28),          ConvLayer{256, 256, 28},  depthwise(256, 14, 2),
    ConvLayer{256, 512, 14},     depthwise(512, 14, 1, 5), ConvLayer{512, 512, 14, 1, 1, 5},
    depthwise(512, 7, 2),        ConvLayer{512, 1024, 7},  depthwise(1024, 7),
    ConvLayer{1024, 1024, 7}};

static_assert(macs_of(table) + 1024 * 1000 ==
              macs_of<decltype(architectures::mobilenet_v1)>(shape(3, 224, 224)));

const RegisteredNetwork here(3, [] { return Candidates{"MobileNetV1", candidates<table>()}; });

}  // namespace

}  // namespace convexpr::bench
