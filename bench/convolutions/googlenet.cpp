// The convolutions of GoogLeNet.
#include "../../examples/architectures/googlenet.hpp"

#include "candidates.hpp"

namespace convexpr::bench {

namespace {

constexpr std::array table{
    ConvLayer{3, 64, 112, 7, 2}, ConvLayer{64, 64, 56}, ConvLayer{64, 192, 56, 3},
    // inception 3a and 3b
    ConvLayer{192, 64, 28}, ConvLayer{192, 96, 28}, ConvLayer{96, 128, 28, 3},
    ConvLayer{192, 16, 28}, ConvLayer{16, 32, 28, 5}, ConvLayer{192, 32, 28},
    ConvLayer{256, 128, 28, 1, 1, 2}, ConvLayer{128, 192, 28, 3}, ConvLayer{256, 32, 28},
    ConvLayer{32, 96, 28, 5}, ConvLayer{256, 64, 28},
    // 4a to 4e
    ConvLayer{480, 192, 14}, ConvLayer{480, 96, 14}, ConvLayer{96, 208, 14, 3},
    ConvLayer{480, 16, 14}, ConvLayer{16, 48, 14, 5}, ConvLayer{480, 64, 14},
    ConvLayer{512, 160, 14}, ConvLayer{512, 112, 14, 1, 1, 2}, ConvLayer{112, 224, 14, 3},
    ConvLayer{512, 24, 14, 1, 1, 2}, ConvLayer{24, 64, 14, 5, 1, 2},
    ConvLayer{512, 64, 14, 1, 1, 3}, ConvLayer{512, 128, 14, 1, 1, 2}, ConvLayer{128, 256, 14, 3},
    ConvLayer{512, 144, 14}, ConvLayer{144, 288, 14, 3}, ConvLayer{512, 32, 14},
    ConvLayer{32, 64, 14, 5}, ConvLayer{528, 256, 14}, ConvLayer{528, 160, 14},
    ConvLayer{160, 320, 14, 3}, ConvLayer{528, 32, 14}, ConvLayer{32, 128, 14, 5},
    ConvLayer{528, 128, 14},
    // 5a and 5b
    ConvLayer{832, 256, 7}, ConvLayer{832, 160, 7}, ConvLayer{160, 320, 7, 3},
    ConvLayer{832, 32, 7}, ConvLayer{32, 128, 7, 5}, ConvLayer{832, 128, 7, 1, 1, 2},
    ConvLayer{832, 384, 7}, ConvLayer{832, 192, 7}, ConvLayer{192, 384, 7, 3},
    ConvLayer{832, 48, 7}, ConvLayer{48, 128, 7, 5}};

static_assert(macs_of(table) + 1024 * 1000 ==
              macs_of<decltype(architectures::googlenet)>(shape(3, 224, 224)));

const RegisteredNetwork here(1, [] { return Candidates{"GoogLeNet", candidates<table>()}; });

}  // namespace

}  // namespace convexpr::bench
