// Fully connected layers as convolutions: the types, the paths, the values on crops.
#define BOOST_TEST_MODULE convolutional
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/inspect/convolutional.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/initialize.hpp>

#include "random.hpp"

namespace cx = convexpr;

namespace {

template <class Architecture, class In, class Expected>
constexpr bool becomes(Architecture, In, Expected) {
  return std::same_as<cx::convolutional<Architecture, In>, Expected>;
}

using Image = cx::Input<3, 9, 7>;

// The first linear layer reads all places, the next ones one; what stands between stays.
static_assert(becomes(cx::conv2d<4, {.kernel = 2}> | cx::relu | cx::flatten | cx::dropout<0.5> |
                          cx::linear<12> | cx::tanh | cx::linear<5, {.bias = false}> | cx::softmax,
                      Image{},
                      cx::conv2d<4, {.kernel = 2}> | cx::relu | cx::identity | cx::dropout<0.5> |
                          cx::conv2d<12, {.kernel = {8, 6}}> | cx::tanh |
                          cx::conv2d<5, {.kernel = 1, .bias = false}> | cx::softmax));

// Through blocks in blocks; an image of one pixel needs no wider kernel.
static_assert(
    becomes(cx::named<"body">(cx::residual(cx::conv2d<3, {.kernel = 1}>) | cx::global_avg_pool2d) |
                cx::named<"head">(cx::sequential(cx::flatten, cx::sequential(cx::linear<5>))),
            Image{},
            cx::named<"body">(cx::residual(cx::conv2d<3, {.kernel = 1}>) | cx::global_avg_pool2d) |
                cx::named<"head">(cx::sequential(cx::identity,
                                                 cx::sequential(cx::conv2d<5, {.kernel = 1}>)))));

// Branches over features, each with its own linear layers.
static_assert(
    becomes(cx::flatten | cx::concat(cx::linear<5> | cx::relu, cx::linear<7>) |
                cx::sum(cx::linear<4>, cx::identity | cx::linear<4>) | cx::residual(cx::linear<4>),
            Image{},
            cx::identity |
                cx::concat(cx::conv2d<5, {.kernel = {9, 7}}> | cx::relu,
                           cx::conv2d<7, {.kernel = {9, 7}}>) |
                cx::sum(cx::conv2d<4, {.kernel = 1}>, cx::identity | cx::conv2d<4, {.kernel = 1}>) |
                cx::residual(cx::conv2d<4, {.kernel = 1}>)));
static_assert(becomes(cx::concat(cx::flatten, cx::relu | cx::flatten) | cx::linear<5>, Image{},
                      cx::concat(cx::identity, cx::relu | cx::identity) |
                          cx::conv2d<5, {.kernel = {9, 7}}>));

// A repeated block stays one as long as its copies become the same.
static_assert(becomes(cx::repeat<2>(cx::conv2d<3, {.kernel = 1}>) | cx::flatten | cx::linear<6> |
                          cx::repeat<3>(cx::linear<6> | cx::relu),
                      Image{},
                      cx::repeat<2>(cx::conv2d<3, {.kernel = 1}>) | cx::identity |
                          cx::conv2d<6, {.kernel = {9, 7}}> |
                          cx::repeat<3>(cx::conv2d<6, {.kernel = 1}> | cx::relu)));
constexpr auto repeated = cx::flatten | cx::repeat<3>(cx::linear<6> | cx::relu);
static_assert(becomes(
    repeated, Image{},
    cx::identity | cx::sequential(cx::sequential(cx::conv2d<6, {.kernel = {9, 7}}> | cx::relu,
                                                 cx::conv2d<6, {.kernel = 1}> | cx::relu,
                                                 cx::conv2d<6, {.kernel = 1}> | cx::relu))));

/// Whether the convolutional form has the paths, the parameters and the work of the network.
template <class Architecture, class In>
constexpr bool keeps_its_table(Architecture, In) {
  using Net = cx::Network<Architecture, In>;
  using Map = cx::Network<cx::convolutional<Net>, In>;
  if (Map::output_shape != cx::shape(Net::output_shape.channels, 1, 1)) return false;
  if (Map::parameter_count != Net::parameter_count || Map::macs != Net::macs) return false;
  for (std::size_t i = 0; i < Net::layers.size(); ++i) {
    if (Map::layers[i].path.view() != Net::layers[i].path.view()) return false;
    if (Map::layers[i].parameter_count != Net::layers[i].parameter_count) return false;
  }
  return true;
}
static_assert(keeps_its_table(repeated, Image{}));
static_assert(keeps_its_table(cx::flatten | cx::repeat<2>(cx::named<"dense">(cx::linear<6>)) |
                                  cx::repeat<2>(cx::named<"later">(cx::linear<6> | cx::relu)) |
                                  cx::repeat<2>(cx::linear<6>),
                              Image{}));

constexpr auto lenet = cx::conv2d<4, {.kernel = 3}> | cx::relu | cx::max_pool2d<{.kernel = 2}> |
                       cx::conv2d<6, {.kernel = 3}> | cx::relu | cx::max_pool2d<{.kernel = 2}> |
                       cx::flatten | cx::dropout<0.5> | cx::linear<12> | cx::relu | cx::linear<5> |
                       cx::softmax;
using LeNet = cx::Network<decltype(lenet), cx::Input<1, 18, 14>>;

LeNet initialized_lenet() {
  LeNet net;
  cx::initialize(net, {.seed = 1});
  return net;
}

/// The part of an image that begins at (top, left).
template <class Crop, class Whole>
Crop crop(const Whole& image, int top, int left) {
  Crop out;
  for (int c = 0; c < out.shape.channels; ++c) {
    for (int i = 0; i < out.shape.height; ++i) {
      for (int j = 0; j < out.shape.width; ++j) out(c, i, j) = image(c, top + i, left + j);
    }
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(on_images_of_its_own_size_the_form_gives_the_same) {
  LeNet net = initialized_lenet();
  cx::Network<cx::convolutional<LeNet>, cx::Input<1, 18, 14>> map;
  cx::load_convolutional(map, net);
  cx::Tensor<float, 1, 18, 14> x;
  test::fill_small(x, 2);
  test::check_close(map.forward(x), net.forward(x));
}

BOOST_AUTO_TEST_CASE(on_larger_images_it_gives_what_the_network_says_of_each_crop) {
  LeNet net = initialized_lenet();
  using Map = cx::Network<cx::convolutional<LeNet>, cx::Input<1, 26, 31>>;
  static_assert(Map::output_shape == cx::shape(5, 3, 5));
  static_assert(Map::receptive_field ==
                cx::ReceptiveField{.size = {18, 14}, .stride = {4, 4}, .offset = {0, 0}});
  Map map;
  cx::load_convolutional(map, net);
  cx::Tensor<float, 1, 26, 31> x;
  test::fill_small(x, 3);
  const auto& y = map.forward(x);
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 5; ++j) {
      const auto& expected = net.forward(crop<cx::Tensor<float, 1, 18, 14>>(x, 4 * i, 4 * j));
      std::vector<float> found;
      for (int o = 0; o < 5; ++o) found.push_back(y(o, i, j));
      test::check_close(found, expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(behind_a_global_pool_it_gives_one_answer_for_any_size) {
  const auto chain = cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::relu | cx::global_avg_pool2d |
                     cx::flatten | cx::linear<4>;
  using Small = cx::Network<decltype(chain), cx::Input<2, 6, 5>>;
  using Large = cx::Network<decltype(chain), cx::Input<2, 9, 11>>;
  using Map = cx::Network<cx::convolutional<Small>, cx::Input<2, 9, 11>>;
  static_assert(Map::output_shape == cx::shape(4, 1, 1));
  Small net;
  cx::initialize(net, {.seed = 4});
  Large large;
  cx::load_state_dict(large, cx::state_dict(net));
  Map map;
  cx::load_convolutional(map, net);
  cx::Tensor<float, 2, 9, 11> x;
  test::fill_small(x, 4);
  test::check_close(map.forward(x), large.forward(x));
}

BOOST_AUTO_TEST_CASE(a_form_of_another_network_takes_no_parameters) {
  const LeNet net = initialized_lenet();
  const auto other = cx::flatten | cx::linear<5>;
  cx::Network<cx::convolutional<decltype(other), cx::Input<1, 18, 14>>, cx::Input<1, 18, 14>> map;
  BOOST_CHECK_THROW(cx::load_convolutional(map, net), cx::StateDictError);
}
