// Drawings of plans: well-formed, complete, and readable in that no box covers another.
#define BOOST_TEST_MODULE plan_drawing
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <convexpr/inspect/plan_drawing.hpp>
#include <convexpr/layers/layers.hpp>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace cx = convexpr;

namespace {

constexpr int lanes = cx::simd::lanes;

template <int Out>
constexpr auto pointwise = cx::conv2d<Out, {.kernel = 1}>;

constexpr auto block =
    cx::named<"start">(pointwise<lanes>) |
    cx::concat(pointwise<lanes> | cx::relu,
               pointwise<2 * lanes> | cx::relu | cx::conv2d<lanes, {.kernel = 3, .padding = 1}>,
               cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> | pointwise<lanes>) |
    cx::residual(pointwise<3 * lanes> | cx::batch_norm2d<>) | cx::dropout<0.5>;
using Block = cx::Network<decltype(block), cx::Input<lanes, 5, 7>>;

/// A long skip, a head, and names that XML and Graphviz have other uses for.
constexpr auto odd = cx::named<"a<b & \"c\"">(pointwise<3>) | cx::tap<"x"> |
                     cx::named<"it's \\ >">(cx::relu | pointwise<3>) |
                     cx::head<"side<1>">(cx::flatten | cx::linear<2>) | pointwise<3> |
                     cx::sum_with<"x">;
using Odd = cx::Network<decltype(odd), cx::Input<3, 4, 4>>;

template <class Net, cx::Mode M = cx::Mode::inference>
std::string svg() {
  std::ostringstream out;
  cx::write_plan_svg<Net, M>(out);
  return out.str();
}
template <class Net, cx::Mode M = cx::Mode::inference>
std::string dot() {
  std::ostringstream out;
  cx::write_plan_dot<Net, M>(out);
  return out.str();
}

/// An XML element without its content.
struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  // up to the next tag, as it is meant

  double number(const char* attribute) const { return std::stod(attributes.at(attribute)); }
};

/// Reads what little of XML the drawings use; anything else counts as a fault.
class XmlReader {
 public:
  explicit XmlReader(std::string text) : text_(std::move(text)) {
    if (text_.rfind("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg ", 0) != 0) ++faults_;
    at_ = text_.find('\n') + 1;
    while (at_ < text_.size()) read_tag();
    if (!open_.empty()) ++faults_;
  }

  int faults() const { return faults_; }
  const std::vector<Element>& elements() const { return elements_; }

 private:
  void read_tag() {
    if (text_[at_] != '<') {
      ++faults_;
      at_ = text_.size();
      return;
    }
    const std::size_t end = text_.find('>', at_);
    if (end == std::string::npos) {
      ++faults_;
      at_ = text_.size();
      return;
    }
    std::string tag = text_.substr(at_ + 1, end - at_ - 1);
    if (tag[0] == '/') {
      if (open_.empty() || open_.back() != tag.substr(1)) ++faults_;
      if (!open_.empty()) open_.pop_back();
    } else {
      const bool closed = tag.back() == '/';
      if (closed) tag.pop_back();
      elements_.push_back(element(tag));
      if (!closed) open_.push_back(elements_.back().name);
      // The first element is the last to end, and nothing stands beside it.
      if (open_.empty() && elements_.size() > 1) ++faults_;
    }
    at_ = std::min(text_.find('<', end), text_.size());
    const std::string content = text_.substr(end + 1, at_ - end - 1);
    if (content.find_first_not_of('\n') == std::string::npos) return;
    if (open_.empty() || open_.back() != "text") ++faults_;
    elements_.back().text = unescaped(content);
  }

  Element element(const std::string& tag) {
    Element e;
    std::size_t at = std::min(tag.find(' '), tag.size());
    e.name = tag.substr(0, at);
    while (at < tag.size()) {
      const std::size_t equals = tag.find("=\"", at);
      const std::size_t end = equals == std::string::npos ? equals : tag.find('"', equals + 2);
      if (tag[at] != ' ' || end == std::string::npos) {
        ++faults_;
        break;
      }
      const std::string name = tag.substr(at + 1, equals - at - 1);
      const std::string value = unescaped(tag.substr(equals + 2, end - equals - 2));
      if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzBWXYH0123456789-") !=
              std::string::npos ||
          !e.attributes.emplace(name, value).second) {
        ++faults_;
      }
      at = end + 1;
    }
    return e;
  }

  std::string unescaped(const std::string& text) {
    static const std::map<std::string, char> entities{
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '&') {
        out += text[i];
        continue;
      }
      const std::size_t end = std::min(text.find(';', i), text.size());
      const auto found = entities.find(text.substr(i + 1, end - i - 1));
      if (found == entities.end()) {
        ++faults_;
        return out;
      }
      out += found->second;
      i = end;
    }
    return out;
  }

  std::string text_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
  std::vector<Element> elements_;
  int faults_ = 0;
};

int count_texts(const XmlReader& xml, const std::string& text) {
  return static_cast<int>(std::count_if(xml.elements().begin(), xml.elements().end(),
                                        [&](const Element& e) { return e.text == text; }));
}

std::string name_of(const cx::LayerRow& row) {
  return std::string(row.path.view()) + " " + std::string(row.kind);
}

/// Lines of Graphviz that stand for an arrow.
std::vector<std::string> arrows(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.find(" -> ") != std::string::npos) out.push_back(line.substr(2));
  }
  return out;
}

template <class Net, cx::Mode M>
void check_svg() {
  const XmlReader xml(svg<Net, M>());
  BOOST_CHECK_EQUAL(xml.faults(), 0);
  std::vector<Element> boxes;
  std::size_t lines = 0;
  for (const Element& e : xml.elements()) {
    if (e.name == "rect" && e.attributes.count("rx") > 0) boxes.push_back(e);
    if (e.attributes.count("marker-end") > 0) ++lines;
  }
  const std::size_t legend = M == cx::Mode::training ? 1 : 0;
  BOOST_CHECK_EQUAL(lines, arrows(dot<Net, M>()).size() + legend);
  const Element& picture = xml.elements()[0];
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Element& a = boxes[i];
    BOOST_CHECK_GT(a.number("x"), 0);
    BOOST_CHECK_LT(a.number("x") + a.number("width"), picture.number("width"));
    BOOST_CHECK_LT(a.number("y") + a.number("height"), picture.number("height"));
    for (std::size_t j = 0; j < i; ++j) {
      const Element& b = boxes[j];
      const bool apart = a.number("x") + a.number("width") < b.number("x") ||
                         b.number("x") + b.number("width") < a.number("x") ||
                         a.number("y") + a.number("height") < b.number("y") ||
                         b.number("y") + b.number("height") < a.number("y");
      BOOST_CHECK_MESSAGE(apart, "boxes " << i << " and " << j << " overlap");
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(pictures_are_well_formed_and_their_boxes_apart) {
  check_svg<Block, cx::Mode::inference>();
  check_svg<Block, cx::Mode::training>();
  check_svg<Odd, cx::Mode::inference>();
  check_svg<Odd, cx::Mode::training>();
}

BOOST_AUTO_TEST_CASE(every_layer_with_a_step_has_a_line_of_its_own_and_others_are_told) {
  const XmlReader xml(svg<Block>());
  std::string notes;
  for (const Element& e : xml.elements()) {
    if (e.text.rfind("Without a step: ", 0) == 0) notes = e.text + ",";
  }
  for (std::size_t row = 0; row < Block::layers.size(); ++row) {
    const std::string name = name_of(Block::layers[row]);
    const bool has_step = Block::plan.step_of(row) >= 0;
    BOOST_CHECK_EQUAL(count_texts(xml, name), has_step ? 1 : 0);
    BOOST_CHECK_EQUAL(notes.find(" " + name + ",") == std::string::npos, has_step);
  }
}

BOOST_AUTO_TEST_CASE(the_backward_pass_has_its_boxes) {
  const XmlReader xml(svg<Odd, cx::Mode::training>());
  for (const char* text :
       {"gradient of 4 Conv2d", "adjoint of 4 Conv2d", "gradient of the output",
        "gradient of the input", "head side<1>", "gradient of head side<1>", "sum of gradients",
        "forward", "backward", "kept for the backward pass"}) {
    BOOST_CHECK_MESSAGE(count_texts(xml, text) >= 1, text);
  }
  BOOST_CHECK_EQUAL(count_texts(XmlReader(svg<Odd>()), "backward"), 0);
}

BOOST_AUTO_TEST_CASE(names_are_escaped) {
  const XmlReader xml(svg<Odd>());
  BOOST_CHECK_EQUAL(count_texts(xml, "a<b & \"c\" Conv2d"), 1);
  BOOST_CHECK_EQUAL(count_texts(xml, "it's \\ >.1 Conv2d"), 1);
  BOOST_CHECK_NE(svg<Odd>().find("a&lt;b &amp; &quot;c&quot; Conv2d"), std::string::npos);
  BOOST_CHECK_NE(dot<Odd>().find("a<b & \\\"c\\\" Conv2d\\n"), std::string::npos);
  BOOST_CHECK_NE(dot<Odd>().find("it's \\\\ >.1 Conv2d\\n"), std::string::npos);
  BOOST_CHECK_EQUAL(cx::detail::xml_text("tab\tand\x01"), "tab and ");
}

BOOST_AUTO_TEST_CASE(arrows_follow_the_values) {
  // Box 0 is the input; then come the steps, then the output. The value of step 0 is read by the
  // siblings and by the pool, those of three steps lie in the concat, which the last step reads.
  const std::vector<std::string> expected{"b0 -> b1;", "b1 -> b2;", "b2 -> b3;",
                                          "b1 -> b4;", "b4 -> b5;", "b2 -> b6;",
                                          "b3 -> b6;", "b5 -> b6;", "b6 -> b7;"};
  std::vector<std::string> found = arrows(dot<Block>());
  BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
}

BOOST_AUTO_TEST_CASE(what_is_kept_is_dashed) {
  const std::string text = dot<Block, cx::Mode::training>();
  const auto forward = static_cast<std::size_t>(Block::training_plan.forward_steps) + 2;
  std::size_t kept = 0;
  for (const std::string& arrow : arrows(text)) {
    const std::size_t from = std::stoul(arrow.substr(1));
    const std::size_t to = std::stoul(arrow.substr(arrow.rfind("-> b") + 4));
    const bool crosses = from < forward && to >= forward;
    kept += crosses ? 1 : 0;
    BOOST_CHECK_EQUAL(arrow.find("[style=dashed, constraint=false]") != std::string::npos, crosses);
    BOOST_CHECK_LT(from, to);
  }
  BOOST_CHECK_GE(kept, Block::training_plan.saved.size());
}

BOOST_AUTO_TEST_CASE(lengths_have_one_digit_behind_the_point) {
  BOOST_CHECK_EQUAL(cx::detail::number(12.34), "12.3");
  BOOST_CHECK_EQUAL(cx::detail::number(0.96), "1.0");
  BOOST_CHECK_EQUAL(cx::detail::number(-0.26), "-0.3");
}
