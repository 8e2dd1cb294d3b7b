// The table of a network: its rows, its totals, how numbers are written.
#define BOOST_TEST_MODULE summary
#include <boost/test/unit_test.hpp>
#include <convexpr/convexpr.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace cx = convexpr;

namespace {

using Net = cx::Network<decltype(cx::named<"stem">(cx::conv2d<6, {.kernel = {3, 2}}> | cx::relu) |
                                 cx::batch_norm2d<> | cx::flatten | cx::linear<1'000>),
                        cx::Input<3, 11, 8>>;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

/// The words of a line.
std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

void check_words(const std::string& line, const std::vector<std::string>& expected) {
  const std::vector<std::string> found = words(line);
  BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_layer_has_a_row) {
  const std::vector<std::string> table = lines(cx::summary<Net>());
  BOOST_REQUIRE_GE(table.size(), 9U);
  check_words(table[0], {"Layer", "Kind", "Output", "Parameters", "MACs"});
  check_words(table[2], {"input", "3x11x8", "-", "-"});
  // 6 * 3*3*2 weights and 6 biases; 108 products at 9 x 7 places
  check_words(table[3], {"stem.0", "Conv2d", "6x9x7", "114", "6,804"});
  check_words(table[4], {"stem.1", "ReLU", "6x9x7", "-", "-"});
  check_words(table[5], {"1", "BatchNorm2d", "6x9x7", "12", "-"});
  check_words(table[6], {"2", "Flatten", "378", "-", "-"});
  check_words(table[7], {"3", "Linear", "1000", "379,000", "378,000"});
}

BOOST_AUTO_TEST_CASE(the_totals_are_those_of_the_network) {
  const std::string text = cx::summary<Net>();
  // 114 + 12 + 379000 floats
  BOOST_CHECK_NE(text.find("Parameters: 379,126 (1.52 MB)\n"), std::string::npos);
  BOOST_CHECK_NE(text.find("Multiply-accumulates: 384,804 for one example\n"), std::string::npos);
  BOOST_CHECK_NE(text.find(std::to_string(Net::plan.steps.size()) + " steps, "), std::string::npos);
}

BOOST_AUTO_TEST_CASE(columns_stand_under_their_heads) {
  const std::vector<std::string> table = lines(cx::summary<Net>());
  const std::size_t kind = table[0].find("Kind");
  BOOST_CHECK_EQUAL(table[3].find("Conv2d"), kind);
  BOOST_CHECK_EQUAL(table[5].find("BatchNorm2d"), kind);
  const std::size_t end = table[0].size();
  BOOST_CHECK_EQUAL(table[3].size(), end);
  BOOST_CHECK_EQUAL(table[7].size(), end);
  BOOST_CHECK_EQUAL(table[1], std::string(end, '-'));
}

BOOST_AUTO_TEST_CASE(a_single_layer_stands_for_the_network) {
  using Single = cx::Network<cx::ReLU, cx::Input<17>>;
  const std::vector<std::string> table = lines(cx::summary<Single>());
  check_words(table[3], {"(network)", "ReLU", "17", "-", "-"});
}

BOOST_AUTO_TEST_CASE(what_a_unit_sees_is_shown_on_demand) {
  const std::vector<std::string> table = lines(cx::summary<Net>({.receptive_fields = true}));
  check_words(table[0], {"Layer", "Kind", "Output", "Parameters", "MACs", "Sees", "Stride"});
  check_words(table[2], {"input", "3x11x8", "-", "-", "1x1", "1x1"});
  check_words(table[3], {"stem.0", "Conv2d", "6x9x7", "114", "6,804", "3x2", "1x1"});
  check_words(table[7], {"3", "Linear", "1000", "379,000", "378,000", "11x8", "1x1"});
}

BOOST_AUTO_TEST_CASE(an_object_has_the_table_of_its_type) {
  const Net net;
  BOOST_CHECK_EQUAL(cx::summary(net), cx::summary<Net>());
}

BOOST_AUTO_TEST_CASE(taps_shared_layers_and_heads_are_told) {
  constexpr auto layer = cx::shared<"layer">(cx::conv2d<3, {.kernel = 1}> | cx::relu);
  using Graph =
      cx::Network<decltype(cx::tap<"x"> | layer | layer |
                           cx::head<"aux">(cx::flatten | cx::linear<2>) | cx::sum_with<"x">),
                  cx::Input<3, 4, 5>>;
  const std::vector<std::string> table = lines(cx::summary<Graph>());
  check_words(table[3], {"0", "Tap", "3x4x5", "-", "-"});
  check_words(table[4], {"layer.0", "Conv2d", "3x4x5", "12", "180"});
  check_words(table[5], {"layer.1", "ReLU", "3x4x5", "-", "-"});
  check_words(table[6], {"layer.0", "Conv2d", "3x4x5", "shared", "180"});
  check_words(table[8], {"aux.0", "Flatten", "60", "-", "-"});
  check_words(table[9], {"aux.1", "Linear", "2", "122", "120"});
  check_words(table[10], {"4", "SumWith", "3x4x5", "-", "-"});
  const std::string text = cx::summary<Graph>();
  BOOST_CHECK_NE(text.find("Parameters: 134 "), std::string::npos);
  BOOST_CHECK_NE(text.find("Multiply-accumulates: 360 for one example\n"), std::string::npos);
  BOOST_CHECK_NE(text.find("Head, in training alone: aux, 2\n"), std::string::npos);
}
