// A picture through a fixed filter: networks without a parameter, on pictures of any size.
//
//     filter_picture --output edges.ppm                       the edges of a disc that it draws
//     filter_picture --picture shuttle.png --filter blur --output blurred.ppm
//
// A network has one size of input, so it makes the picture in tiles. Each reads as many pixels
// beside its own as the network's receptive field asks for; the outermost pixels are repeated.
#include <algorithm>
#include <array>
#include <cmath>
#include <convexpr/convexpr.hpp>
#include <convexpr/data/picture.hpp>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include "command_line.hpp"

namespace cx = convexpr;

namespace {

constexpr auto smooth = cx::filter2d<cx::gaussian<5>>;

constexpr auto edges = smooth | cx::concat(cx::filter2d<cx::sobel_x>, cx::filter2d<cx::sobel_y>);
constexpr auto blur = cx::filter2d<cx::gaussian<13>>;
constexpr auto relief = smooth | cx::filter2d<cx::taps({{1, 1, 0}, {1, 0, -1}, {0, -1, -1}})>;
constexpr auto laplacian = smooth | cx::filter2d<cx::laplacian>;
constexpr auto sharpen = cx::filter2d<cx::taps({{0, -1, 0}, {-1, 5, -1}, {0, -1, 0}})>;

constexpr int tile = 96;  // rows and columns that a network makes at a time

/// How many rows and columns a filter reads besides those that it makes.
template <class Filter>
constexpr cx::Extent2 beside = [] {
  constexpr cx::Extent2 field = cx::Network<Filter, cx::Input<3, 64, 64>>::receptive_field.size;
  return cx::Extent2(field.h - 1, field.w - 1);
}();

/// A value of one colour; of the slopes along both axes, how steep it is.
template <class Net>
float value_at(const typename Net::OutputTensor& y, int c, int i, int j) {
  if constexpr (Net::output_shape.channels == 6) {
    return std::hypot(y(c, i, j), y(c + 3, i, j));
  } else {
    return y(c, i, j);
  }
}

/// The picture that `Filter` makes of another; its values are multiplied by `scale` and moved by
/// `offset` to what pixels can hold.
template <class Filter>
cx::Picture filtered(const cx::Picture& from, float scale, float offset) {
  constexpr cx::Extent2 more = beside<Filter>;
  using Net = cx::Network<Filter, cx::Input<3, tile + more.h, tile + more.w>>;
  static_assert(Net::parameter_count == 0);
  static_assert(Net::output_shape.height == tile && Net::output_shape.width == tile);
  Net net;
  cx::Tensor<float, 3, tile + more.h, tile + more.w> x;
  cx::Picture to{.height = from.height, .width = from.width, .rgb = from.rgb};
  const auto place = [&](int i, int j, int c) {
    return static_cast<std::size_t>((i * from.width + j) * 3 + c);
  };
  for (int top = 0; top < from.height; top += tile) {
    for (int left = 0; left < from.width; left += tile) {
      for (int i = 0; i < Net::input_shape.height; ++i) {
        const int row = std::clamp(top + i - more.h / 2, 0, from.height - 1);
        for (int j = 0; j < Net::input_shape.width; ++j) {
          const int column = std::clamp(left + j - more.w / 2, 0, from.width - 1);
          for (int c = 0; c < 3; ++c)
            x(c, i, j) = static_cast<float>(from.rgb[place(row, column, c)]);
        }
      }
      const auto& y = net.forward(x);
      for (int i = 0; i < std::min(tile, from.height - top); ++i) {
        for (int j = 0; j < std::min(tile, from.width - left); ++j) {
          for (int c = 0; c < 3; ++c) {
            const float value = value_at<Net>(y, c, i, j) * scale + offset;
            to.rgb[place(top + i, left + j, c)] =
                static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
          }
        }
      }
    }
  }
  return to;
}

struct Choice {
  std::string_view name;
  cx::Picture (*run)(const cx::Picture&, float, float);
  float scale;
  float offset;
};

// A straight edge from black to white is 4 * 255 to a Sobel filter, of which the Gaussian before it
// leaves 5/8: with 0.4 it becomes white.
constexpr std::array choices{
    Choice{"edges", &filtered<decltype(edges)>, 0.4F, 0},
    Choice{"blur", &filtered<decltype(blur)>, 1, 0},
    Choice{"relief", &filtered<decltype(relief)>, 0.5F, 128},
    Choice{"laplacian", &filtered<decltype(laplacian)>, 1, 128},
    Choice{"sharpen", &filtered<decltype(sharpen)>, 1, 0},
};

const Choice& chosen(const std::string& name) {
  std::string names;
  for (const Choice& c : choices) {
    if (c.name == name) return c;
    if (!names.empty()) names += &c == &choices.back() ? " or " : ", ";
    names += c.name;
  }
  throw std::invalid_argument("--filter must be " + names + ", not " + name);
}

/// A light disc on dark ground.
cx::Picture disc() {
  cx::Picture picture{.height = 150, .width = 200, .rgb = {}};
  for (int i = 0; i < picture.height; ++i) {
    for (int j = 0; j < picture.width; ++j) {
      const bool inside = (i - 70) * (i - 70) + (j - 90) * (j - 90) < 50 * 50;
      picture.rgb.insert(picture.rgb.end(), 3, inside ? 200 : 40);
    }
  }
  return picture;
}

struct Arguments {
  std::string picture;
  std::string filter = "edges";
  std::string output;
};

void filter(const Arguments& arguments) {
  const Choice& choice = chosen(arguments.filter);
  const cx::Picture from = arguments.picture.empty() ? disc() : cx::read_picture(arguments.picture);
  const cx::Picture to = choice.run(from, choice.scale, choice.offset);
  cx::write_ppm(to, arguments.output);
  const auto [darkest, lightest] = std::minmax_element(to.rgb.begin(), to.rgb.end());
  std::printf("%s: %d x %d pixels from %d to %d\n", arguments.output.c_str(), to.height, to.width,
              *darkest, *lightest);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  command_line::options::options_description options("Options");
  using command_line::options::value;
  options.add_options()  //
      ("picture", value(&arguments.picture)->value_name("FILE"),
       "PPM, PNG or JPEG; a disc if none is given")  //
      ("filter", command_line::option(arguments.filter, "NAME"),
       "edges, blur, relief, laplacian or sharpen")  //
      ("output", value(&arguments.output)->required()->value_name("FILE"),
       "where the filtered picture goes, as PPM");
  return command_line::run(argc, argv, "filter_picture",
                           "Filters a picture: its edges, or what --filter names.", options,
                           [&] { filter(arguments); });
}
