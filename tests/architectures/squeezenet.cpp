// SqueezeNet 1.1.
#define BOOST_TEST_MODULE architectures_squeezenet
#include "../../examples/architectures/squeezenet.hpp"

#include "check_architecture.hpp"

namespace cx = convexpr;

using Net = cx::Network<decltype(architectures::squeezenet), cx::Input<3, 224, 224>>;
static_assert(Net::parameter_count == 1'235'496);  // as torchvision's squeezenet1_1
static_assert(Net::output_shape == cx::shape(1000));

BOOST_AUTO_TEST_CASE(it_runs_forward_and_backward) { support::check_runs<Net>(); }
