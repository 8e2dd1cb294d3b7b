// GoogLeNet with its trained weights, against the probabilities that Caffe computed from them.
//
// CONVEXPR_ASSETS names a folder with googlenet/: the weights, two pictures and their
// probabilities (as the Caffe model zoo's BVLC GoogLeNet gives them), and a space shuttle.
#define BOOST_TEST_MODULE googlenet
#include "../../examples/architectures/googlenet.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/data/ppm.hpp>
#include <convexpr/io/safetensors.hpp>
#include <filesystem>

#include "../support/assets.hpp"

namespace cx = convexpr;

namespace {

using GoogLeNet = cx::Network<decltype(architectures::googlenet), cx::Input<3, 224, 224>>;

static_assert(GoogLeNet::plan.copies == 0);
static_assert(GoogLeNet::plan.arena_bytes == GoogLeNet::plan.busiest_bytes);
static_assert(GoogLeNet::plan.arena_bytes < 4'100'000);
// Scratch included; that of shorter vectors is a little larger.
static_assert(GoogLeNet::inference_arena_bytes < (cx::simd::lanes == 16 ? 4'500'000 : 5'000'000));

const std::filesystem::path folder = support::assets("googlenet");

const GoogLeNet::OutputTensor& classify(const char* picture, const cx::PictureOptions& options) {
  static GoogLeNet net = [] {
    GoogLeNet loaded;
    cx::load_safetensors(loaded, folder / "googlenet.safetensors",
                         {.rename = architectures::name_in_googlenet});
    return loaded;
  }();
  return net.forward(cx::to_tensor<224, 224>(cx::read_ppm(folder / picture), options));
}

std::ptrdiff_t top(const GoogLeNet::OutputTensor& y) {
  return std::max_element(y.begin(), y.end()) - y.begin();
}

void check_row(const char* picture, std::size_t row, std::ptrdiff_t expected_class) {
  const auto prob = cx::read_safetensors(folder / "googlenet_prob.safetensors").at(0);
  BOOST_REQUIRE_EQUAL(prob.values.size(), 2000U);
  const auto& y = classify(picture, {.order = cx::ChannelOrder::bgr});
  double worst = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    const double expected = static_cast<double>(prob.values[row * 1000 + i]);
    worst = std::max(worst, std::abs(static_cast<double>(y.data()[i]) - expected));
  }
  BOOST_TEST_MESSAGE(picture << ": largest error of a probability " << worst);
  BOOST_CHECK_LT(worst, 1e-5);
  BOOST_CHECK_EQUAL(top(y), expected_class);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trained, *support::needs_assets("googlenet"))

BOOST_AUTO_TEST_CASE(the_first_picture_has_the_probabilities_of_caffe) {
  check_row("googlenet_0.ppm", 0, 428);
}

BOOST_AUTO_TEST_CASE(the_second_picture_has_the_probabilities_of_caffe) {
  check_row("googlenet_1.ppm", 1, 452);
}

BOOST_AUTO_TEST_CASE(a_space_shuttle_is_one) {
  const auto& y = classify("space_shuttle.ppm",
                           {.order = cx::ChannelOrder::bgr, .mean = {104.0F, 117.0F, 123.0F}});
  BOOST_CHECK_EQUAL(top(y), 812);
  BOOST_CHECK_GT(y(812), 0.999F);
}

BOOST_AUTO_TEST_SUITE_END()
