// GoogLeNet: its table, checked against the paper while compiling, and the classes it sees in a
// picture.
//
//     googlenet                                     prints the table
//     googlenet --weights googlenet.safetensors --picture shuttle.ppm --labels synset_words.txt
#include "architectures/googlenet.hpp"

#include <algorithm>
#include <array>
#include <convexpr/data/picture.hpp>
#include <convexpr/inspect/summary.hpp>
#include <convexpr/io/safetensors.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "command_line.hpp"

namespace cx = convexpr;

using GoogLeNet = cx::Network<decltype(architectures::googlenet), cx::Input<3, 224, 224>>;

// Table 1 of the paper, stage by stage.
static_assert(GoogLeNet::shape_at<"conv1"> == cx::shape(64, 112, 112));
static_assert(GoogLeNet::shape_at<"pool1"> == cx::shape(64, 56, 56));
static_assert(GoogLeNet::shape_at<"conv2"> == cx::shape(192, 56, 56));
static_assert(GoogLeNet::shape_at<"pool2"> == cx::shape(192, 28, 28));
static_assert(GoogLeNet::shape_at<"inception_3a"> == cx::shape(256, 28, 28));
static_assert(GoogLeNet::shape_at<"inception_3b"> == cx::shape(480, 28, 28));
static_assert(GoogLeNet::shape_at<"pool3"> == cx::shape(480, 14, 14));
static_assert(GoogLeNet::shape_at<"inception_4a"> == cx::shape(512, 14, 14));
static_assert(GoogLeNet::shape_at<"inception_4b"> == cx::shape(512, 14, 14));
static_assert(GoogLeNet::shape_at<"inception_4c"> == cx::shape(512, 14, 14));
static_assert(GoogLeNet::shape_at<"inception_4d"> == cx::shape(528, 14, 14));
static_assert(GoogLeNet::shape_at<"inception_4e"> == cx::shape(832, 14, 14));
static_assert(GoogLeNet::shape_at<"pool4"> == cx::shape(832, 7, 7));
static_assert(GoogLeNet::shape_at<"inception_5a"> == cx::shape(832, 7, 7));
static_assert(GoogLeNet::shape_at<"inception_5b"> == cx::shape(1024, 7, 7));
static_assert(GoogLeNet::shape_at<"pool5"> == cx::shape(1024, 1, 1));
static_assert(GoogLeNet::output_shape == cx::shape(1000));
static_assert(GoogLeNet::parameter_count == 6'998'552);
static_assert(GoogLeNet::plan.copies == 0);
// 57 convolutions in 39 steps, since siblings run together; the others are pools, responses and the
// dense end. Concats, activations and dropout cost none.
static_assert(GoogLeNet::plan.steps.size() == 57);
static_assert(GoogLeNet::inference_arena_bytes <= 4'500'000);

namespace {

struct Arguments {
  std::string weights;
  std::string picture;
  std::string labels;
  bool no_mean = false;
  bool summary = false;
};

/// Line i, counted from 0, names class i; the first word of a line is an identifier.
std::vector<std::string> read_labels(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw cx::FileError(path, "the file cannot be opened");
  std::vector<std::string> labels;
  for (std::string line; std::getline(file, line);) labels.push_back(line);
  const auto classes = static_cast<std::size_t>(GoogLeNet::output_shape.channels);
  if (labels.size() != classes) {
    throw cx::FileError(path, "expected " + std::to_string(classes) +
                                  " lines, one for each class, "
                                  "found " +
                                  std::to_string(labels.size()));
  }
  return labels;
}

void classify(const Arguments& arguments) {
  GoogLeNet net;
  cx::load_safetensors(net, arguments.weights, {.rename = architectures::name_in_googlenet});
  cx::PictureOptions options{.order = cx::ChannelOrder::bgr};
  if (!arguments.no_mean) options.mean = {104.0F, 117.0F, 123.0F};  // of the training pictures
  const auto x = cx::to_tensor<224, 224>(cx::read_picture(arguments.picture), options);
  std::vector<std::string> labels;
  if (!arguments.labels.empty()) labels = read_labels(arguments.labels);

  const auto& probabilities = net.forward(x);
  std::array<int, 1000> classes{};
  std::iota(classes.begin(), classes.end(), 0);
  std::partial_sort(classes.begin(), classes.begin() + 5, classes.end(),
                    [&](int a, int b) { return probabilities(a) > probabilities(b); });
  for (int i = 0; i < 5; ++i) {
    const int c = classes[static_cast<std::size_t>(i)];
    const std::string name = labels.empty() ? "" : "  " + labels[static_cast<std::size_t>(c)];
    std::printf("%8.5f  class %3d%s\n", static_cast<double>(probabilities(c)), c, name.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  command_line::options::options_description options("Options");
  using command_line::options::bool_switch;
  using command_line::options::value;
  options.add_options()  //
      ("weights", value(&arguments.weights)->value_name("FILE"),
       "the trained weights, a .safetensors file with Caffe's names")  //
      ("picture", value(&arguments.picture)->value_name("FILE"),
       "224 x 224 pixels; PPM, PNG or JPEG")  //
      ("labels", value(&arguments.labels)->value_name("FILE"),
       "a text file: line i, from 0, names class i")  //
      ("no-mean", bool_switch(&arguments.no_mean),
       "do not subtract the mean of the training pictures")  //
      ("summary", bool_switch(&arguments.summary), "print the table, as without options");
  const auto work = [&] {
    if (arguments.weights.empty() != arguments.picture.empty()) {
      throw std::invalid_argument("--weights and --picture go together");
    }
    if (arguments.summary || arguments.weights.empty()) std::cout << cx::summary<GoogLeNet>();
    if (!arguments.weights.empty()) classify(arguments);
  };
  return command_line::run(argc, argv, "googlenet",
                           "Prints GoogLeNet's table, or the five likeliest classes of a picture.",
                           options, work);
}
