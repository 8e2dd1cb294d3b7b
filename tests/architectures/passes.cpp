// Whatever passes are made of the architectures of the examples, and whichever are left out, values
// and gradients stay what they are.
#define BOOST_TEST_MODULE architectures_passes
#include <array>
#include <boost/test/unit_test.hpp>
#include <convexpr/graph/build.hpp>

#include "../../examples/architectures/alexnet.hpp"
#include "../../examples/architectures/dcgan.hpp"
#include "../../examples/architectures/googlenet.hpp"
#include "../../examples/architectures/lenet5.hpp"
#include "../../examples/architectures/mobilenet_v1.hpp"
#include "../../examples/architectures/mobilenet_v2.hpp"
#include "../../examples/architectures/resnet18.hpp"
#include "../../examples/architectures/squeezenet.hpp"
#include "../../examples/architectures/unet.hpp"
#include "../../examples/architectures/vgg16.hpp"
#include "../support/pass_checks.hpp"
#include "thin_graph.hpp"

namespace cx = convexpr;

namespace {

constexpr std::array purposes{support::plan_purposes[0], support::plan_purposes[2]};

/// With an eighth of the channels, two lanes are what sixteen are to the whole.
template <class Architecture>
void check(const Architecture&, cx::Shape in, int divisor = 8) {
  const cx::graph::Graph whole = cx::graph::build<Architecture>(in);
  BOOST_REQUIRE_MESSAGE(!whole.refusal.happened(), whole.refusal.where.view()
                                                       << ": " << whole.refusal.fact.view());
  const support::ThinGraph thin(whole, divisor);
  const std::string fault =
      support::PassChecks(thin.graph()).any_fault(std::array{16 / divisor}, purposes);
  BOOST_TEST(fault.empty(), fault);
}

}  // namespace

BOOST_AUTO_TEST_CASE(alexnet) { check(architectures::alexnet, cx::shape(3, 224, 224), 8); }
BOOST_AUTO_TEST_CASE(dcgan) { check(architectures::dcgan_generator, cx::shape(100, 1, 1)); }
BOOST_AUTO_TEST_CASE(googlenet) { check(architectures::googlenet, cx::shape(3, 64, 72)); }
BOOST_AUTO_TEST_CASE(googlenet_with_heads) {
  check(architectures::googlenet_with_heads, cx::shape(3, 80, 88));
}
BOOST_AUTO_TEST_CASE(lenet5) { check(architectures::lenet5, cx::shape(1, 28, 28), 1); }
BOOST_AUTO_TEST_CASE(mobilenet_v1) { check(architectures::mobilenet_v1, cx::shape(3, 32, 40)); }
BOOST_AUTO_TEST_CASE(mobilenet_v2) { check(architectures::mobilenet_v2, cx::shape(3, 40, 32)); }
BOOST_AUTO_TEST_CASE(resnet18) { check(architectures::resnet18, cx::shape(3, 32, 32)); }
BOOST_AUTO_TEST_CASE(squeezenet) { check(architectures::squeezenet, cx::shape(3, 32, 36)); }
BOOST_AUTO_TEST_CASE(u_net) { check(architectures::unet<2>, cx::shape(1, 16, 32)); }
BOOST_AUTO_TEST_CASE(vgg16) { check(architectures::vgg16, cx::shape(3, 32, 32), 16); }
