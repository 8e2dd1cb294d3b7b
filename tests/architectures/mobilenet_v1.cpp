// MobileNetV1: the paper counts 4.2 million parameters and 569 million multiply-adds.
#define BOOST_TEST_MODULE architectures_mobilenet_v1
#include "../../examples/architectures/mobilenet_v1.hpp"

#include "check_architecture.hpp"

namespace cx = convexpr;

using Net = cx::Network<decltype(architectures::mobilenet_v1), cx::Input<3, 224, 224>>;
static_assert(Net::parameter_count == 4'231'976);  // as Keras counts the trainable ones
static_assert(Net::macs == 568'740'352);
static_assert(Net::output_shape == cx::shape(1000));

BOOST_AUTO_TEST_CASE(it_runs_forward_and_backward) { support::check_runs<Net>(); }
