// DCGAN's generator.
#define BOOST_TEST_MODULE architectures_dcgan
#include "../../examples/architectures/dcgan.hpp"

#include "check_architecture.hpp"

namespace cx = convexpr;

using Net = cx::Network<decltype(architectures::dcgan_generator), cx::Input<100, 1, 1>>;
static_assert(Net::parameter_count == 3'576'704);  // as in PyTorch's DCGAN tutorial
static_assert(Net::output_shape == cx::shape(3, 64, 64));

BOOST_AUTO_TEST_CASE(it_runs_forward_and_backward) { support::check_runs<Net>(); }
