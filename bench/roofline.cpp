// The picture: one mark for each convolution, over its operations a byte and at its share of the
// peak, below the lines that no direct convolution and no byte can pass.
#include <array>
#include <cmath>

#include "report.hpp"

namespace convexpr::bench {

namespace {

constexpr double width = 960;
constexpr double height = 600;
constexpr double left = 80;
constexpr double right = 190;  // for the legend
constexpr double top = 40;
constexpr double bottom = 60;
constexpr double least_x = 0.5;
constexpr double most_x = 1000;
constexpr double least_y = 0.05;
constexpr double most_y = 5;

constexpr std::array colours{"#1b6ca8", "#c8553d", "#3c8d4f", "#7b4fa3"};

double x_of(double intensity) {
  const double clamped = std::fmin(std::fmax(intensity, least_x), most_x);
  return left + (width - left - right) * std::log(clamped / least_x) / std::log(most_x / least_x);
}
double y_of(double share) {
  const double clamped = std::fmin(std::fmax(share, least_y), most_y);
  return height - bottom -
         (height - top - bottom) * std::log(clamped / least_y) / std::log(most_y / least_y);
}

void line(std::string& svg, double x1, double y1, double x2, double y2, const char* style) {
  print(svg, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, style);
}
void words(std::string& svg, double x, double y, const char* style, const char* text) {
  print(svg, "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, style, text);
}

void axes(std::string& svg) {
  for (const double x : {0.5, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0}) {
    line(svg, x_of(x), top, x_of(x), height - bottom, "stroke=\"#e4e4e4\"");
    std::string number;
    print(number, "%g", x);
    words(svg, x_of(x), height - bottom + 18, "text-anchor=\"middle\"", number.c_str());
  }
  for (const double y : {0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0}) {
    line(svg, left, y_of(y), width - right, y_of(y), "stroke=\"#e4e4e4\"");
    std::string number;
    print(number, "%g", y);
    words(svg, left - 8, y_of(y) + 4, "text-anchor=\"end\"", number.c_str());
  }
  words(svg, (left + width - right) / 2, height - 16, "text-anchor=\"middle\"",
        "operations for each byte of input, weights and output");
  print(svg,
        "<text transform=\"translate(24 %.1f) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
        (top + height - bottom) / 2, "rate of a direct convolution's operations / peak");
}

void limits(std::string& svg, const Limits& l) {
  line(svg, left, y_of(1), width - right, y_of(1), "stroke=\"#333\" stroke-width=\"1.5\"");
  words(svg, left + 6, y_of(1) - 6, "fill=\"#333\"", "multiply-adds on registers: the floor");
  line(svg, left, y_of(4), width - right, y_of(4), "stroke=\"#333\" stroke-dasharray=\"5 4\"");
  words(svg, left + 6, y_of(4) - 6, "fill=\"#333\"",
        "with a quarter of the multiplications (4x4 tiles)");
  for (std::size_t i = 1; i < l.levels.size(); ++i) {  // the first is beyond all convolutions
    const Level& level = l.levels[i];
    const double bytes_a_flop = level.copy * 1e-9 / l.peak;
    const double from = std::fmax(least_x, least_y / bytes_a_flop);
    const double to = std::fmin(most_x, 4 / bytes_a_flop);
    line(svg, x_of(from), y_of(from * bytes_a_flop), x_of(to), y_of(to * bytes_a_flop),
         "stroke=\"#999\"");
    const double at = std::fmax(from * 1.05, 0.05 * static_cast<double>(i) / bytes_a_flop);
    words(svg, x_of(at) + 6, y_of(at * bytes_a_flop) + 12, "fill=\"#777\"", level.name);
  }
}

void marks(std::string& svg, const std::vector<Series>& picture) {
  const double x = width - right + 24;
  double y = top + 10;
  for (std::size_t i = 0; i < picture.size(); ++i) {
    const char* const colour = colours[i % colours.size()];
    for (const Point& p : picture[i].points) {
      print(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"none\" stroke=\"%s\"/>\n",
            x_of(p.intensity), y_of(p.theirs), colour);
    }
    for (const Point& p : picture[i].points) {
      print(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\" fill-opacity=\"0.85\"/>\n",
            x_of(p.intensity), y_of(p.share), colour);
    }
    print(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\"/>\n", x, y, colour);
    words(svg, x + 12, y + 4, "", picture[i].name.c_str());
    y += 22;
  }
  print(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"none\" stroke=\"#333\"/>\n", x, y);
  words(svg, x + 12, y + 4, "", "the same by oneDNN");
}

}  // namespace

std::string roofline(const Report& report) {
  std::string svg;
  print(svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
        "height=\"%.0f\" font-family=\"sans-serif\" font-size=\"13\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
        width, height, width, height);
  words(svg, left, 24, "font-size=\"15\"",
        "Convolutions forward, one example, one thread, operands in the caches");
  axes(svg);
  limits(svg, report.limits);
  marks(svg, report.picture);
  svg += "</svg>\n";
  return svg;
}

}  // namespace convexpr::bench
