// Elementwise functions of users, of one value and of several branches, with parameters and without,
// against the oracle, whose slopes are differences.
#define BOOST_TEST_MODULE elementwise
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using support::check;

namespace {

constexpr auto swish = cx::elementwise<[](auto x) { return x * cx::sigmoid(x); }>;
constexpr auto wave = cx::elementwise<[](auto x) { return cx::exp(-cx::square(x)) + 0.5F * x; }>;
constexpr auto shrink = cx::elementwise<[](auto x, auto slope) {
  return cx::select(x > 0.25F, x, slope * x + 0.25F - 0.25F * slope);
},
                                        cx::parameter<"slope", {.initial = 0.25}>>;
constexpr auto affine =
    cx::elementwise<[](auto x, auto scale, auto shift) { return x * scale + shift; },
                    cx::parameter<"scale", {.initial = 1}>,
                    cx::parameter<"shift", {.per_channel = false}>>;
template <int Out>
constexpr auto conv = cx::conv2d<Out, {.kernel = 3, .padding = 1}>;

}  // namespace

BOOST_AUTO_TEST_CASE(functions_of_one_value) {
  check<cx::Input<3, 5, 7>>(swish);
  check<cx::Input<17, 4, 3>>(conv<17> | swish | wave | cx::tanh);
  check<cx::Input<33>>(cx::linear<17> | swish | cx::linear<5> | wave);
}

BOOST_AUTO_TEST_CASE(functions_with_parameters) {
  check<cx::Input<3, 5, 7>>(shrink);
  check<cx::Input<16, 3, 5>>(affine | conv<17> | affine);
  check<cx::Input<17, 9>>(shrink | affine | cx::conv1d<6, {.kernel = 3}> | swish);
}

BOOST_AUTO_TEST_CASE(functions_of_several_branches) {
  check<cx::Input<3, 5, 7>>(
      cx::zip<[](auto a, auto b) { return a * cx::sigmoid(b); }>(conv<17>, conv<17> | cx::tanh));
  check<cx::Input<6, 4, 5>>(
      cx::zip<[](auto a, auto b, auto mix) { return mix * a + (1.0F - mix) * b; },
              cx::parameter<"mix", {.initial = 0.5}>>(cx::identity, conv<6> | cx::relu) |
      conv<3>);
  check<cx::Input<17, 3, 4>>(
      cx::zip<[](auto a, auto b, auto c) { return a * b - c / (2.0F + cx::square(a)); }>(
          cx::identity, cx::identity, conv<17>) |
      cx::relu);
}

BOOST_AUTO_TEST_CASE(sums_and_functions_ride_on_convolutions) {
  check<cx::Input<3, 9, 7>>(conv<17> | cx::relu |
                            cx::residual(conv<17> | cx::relu | cx::conv2d<17, {.kernel = 1}>) |
                            cx::gelu | conv<6>);
  check<cx::Input<16, 6, 5>>(cx::residual(conv<33>, cx::conv2d<33, {.kernel = 1}>) | cx::prelu |
                             affine | cx::max_pool2d<{.kernel = 2}>);
  check<cx::Input<5, 6, 5>>(cx::sum(conv<17> | cx::relu, conv<17> | cx::tanh, conv<17>) | swish);
}

BOOST_AUTO_TEST_CASE(functions_ride_on_normalisations) {
  check<cx::Input<6, 5, 4>>(conv<17> | cx::batch_norm2d<> | cx::sigmoid | conv<6> |
                            cx::group_norm<3> | swish);
  check<cx::Input<3, 4, 5>>(cx::layer_norm<> | cx::softplus | conv<3>);
}

BOOST_AUTO_TEST_CASE(functions_are_shared_and_repeated) {
  check<cx::Input<3, 5, 4>>(conv<3> | cx::shared<"f">(shrink) | conv<3> | cx::shared<"f">(shrink) |
                            cx::repeat<2>(affine | conv<3>));
}
