// Parameters by name: names, order, shapes, the way in and out of the kernels' arrangement.
#define BOOST_TEST_MODULE state_dict
#include <convexpr/layers/layers.hpp>
#include <string>
#include <vector>

#include "../support/check_network.hpp"

namespace cx = convexpr;

namespace {

using Dict = std::vector<cx::NamedTensor>;

/// "0.weight [6, 3, 3, 2]" and so on, in order.
std::vector<std::string> lines(const Dict& dict) {
  std::vector<std::string> out;
  for (const cx::NamedTensor& t : dict) out.push_back(t.name + " " + cx::detail::words(t.shape));
  return out;
}

template <class In, class Architecture>
std::vector<std::string> lines_of(Architecture) {
  return lines(cx::state_dict(cx::Network<Architecture, In>()));
}

void check_equal(const std::vector<std::string>& found, const std::vector<std::string>& expected) {
  BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
}

/// Counts up, so that no two values can be confused.
Dict numbered(Dict dict) {
  float next = 1;
  for (cx::NamedTensor& t : dict) {
    for (float& v : t.values) v = next++;
  }
  return dict;
}

template <class In, class Architecture>
void check_round_trip(Architecture) {
  cx::Network<Architecture, In> net;
  const Dict dict = numbered(cx::state_dict(net));
  cx::load_state_dict(net, dict);
  BOOST_CHECK(cx::state_dict(net) == dict);
  const auto copy = net;
  BOOST_CHECK(cx::state_dict(copy) == dict);
}

using Small = cx::Network<decltype(cx::conv2d<6, {.kernel = {3, 2}}> | cx::batch_norm2d<> |
                                   cx::flatten | cx::named<"head">(cx::linear<4>)),
                          cx::Input<3, 4, 5>>;

/// `change` makes a dict that Small refuses with all of these words, and Small stays as it was.
template <class F>
void check_refused(F change, const std::vector<std::string>& words) {
  Small net;
  const Dict dict = numbered(cx::state_dict(net));
  cx::load_state_dict(net, dict);
  Dict changed = dict;
  for (cx::NamedTensor& t : changed) {
    for (float& v : t.values) v = -v;
  }
  change(changed);
  BOOST_CHECK_EXCEPTION(cx::load_state_dict(net, changed), cx::StateDictError,
                        [&](const cx::StateDictError& e) {
                          const std::string message = e.what();
                          for (const std::string& word : words) {
                            if (message.find(word) == std::string::npos) {
                              BOOST_TEST_MESSAGE(message << " lacks " << word);
                              return false;
                            }
                          }
                          return true;
                        });
  BOOST_CHECK(cx::state_dict(net) == dict);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_single_layer_has_plain_names) {
  check_equal(lines_of<cx::Input<6, 5, 4>>(cx::conv2d<4, {.kernel = {3, 2}, .groups = 2}>),
              {"weight [4, 3, 3, 2]", "bias [4]"});
  check_equal(lines_of<cx::Input<17>>(cx::linear<5, {.bias = false}>), {"weight [5, 17]"});
  check_equal(lines_of<cx::Input<6, 5, 4>>(cx::batch_norm2d<>),
              {"weight [6]", "bias [6]", "running_mean [6]", "running_var [6]"});
  check_equal(lines_of<cx::Input<6, 5, 4>>(cx::batch_norm2d<{.affine = false}>),
              {"running_mean [6]", "running_var [6]"});
  check_equal(lines_of<cx::Input<6, 5, 4>>(cx::relu), {});
}

BOOST_AUTO_TEST_CASE(layers_of_a_chain_have_their_position) {
  check_equal(lines_of<cx::Input<3, 5, 4>>(cx::conv2d<6, {.kernel = 3}> | cx::relu | cx::flatten |
                                           cx::linear<2>),
              {"0.weight [6, 3, 3, 3]", "0.bias [6]", "3.weight [2, 36]", "3.bias [2]"});
}

BOOST_AUTO_TEST_CASE(names_take_the_place_of_positions) {
  check_equal(lines_of<cx::Input<3, 5, 4>>(
                  cx::named<"stem">(cx::named<"a">(cx::conv2d<2, {.kernel = 1}>) | cx::relu |
                                    cx::conv2d<3, {.kernel = 1, .bias = false}>) |
                  cx::conv2d<1, {.kernel = 1}>),
              {"stem.a.weight [2, 3, 1, 1]", "stem.a.bias [2]", "stem.2.weight [3, 2, 1, 1]",
               "1.weight [1, 3, 1, 1]", "1.bias [1]"});
}

BOOST_AUTO_TEST_CASE(branches_have_their_position_too) {
  check_equal(lines_of<cx::Input<3, 5, 4>>(
                  cx::relu | cx::named<"inception_3a">(
                                 cx::concat(cx::conv2d<2, {.kernel = 1}>,
                                            cx::relu | cx::relu | cx::conv2d<5, {.kernel = 1}>))),
              {"inception_3a.0.weight [2, 3, 1, 1]", "inception_3a.0.bias [2]",
               "inception_3a.1.2.weight [5, 3, 1, 1]", "inception_3a.1.2.bias [5]"});
  check_equal(
      lines_of<cx::Input<3, 5, 4>>(cx::residual(cx::conv2d<2, {.kernel = 1}> | cx::batch_norm2d<>,
                                                cx::conv2d<2, {.kernel = 1, .bias = false}>)),
      {"0.0.weight [2, 3, 1, 1]", "0.0.bias [2]", "0.1.weight [2]", "0.1.bias [2]",
       "0.1.running_mean [2]", "0.1.running_var [2]", "1.weight [2, 3, 1, 1]"});
  check_equal(lines_of<cx::Input<3, 5, 4>>(cx::repeat<2>(cx::conv2d<3, {.kernel = 1}>)),
              {"0.weight [3, 3, 1, 1]", "0.bias [3]", "1.weight [3, 3, 1, 1]", "1.bias [3]"});
}

BOOST_AUTO_TEST_CASE(a_new_network_has_zeros_and_a_batch_norm_ones) {
  for (const cx::NamedTensor& t : cx::state_dict(Small())) {
    const bool one = t.name == "1.weight" || t.name == "1.running_var";
    for (const float v : t.values) BOOST_CHECK_EQUAL(v, one ? 1.0F : 0.0F);
  }
}

BOOST_AUTO_TEST_CASE(what_goes_in_comes_out_bit_by_bit) {
  check_round_trip<cx::Input<3, 9, 8>>(cx::conv2d<17, {.kernel = {3, 2}}>);
  check_round_trip<cx::Input<33, 3, 4>>(cx::conv2d<17, {.kernel = {1, 3}}>);
  check_round_trip<cx::Input<6, 3, 4>>(cx::conv2d<9, {.kernel = 2, .groups = 3}> |
                                       cx::conv2d<18, {.kernel = 1, .groups = 9}>);
  check_round_trip<cx::Input<33>>(cx::linear<17> | cx::linear<3, {.bias = false}>);
  check_round_trip<cx::Input<17, 3, 4>>(cx::batch_norm2d<> | cx::batch_norm2d<{.affine = false}>);
}

BOOST_AUTO_TEST_CASE(the_order_of_the_tensors_does_not_matter) {
  Small net;
  Dict dict = numbered(cx::state_dict(net));
  const Dict expected = dict;
  std::reverse(dict.begin(), dict.end());
  cx::load_state_dict(net, dict);
  BOOST_CHECK(cx::state_dict(net) == expected);
}

BOOST_AUTO_TEST_CASE(a_missing_tensor_is_named) {
  check_refused([](Dict& d) { d.pop_back(); }, {"\"head.bias\"", "missing"});
  check_refused([](Dict& d) { d[4].name = "1.running_average"; },
                {"\"1.running_mean\"", "missing"});
  check_refused([](Dict& d) { d.clear(); }, {"\"0.weight\"", "missing"});
}

BOOST_AUTO_TEST_CASE(a_tensor_of_another_shape_is_named) {
  check_refused([](Dict& d) { d[0].shape = {6, 3, 2, 3}; },
                {"\"0.weight\"", "[6, 3, 3, 2]", "[6, 3, 2, 3]"});
  check_refused([](Dict& d) { d.back().shape = {1, 4}; }, {"\"head.bias\"", "[4]", "[1, 4]"});
}

BOOST_AUTO_TEST_CASE(a_tensor_without_all_its_values_is_named) {
  check_refused([](Dict& d) { d.back().values.pop_back(); },
                {"\"head.bias\"", "4 values", "found 3"});
}

BOOST_AUTO_TEST_CASE(a_tensor_that_comes_twice_is_named) {
  check_refused([](Dict& d) { d.push_back(d[1]); }, {"\"0.bias\"", "twice"});
}

BOOST_AUTO_TEST_CASE(a_tensor_too_many_is_named) {
  check_refused([](Dict& d) { d.push_back({"tail.bias", {1}, {0.0F}}); },
                {"\"tail.bias\"", "none of the network's 8 tensors"});
}

BOOST_AUTO_TEST_CASE(a_gradient_has_the_names_of_what_is_learned) {
  const cx::Gradient<Small> gradient;
  check_equal(lines(cx::state_dict(gradient)),
              {"0.weight [6, 3, 3, 2]", "0.bias [6]", "1.weight [6]", "1.bias [6]",
               "head.weight [4, 48]", "head.bias [4]"});
}
