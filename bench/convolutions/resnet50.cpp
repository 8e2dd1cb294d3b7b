// The convolutions of ResNet-50, whose blocks halve the image in their 3x3 convolution.
//
// Source: He et al., "Deep residual learning for image recognition", CVPR 2016, Table 1; the stride
// is where PyTorch's torchvision has it.
#include "candidates.hpp"

namespace convexpr::bench {

namespace {

constexpr std::array table{ConvLayer{3, 64, 112, 7, 2},
                           // conv2
                           ConvLayer{64, 64, 56}, ConvLayer{256, 64, 56, 1, 1, 2},
                           ConvLayer{64, 64, 56, 3, 1, 3}, ConvLayer{64, 256, 56, 1, 1, 4},
                           // conv3
                           ConvLayer{256, 128, 56}, ConvLayer{128, 128, 28, 3, 2},
                           ConvLayer{512, 128, 28, 1, 1, 3}, ConvLayer{128, 128, 28, 3, 1, 3},
                           ConvLayer{128, 512, 28, 1, 1, 4}, ConvLayer{256, 512, 28, 1, 2},
                           // conv4
                           ConvLayer{512, 256, 28}, ConvLayer{256, 256, 14, 3, 2},
                           ConvLayer{1024, 256, 14, 1, 1, 5}, ConvLayer{256, 256, 14, 3, 1, 5},
                           ConvLayer{256, 1024, 14, 1, 1, 6}, ConvLayer{512, 1024, 14, 1, 2},
                           // conv5
                           ConvLayer{1024, 512, 14}, ConvLayer{512, 512, 7, 3, 2},
                           ConvLayer{2048, 512, 7, 1, 1, 2}, ConvLayer{512, 512, 7, 3, 1, 2},
                           ConvLayer{512, 2048, 7, 1, 1, 3}, ConvLayer{1024, 2048, 7, 1, 2}};

// As counted for torchvision's model, of which the last layer is no convolution.
static_assert(macs_of(table) + 2048 * 1000 == 4'089'184'256);

const RegisteredNetwork here(2, [] { return Candidates{"ResNet-50", candidates<table>()}; });

}  // namespace

}  // namespace convexpr::bench
