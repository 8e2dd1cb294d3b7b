// The convolutions of VGG-16.
#include "../../examples/architectures/vgg16.hpp"

#include "candidates.hpp"

namespace convexpr::bench {

namespace {

constexpr std::array table{ConvLayer{3, 64, 224, 3},        ConvLayer{64, 64, 224, 3},
                           ConvLayer{64, 128, 112, 3},      ConvLayer{128, 128, 112, 3},
                           ConvLayer{128, 256, 56, 3},      ConvLayer{256, 256, 56, 3, 1, 2},
                           ConvLayer{256, 512, 28, 3},      ConvLayer{512, 512, 28, 3, 1, 2},
                           ConvLayer{512, 512, 14, 3, 1, 3}};

// The table, and the three layers behind it, are the network.
static_assert(macs_of(table) + 512 * 7 * 7 * 4096 + 4096 * 4096 + 4096 * 1000 ==
              macs_of<decltype(architectures::vgg16)>(shape(3, 224, 224)));

const RegisteredNetwork here(4, [] { return Candidates{"VGG-16", candidates<table>()}; });

}  // namespace

}  // namespace convexpr::bench
