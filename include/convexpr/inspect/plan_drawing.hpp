// A plan as a drawing: for Graphviz, or as an SVG picture that needs no other program.
#pragma once

#include <array>
#include <convexpr/inspect/diagram_routes.hpp>
#include <convexpr/inspect/plan_table.hpp>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>

namespace convexpr {

namespace detail {

struct WorkStyle {
  const char* words;
  const char* fill;
};

constexpr std::array<WorkStyle, 6> work_styles{{{"what goes in and comes out", "#ffffff"},
                                                {"weights: convolution, linear", "#cfe2f3"},
                                                {"windows: pool, upsample", "#d9ead3"},
                                                {"elementwise, sums, softmax", "#fff2cc"},
                                                {"normalisation", "#e6d9f2"},
                                                {"copies and borders", "#dddddd"}}};

constexpr const WorkStyle& style_of(Work w) { return work_styles[static_cast<std::size_t>(w)]; }
constexpr const char* stroke_of(bool backward) { return backward ? "#b45f06" : "#1f4e79"; }

/// Text between the tags of XML, or between its quotation marks. Control characters, which XML has no
/// words for, become spaces.
inline std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

/// Text between the quotation marks of Graphviz.
inline std::string dot_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

/// A length with one digit behind the point, whatever the locale of the stream.
inline std::string number(double value) {
  char text[32];
  const long long tenths = static_cast<long long>(value * 10 + (value < 0 ? -0.5 : 0.5));
  std::snprintf(text, sizeof text, "%s%lld.%lld", tenths < 0 ? "-" : "",
                tenths < 0 ? -tenths / 10 : tenths / 10, tenths < 0 ? -tenths % 10 : tenths % 10);
  return text;
}

inline void write_dot_boxes(std::ostream& out, const Diagram& d, bool backward) {
  for (std::size_t i = 0; i < d.boxes.size(); ++i) {
    if (d.boxes[i].backward != backward) continue;
    out << "    b" << i << " [label=\"";
    for (const std::string& line : d.boxes[i].lines) out << dot_text(line) << "\\n";
    out << "\", fillcolor=\"" << style_of(d.boxes[i].work).fill << "\", color=\""
        << stroke_of(backward) << "\"];\n";
  }
}

inline void write_plan_dot(std::ostream& out, const PlanView& plan) {
  const Diagram d = DiagramMaker(plan).make();
  out << "digraph plan {\n  rankdir=TB;\n"
         "  node [shape=box, style=filled, fontname=\"sans-serif\", fontsize=11];\n"
         "  edge [color=\"#555555\"];\n";
  for (const bool backward : {false, true}) {
    if (backward && plan.steps.size() == static_cast<std::size_t>(plan.facts.forward_steps)) break;
    const char* const pass = backward ? "backward" : "forward";
    out << "  subgraph cluster_" << pass << " {\n    label=\"" << pass << "\";\n";
    write_dot_boxes(out, d, backward);
    out << "  }\n";
  }
  for (const DiagramArrow& a : d.arrows) {
    out << "  b" << a.from << " -> b" << a.to;
    if (d.is_kept(a)) out << " [style=dashed, constraint=false]";
    out << ";\n";
  }
  out << "}\n";
}

/// Writes the parts of an SVG picture.
class SvgWriter {
 public:
  SvgWriter(std::ostream& out, const PlanView& plan)
      : out_(out),
        plan_(plan),
        d_(DiagramMaker(plan).make()),
        l_(LayoutMaker(d_).make()),
        routes_(RouteMaker(d_, l_).make()) {}

  void write() {
    const std::vector<std::string> notes = notes_below();
    constexpr double line = DiagramLayout::line_height;
    constexpr double legend_lines = 2;
    const double width =
        std::max(l_.width, l_.backward_x > 0 ? 860.0 : 640.0) + DiagramLayout::margin;
    const double height = l_.height + 2 * DiagramLayout::margin +
                          line * (legend_lines + 1 + static_cast<double>(notes.size()));
    const std::string size = number(width) + "\" height=\"" + number(height);
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << size << "\" viewBox=\"0 0 "
         << number(width) << " " << number(height)
         << "\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"11\">\n"
         << "<rect width=\"" << size << "\" fill=\"#ffffff\"/>\n<defs>\n";
    write_head("arrow", "#555555");
    write_head("kept", "#8e7cc3");
    out_ << "</defs>\n";
    write_titles();
    for (std::size_t a = 0; a < d_.arrows.size(); ++a) write_arrow(a);
    for (std::size_t i = 0; i < d_.boxes.size(); ++i) write_box(i);
    double y = l_.height + DiagramLayout::margin + line;
    write_legend(y);
    y += legend_lines * line;
    for (const std::string& note : notes)
      write_text(DiagramLayout::margin, y += line, note, "#333333");
    out_ << "</svg>\n";
  }

 private:
  /// Of the table, what stands under it.
  std::vector<std::string> notes_below() const {
    std::string text = totals_of(plan_);
    const std::vector<std::string> idle = layers_without_step(plan_);
    if (!idle.empty()) text += wrapped("Without a step:", idle, 100);
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      lines.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return lines;
  }

  void write_head(const char* id, const char* colour) {
    out_ << "<marker id=\"" << id
         << "\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
         << "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 Z\" fill=\"" << colour
         << "\"/></marker>\n";
  }

  void write_text(double x, double y, std::string_view text, const char* fill,
                  const char* more = "") {
    out_ << "<text x=\"" << number(x) << "\" y=\"" << number(y) << "\" fill=\"" << fill << "\""
         << more << ">" << xml_text(text) << "</text>\n";
  }

  void write_titles() {
    const double y = DiagramLayout::margin + 8;
    const char* const bold = " font-size=\"15\" font-weight=\"bold\"";
    write_text(DiagramLayout::margin, y, "forward", stroke_of(false), bold);
    if (l_.backward_x > 0) write_text(l_.backward_x, y, "backward", stroke_of(true), bold);
  }

  void write_arrow(std::size_t a) {
    const Route& route = routes_[a];
    out_ << "<path d=\"M" << number(route.points[0].x) << " " << number(route.points[0].y);
    for (std::size_t k = 1; k < route.points.size(); ++k) {
      write_line(route.points[k - 1], route.points[k], route.line);
    }
    out_ << "\"" << arrow_style(d_.is_kept(d_.arrows[a])) << "/>\n";
  }

  static const char* arrow_style(bool kept) {
    return kept ? " fill=\"none\" stroke=\"#8e7cc3\" stroke-dasharray=\"4 3\" "
                  "marker-end=\"url(#kept)\""
                : " fill=\"none\" stroke=\"#555555\" marker-end=\"url(#arrow)\"";
  }

  /// Curves leave and arrive upright, or level.
  void write_line(const Point& p, const Point& q, Route::Line line) {
    if (line == Route::Line::corners || p.x == q.x) {
      out_ << " L" << number(q.x) << " " << number(q.y);
      return;
    }
    const bool level = line == Route::Line::level_curve;
    const Point middle{(p.x + q.x) / 2, (p.y + q.y) / 2};
    const Point first = level ? Point{middle.x, p.y} : Point{p.x, middle.y};
    const Point second = level ? Point{middle.x, q.y} : Point{q.x, middle.y};
    out_ << " C" << number(first.x) << " " << number(first.y) << " " << number(second.x) << " "
         << number(second.y) << " " << number(q.x) << " " << number(q.y);
  }

  void write_box(std::size_t i) {
    const DiagramBox& box = d_.boxes[i];
    const PlacedBox& at = l_.boxes[i];
    const bool is_end = box.work == Work::border_of_plan;
    out_ << "<rect x=\"" << number(at.x - at.width / 2) << "\" y=\"" << number(at.y - at.height / 2)
         << "\" width=\"" << number(at.width) << "\" height=\"" << number(at.height) << "\" rx=\""
         << (is_end ? 12 : 3) << "\" fill=\"" << style_of(box.work).fill << "\" stroke=\""
         << stroke_of(box.backward) << "\"/>\n";
    double y = at.y - at.height / 2 + 1;
    if (box.step >= 0) {
      write_text(at.x - at.width / 2 + 3, y + 8, std::to_string(box.step), "#888888",
                 " font-size=\"8\"");
    }
    for (const std::string& line : box.lines) {
      y += DiagramLayout::line_height;
      const bool is_shape = line.find_first_not_of("0123456789x") == std::string::npos;
      write_text(at.x, y, line, is_shape ? "#666666" : "#000000", " text-anchor=\"middle\"");
    }
  }

  void write_legend(double y) {
    double x = DiagramLayout::margin;
    for (std::size_t w = 0; w < work_styles.size(); ++w) {
      if (w == work_styles.size() / 2) {
        x = DiagramLayout::margin;
        y += DiagramLayout::line_height + 3;
      }
      out_ << "<rect x=\"" << number(x) << "\" y=\"" << number(y - 10)
           << "\" width=\"16\" height=\"12\" fill=\"" << work_styles[w].fill
           << "\" stroke=\"#1f4e79\"/>\n";
      write_text(x + 22, y, work_styles[w].words, "#333333");
      x += 215;
    }
    if (l_.backward_x == 0) return;
    out_ << "<path d=\"M" << number(x) << " " << number(y - 4) << " h26\"" << arrow_style(true)
         << "/>\n";
    write_text(x + 32, y, "kept for the backward pass", "#333333");
  }

  std::ostream& out_;
  const PlanView& plan_;
  Diagram d_;
  DiagramLayout l_;
  std::vector<Route> routes_;
};

}  // namespace detail

/// Writes a plan for Graphviz: a box for each step, with its layers and the shape of its result, an
/// arrow for each value, dashed where it is kept for the backward pass.
///
///     std::ofstream file("plan.dot");
///     cx::write_plan_dot<Net>(file);                       // dot -Tpdf plan.dot -o plan.pdf
///     cx::write_plan_dot<Net, cx::Mode::training>(file);   // the plan of a training pass
///
/// See also   write_plan_svg, plan_table
template <class Net, Mode M = Mode::inference>
void write_plan_dot(std::ostream& out) {
  detail::write_plan_dot(out, detail::plan_view<Net, M>());
}

/// Writes the same as an SVG picture: forward steps run down on the left, backward steps run up on
/// the right, each beside the layers that it belongs to.
///
/// Units      pixels of 1/96 inch
template <class Net, Mode M = Mode::inference>
void write_plan_svg(std::ostream& out) {
  const detail::PlanView plan = detail::plan_view<Net, M>();
  detail::SvgWriter(out, plan).write();
}

}  // namespace convexpr
