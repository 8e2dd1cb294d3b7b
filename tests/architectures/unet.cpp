// U-Net for grey pictures and two classes.
#define BOOST_TEST_MODULE architectures_unet
#include "../../examples/architectures/unet.hpp"

#include "check_architecture.hpp"

namespace cx = convexpr;

using Net = cx::Network<decltype(architectures::unet<2>), cx::Input<1, 96, 64>>;
static_assert(Net::parameter_count == 31'030'658);  // Figure 1 of the paper, layer by layer
static_assert(Net::output_shape == cx::shape(2, 96, 64));

BOOST_AUTO_TEST_CASE(it_runs_forward_and_backward) { support::check_runs<Net>(); }
