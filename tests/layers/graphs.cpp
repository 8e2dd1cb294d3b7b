// What is known of networks with long skips, shared blocks and heads before they run.
#define BOOST_TEST_MODULE layers_graphs
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;
using cx::shape;

static_assert(std::same_as<decltype(cx::tap<"x">), const cx::Tap<"x">>);
static_assert(std::same_as<decltype(cx::concat_with<"x">), const cx::ConcatWith<"x">>);
static_assert(std::same_as<decltype(cx::sum_with<"x", {.crop = true}>),
                           const cx::SumWith<"x", {.crop = true}>>);
static_assert(std::same_as<decltype(cx::shared<"x">(cx::relu)), cx::Shared<"x", cx::ReLU>>);
static_assert(std::same_as<decltype(cx::head<"x">(cx::relu | cx::tanh)),
                           cx::Head<"x", cx::Sequential<cx::ReLU, cx::Tanh>>>);

namespace {

template <int Out>
constexpr auto conv = cx::conv2d<Out, {.kernel = 3, .padding = 1}> | cx::relu;

// Names within names, within repeats, and shared ones.
constexpr auto architecture = cx::named<"a">(cx::named<"b">(conv<6> | cx::named<"c">(conv<4>))) |
                              cx::repeat<2>(cx::named<"d">(cx::residual(cx::named<"e">(conv<4>)))) |
                              cx::shared<"s">(cx::named<"f">(conv<4>)) |
                              cx::named<"g">(cx::shared<"s">(cx::named<"f">(conv<4>))) |
                              cx::head<"h">(cx::named<"i">(cx::flatten)) |
                              cx::max_pool2d<{.kernel = 2}>;
using Net = cx::Network<decltype(architecture), cx::Input<3, 8, 10>>;
static_assert(Net::shape_at<"a"> == shape(4, 8, 10));
static_assert(Net::shape_at<"a.b"> == shape(4, 8, 10));
static_assert(Net::shape_at<"a.b.0"> == shape(6, 8, 10));
static_assert(Net::shape_at<"a.b.c.1"> == shape(4, 8, 10));
static_assert(Net::shape_at<"1.1.d.e"> == shape(4, 8, 10));
static_assert(Net::shape_at<"s.f"> == shape(4, 8, 10));
static_assert(Net::shape_at<"g.s.f.0"> == shape(4, 8, 10));
static_assert(Net::shape_at<"h"> == shape(320));
static_assert(Net::shape_at<"h.i"> == shape(320));
static_assert(Net::parameter_count == 6 * 27 + 6 + 4 * 54 + 4 + 2 * (4 * 36 + 4) + 4 * 36 + 4);
static_assert(Net::macs == 80 * (6 * 27 + 4 * 54 + 4 * 4 * 36));

// Two levels of a U-Net: no value is copied where the channels fill whole vectors.
constexpr auto u_net = conv<16> | cx::tap<"fine"> | cx::max_pool2d<{.kernel = 2}> | conv<32> |
                       cx::upsample<{.scale = 2}> | cx::conv2d<16, {.kernel = 1}> |
                       cx::concat_with<"fine"> | conv<16>;
using UNet = cx::Network<decltype(u_net), cx::Input<3, 8, 10>>;
static_assert(UNet::plan.copies == 0);
static_assert(UNet::training_plan.copies == 0);
static_assert(UNet::output_shape == shape(16, 8, 10));
static_assert(UNet::layers[2].kind == "Tap" && UNet::layers[8].kind == "ConcatWith");
static_assert(UNet::layers[8].path.view() == "8" &&
              UNet::layers[8].output_shape == shape(32, 8, 10));

// Both paths of a skip count in the receptive field; what is cropped away does not.
constexpr auto cropped =
    cx::tap<"x"> | cx::conv2d<3, {.kernel = {5, 4}}> | cx::sum_with<"x", {.crop = true}>;
using Cropped = cx::Network<decltype(cropped), cx::Input<3, 9, 8>>;
static_assert(Cropped::receptive_field.size == cx::Extent2(5, 4));
static_assert(Cropped::receptive_field.offset == cx::Extent2(0, 0));
static_assert(Cropped::plan.copies == 1);
constexpr auto wide_skip = cx::tap<"x"> | cx::conv2d<3, {.kernel = 1}> |
                           cx::conv2d<3, {.kernel = {3, 5}, .padding = {1, 2}}> |
                           cx::concat_with<"x">;
using WideSkip = cx::Network<decltype(wide_skip), cx::Input<3, 9, 8>>;
static_assert(WideSkip::receptive_field.size == cx::Extent2(3, 5));
static_assert(WideSkip::receptive_field.offset == cx::Extent2(-1, -2));

}  // namespace

BOOST_AUTO_TEST_CASE(rows_of_further_uses_say_that_they_are_shared) {
  int shared = 0;
  for (const cx::LayerRow& row : Net::layers) {
    shared += row.shared ? 1 : 0;
    if (row.shared) {
      BOOST_TEST(row.path.view() == "g.s.f.0");
      BOOST_TEST(row.parameter_count == 0);
      BOOST_TEST(row.macs == 80 * 4 * 36);
    }
  }
  BOOST_TEST(shared == 1);
}
