// The table of a plan: a row for each step, every layer once, and the memory below.
#define BOOST_TEST_MODULE plan_table
#include <boost/test/unit_test.hpp>
#include <convexpr/inspect/plan_table.hpp>
#include <convexpr/layers/layers.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace cx = convexpr;

namespace {

using Net = cx::Network<decltype(cx::named<"stem">(cx::conv2d<6, {.kernel = {3, 2}}> | cx::relu) |
                                 cx::max_pool2d<{.kernel = 2}> | cx::flatten | cx::dropout<0.5> |
                                 cx::linear<10>),
                        cx::Input<3, 11, 8>>;

/// Siblings, a concat in place, a sum of gradients and a border that is made.
constexpr int lanes = cx::simd::lanes;
constexpr auto block =
    cx::conv2d<lanes, {.kernel = 3, .padding = 1, .padding_mode = cx::PaddingMode::reflect}> |
    cx::concat(cx::conv2d<lanes, {.kernel = 1}> | cx::relu, cx::conv2d<2 * lanes, {.kernel = 1}>,
               cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}>);
using Block = cx::Network<decltype(block), cx::Input<lanes, 5, 7>>;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

int occurrences(const std::string& text, const std::string& words) {
  int count = 0;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    ++count;
  }
  return count;
}

/// The row whose first word is `step`.
std::string row_of(const std::string& table, std::size_t step) {
  for (const std::string& line : lines(table)) {
    if (line.rfind(std::to_string(step) + "  ", 0) == 0) return line;
  }
  return {};
}

void check_holds(const std::string& text, const std::string& words) {
  BOOST_CHECK_MESSAGE(text.find(words) != std::string::npos, words << " is not in\n" << text);
}

/// The last word of a line.
std::string last_word(const std::string& line) { return line.substr(line.rfind(' ') + 1); }

}  // namespace

BOOST_AUTO_TEST_CASE(each_step_has_a_row_with_its_layers) {
  const std::string table = cx::plan_table<Net>();
  BOOST_CHECK_EQUAL(lines(table)[0].find("Step  Computes"), 0U);
  check_holds(row_of(table, 0), "0     stem.0 Conv2d + stem.1 ReLU");
  check_holds(row_of(table, 0), " 6x9x7 ");
  BOOST_CHECK_EQUAL(last_word(row_of(table, 0)), "6,804");
  check_holds(row_of(table, 1), "1 MaxPool2d");
  BOOST_CHECK_EQUAL(last_word(row_of(table, 1)), "-");
  check_holds(row_of(table, 2), "2 Flatten");
  check_holds(row_of(table, 3), "4 Linear");
  BOOST_CHECK(row_of(table, 4).empty());
  check_holds(table, "4 steps; 1 copy; 7,524 multiply-accumulates for one example\n");
  check_holds(table, "Without a step: 3 Dropout\n");
}

BOOST_AUTO_TEST_CASE(a_row_says_where_the_result_lies) {
  const std::string table = cx::plan_table<Net>();
  const auto& plan = Net::plan;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto& y = plan.operands[static_cast<std::size_t>(plan.steps[i].output)];
    const std::string row = row_of(table, i);
    const std::string offset =
        y.array == 0 ? "0" : cx::detail::grouped(static_cast<long long>(4 * y.array));
    check_holds(row, " " + offset + " ");
    check_holds(row, " " + cx::detail::grouped(static_cast<long long>(4 * y.array_size)) + " ");
  }
}

BOOST_AUTO_TEST_CASE(siblings_share_a_number) {
  const std::string table = cx::plan_table<Block>();
  check_holds(row_of(table, 0), "border of 0 Conv2d");
  check_holds(row_of(table, 1), "0 Conv2d ");
  check_holds(row_of(table, 2), "1.0.0 Conv2d + 1.0.1 ReLU");
  const std::vector<std::string> rows = lines(table);
  BOOST_CHECK_EQUAL(rows[5].find("      1.1 Conv2d "), 0U);  // without a number
  check_holds(row_of(table, 3), "1.2 MaxPool2d");
  check_holds(table, "4 steps; 0 copies; ");
  check_holds(table, "Without a step: 1 Concat\n");
}

BOOST_AUTO_TEST_CASE(every_layer_is_mentioned_once) {
  const auto check = [](const std::string& table, const auto& layers) {
    for (const cx::LayerRow& row : layers) {
      const std::string name = std::string(row.path.view()) + " " + std::string(row.kind);
      BOOST_CHECK_MESSAGE(occurrences(table, " " + name) == 1 + occurrences(table, " of " + name),
                          name << " in\n"
                               << table);
    }
  };
  check(cx::plan_table<Net>(), Net::layers);
  check(cx::plan_table<Block>(), Block::layers);
  check(cx::plan_table<Net, cx::Mode::training>(), Net::layers);
  check(cx::plan_table<Block, cx::Mode::training>(), Block::layers);
}

BOOST_AUTO_TEST_CASE(the_backward_pass_has_adjoints_and_gradients) {
  const std::string table = cx::plan_table<Block, cx::Mode::training>();
  const auto once = [&](const std::string& words) {
    const int plain = occurrences(table, " " + words + " ");
    const int filtered = occurrences(table, " " + words + ", Winograd ");
    BOOST_CHECK_MESSAGE(plain + filtered == 1, words << " in\n" << table);
  };
  for (const char* layer : {"0 Conv2d", "1.0.0 Conv2d", "1.1 Conv2d"}) {
    once(std::string("adjoint of ") + layer);
    once(std::string("gradient of ") + layer);
  }
  once("adjoint of 1.0.1 ReLU");
  once("adjoint of 1.2 MaxPool2d");
  once("adjoint of the border of 0 Conv2d");
  BOOST_TEST(occurrences(table, "+ sum of gradients ") == 2);  // each on one of the convolutions
  std::string backward =
      std::to_string(Block::training_plan.launches - Block::training_plan.forward_steps);
  backward.append(" of them backward; ");  // GCC 12 warns of what operator+ does
  check_holds(table, backward);
  check_holds(table, "Kept for the backward pass: " +
                         cx::detail::bytes(static_cast<double>(Block::training_plan.saved_bytes)));
}

/// Which ones are, depends on the instruction set.
BOOST_AUTO_TEST_CASE(filtered_convolutions_say_so) {
  int filtered = 0;
  for (const auto& step : Block::training_plan.steps) filtered += step.tile_outputs > 0 ? 1 : 0;
  const std::string table = cx::plan_table<Block, cx::Mode::training>();
  BOOST_TEST(occurrences(table, ", Winograd ") == filtered);

  constexpr auto by_four = cx::Options{.filtering = cx::Filtering::winograd_4};
  constexpr auto net =
      cx::conv2d<lanes, {.kernel = 1}> | cx::relu | cx::conv2d<lanes, {.kernel = 3, .padding = 1}>;
  using Filtered = cx::Network<decltype(net), cx::Input<lanes, 12, 12>, by_four>;
  BOOST_TEST(occurrences(cx::plan_table<Filtered>(), "2 Conv2d, Winograd 4x4 ") == 1);
}

BOOST_AUTO_TEST_CASE(a_long_list_is_wrapped) {
  const std::vector<std::string> words{"one", "two", "three"};
  BOOST_CHECK_EQUAL(cx::detail::wrapped("List:", words, 40), "List: one, two, three\n");
  BOOST_CHECK_EQUAL(cx::detail::wrapped("List:", words, 14), "List: one,\n  two, three\n");
}

BOOST_AUTO_TEST_CASE(copies_of_narrow_parts_are_told) {
  using Narrow =
      cx::Network<decltype(cx::concat(cx::conv2d<1, {.kernel = 1}>, cx::conv2d<2, {.kernel = 1}>)),
                  cx::Input<1, 4, 4>>;
  if (lanes == 1) return;
  const std::string table = cx::plan_table<Narrow>();
  BOOST_CHECK_EQUAL(occurrences(table, "copy into (network) Concat"), Narrow::plan.copies);
  check_holds(table, " copies; ");
}
