// LeNet-5 learns to tell clothes apart: Fashion-MNIST, from random parameters to a file of trained
// ones.
//
//     train_lenet                                    five epochs, about 90 % of the test images
//     train_lenet --epochs 1 --limit 2000            a quick try
//     train_lenet --save lenet.safetensors           keeps what it learned
#include <algorithm>
#include <boost/timer/progress_display.hpp>
#include <convexpr/data/fashion_mnist.hpp>
#include <convexpr/io/safetensors.hpp>
#include <convexpr/network/network.hpp>
#include <convexpr/train/fit.hpp>
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/metrics.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include "architectures/lenet5.hpp"
#include "command_line.hpp"

namespace cx = convexpr;

using LeNet = cx::Network<decltype(architectures::lenet5), cx::Input<1, 28, 28>>;
static_assert(LeNet::parameter_count == 61'706);
static_assert(LeNet::output_shape == cx::shape(10));

namespace {

struct Arguments {
  std::string data = "/usr/share/datasets/fashion-mnist";
  int epochs = 5;
  int batch_size = 64;
  double learning_rate = 0.05;
  double momentum = 0.9;
  unsigned seed = 0;
  int limit = 60'000;
  std::string save;
};

/// Draws a bar while an epoch runs and says in one line how it went.
class Console final {
 public:
  Console(LeNet& net, const cx::Dataset<1, 28, 28>& test) : net_(net), test_(test) {}

  void operator()(const cx::BatchReport& report) {
    if (report.batch == 1) {
      bar_.emplace(report.batches, std::cerr, "epoch " + std::to_string(report.epoch) + "\n");
    }
    ++*bar_;
  }
  void operator()(const cx::EpochReport& report) {
    std::printf("epoch %d: loss %.4f, train %.2f %%, test %.2f %%, %.0f images/s\n", report.epoch,
                report.loss, 100 * report.train_accuracy, 100 * cx::accuracy(net_, test_),
                report.images_per_second);
    std::fflush(stdout);
  }

 private:
  LeNet& net_;
  const cx::Dataset<1, 28, 28>& test_;
  std::optional<boost::timer::progress_display> bar_;
};

/// Better now than after minutes of training.
void check_place(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (!std::filesystem::is_directory(folder)) {
    throw cx::FileError(file, "the folder to save it in does not exist");
  }
}

void train(const Arguments& arguments) {
  if (!arguments.save.empty()) check_place(arguments.save);
  cx::FashionMnist data = cx::load_fashion_mnist(arguments.data);
  data.train.images.resize(std::min(static_cast<std::size_t>(arguments.limit), data.train.size()));
  data.train.labels.resize(data.train.images.size());
  LeNet net;
  cx::initialize(net, {.seed = arguments.seed});
  cx::fit(net, data.train,
          {.epochs = arguments.epochs,
           .batch_size = static_cast<std::size_t>(arguments.batch_size),
           .sgd = {.learning_rate = static_cast<float>(arguments.learning_rate),
                   .momentum = static_cast<float>(arguments.momentum)},
           .schedule = cx::cosine_decay(arguments.epochs),
           .seed = arguments.seed},
          Console(net, data.test));
  if (arguments.save.empty()) return;
  cx::save_safetensors(net, arguments.save);
  std::printf("saved %s\n", arguments.save.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  command_line::options::options_description options("Options");
  using command_line::at_least_one;
  using command_line::option;
  options.add_options()                                                      //
      ("data", option(a.data, "FOLDER"), "the four files of Fashion-MNIST")  //
      ("epochs", option(a.epochs, "N")->notifier(at_least_one("--epochs")),
       "times that every image is seen")  //
      ("batch-size", option(a.batch_size, "N")->notifier(at_least_one("--batch-size")),
       "images in one step")  //
      ("learning-rate", option(a.learning_rate, "RATE"),
       "of the first step; it falls to 0 along a cosine")                                //
      ("momentum", option(a.momentum, "SHARE"), "of a step that the next one repeats")   //
      ("seed", option(a.seed, "N"), "of the first parameters and of the images' order")  //
      ("limit", option(a.limit, "N")->notifier(at_least_one("--limit")),
       "train on the first N images only")  //
      ("save", option(a.save, "FILE"), "write the parameters to this .safetensors file");
  return command_line::run(argc, argv, "train_lenet", "Trains LeNet-5 on Fashion-MNIST.", options,
                           [&] { train(a); });
}
