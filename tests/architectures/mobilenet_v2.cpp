// MobileNetV2: the paper counts 3.4 million parameters and 300 million multiply-adds.
#define BOOST_TEST_MODULE architectures_mobilenet_v2
#include "../../examples/architectures/mobilenet_v2.hpp"

#include "check_architecture.hpp"

namespace cx = convexpr;

using Net = cx::Network<decltype(architectures::mobilenet_v2), cx::Input<3, 224, 224>>;
static_assert(Net::parameter_count == 3'504'872);  // as torchvision's mobilenet_v2
static_assert(Net::macs == 300'774'272);
static_assert(Net::output_shape == cx::shape(1000));

BOOST_AUTO_TEST_CASE(it_runs_forward_and_backward) { support::check_runs<Net>(); }
