// Convolutions of sequences, alone and in chains, with every option.
#define BOOST_TEST_MODULE conv1d
#include <convexpr/layers/layers.hpp>

#include "../support/check_network.hpp"

namespace cx = convexpr;
using cx::PaddingMode;
using support::check;

BOOST_AUTO_TEST_CASE(a_planar_sequence_of_three_channels) {
  check<cx::Input<3, 19>>(cx::conv1d<17, {.kernel = 5, .stride = 2, .padding = 2}> | cx::relu);
}

BOOST_AUTO_TEST_CASE(a_sequence_of_many_channels_in_groups) {
  check<cx::Input<33, 8>>(
      cx::conv1d<6, {.kernel = 2, .padding = {3, 0}, .dilation = 3, .groups = 3, .bias = false}>);
}

BOOST_AUTO_TEST_CASE(each_mode_with_other_options) {
  check<cx::Input<6, 7>>(
      cx::conv1d<4, {.kernel = 3, .padding = {6, 2}, .padding_mode = PaddingMode::reflect}>);
  check<cx::Input<1, 5>>(cx::conv1d<17, {.kernel = 4,
                                         .stride = 3,
                                         .padding = {0, 9},
                                         .bias = false,
                                         .padding_mode = PaddingMode::replicate}>);
  check<cx::Input<6, 5>>(cx::conv1d<6, {.kernel = 2,
                                        .padding = 5,
                                        .dilation = 4,
                                        .groups = 2,
                                        .padding_mode = PaddingMode::circular}>);
}

BOOST_AUTO_TEST_CASE(convolutions_in_a_row) {
  check<cx::Input<2, 12>>(
      cx::conv1d<6, {.kernel = 4, .padding = cx::same, .padding_mode = PaddingMode::mean}> |
      cx::tanh | cx::conv1d<17, {.kernel = 3, .padding = cx::same, .dilation = 2}> | cx::relu |
      cx::conv1d<3, {.kernel = 3, .stride = 3, .exact_fit = true}> | cx::flatten | cx::linear<4>);
}

BOOST_AUTO_TEST_CASE(branches_over_a_sequence) {
  check<cx::Input<6, 9>>(
      cx::concat(cx::conv1d<4, {.kernel = 3, .padding = 1}>,
                 cx::conv1d<3, {.kernel = 5, .padding = 2, .padding_mode = PaddingMode::mean}>) |
      cx::residual(cx::conv1d<7, {.kernel = 1}>));
}

BOOST_AUTO_TEST_CASE(the_state_dict_and_the_table_speak_of_sequences) {
  using Net = cx::Network<decltype(cx::conv1d<6, {.kernel = 5, .padding = {3, 0}, .groups = 2}>),
                          cx::Input<4, 8>>;
  static_assert(Net::output_shape == cx::shape(6, 7));
  static_assert(Net::macs == 6 * 2 * 5 * 7);
  static_assert(Net::receptive_field == cx::ReceptiveField{{1, 5}, {1, 1}, {0, -3}});
  BOOST_TEST(Net::layers[0].kind == "Conv1d");
  const std::vector<cx::NamedTensor> dict = cx::state_dict(Net());
  BOOST_TEST((dict[0].shape == std::vector<std::size_t>{6, 2, 5}));
  BOOST_TEST((dict[1].shape == std::vector<std::size_t>{6}));
}
