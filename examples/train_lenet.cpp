// LeNet-5 learns to tell clothes apart: Fashion-MNIST, from random parameters to a file of trained
// ones.
//
//     train_lenet                                    five epochs, about 90 % of the test images
//     train_lenet --epochs 1 --limit 2000            a quick try
//     train_lenet --save lenet.safetensors           keeps what it learned
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/timer/progress_display.hpp>
#include <convexpr/data/fashion_mnist.hpp>
#include <convexpr/io/safetensors.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>
#include <convexpr/train/fit.hpp>
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/metrics.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

namespace cx = convexpr;

constexpr auto lenet = cx::conv2d<6, {.kernel = 5, .padding = 2}> | cx::relu |  // 6 x 28 x 28
                       cx::max_pool2d<{.kernel = 2}> |                          // 6 x 14 x 14
                       cx::conv2d<16, {.kernel = 5}> | cx::relu |               // 16 x 10 x 10
                       cx::max_pool2d<{.kernel = 2}> |                          // 16 x 5 x 5
                       cx::flatten | cx::linear<120> | cx::relu | cx::linear<84> | cx::relu |
                       cx::linear<10>;
using LeNet = cx::Network<decltype(lenet), cx::Input<1, 28, 28>>;
static_assert(LeNet::parameter_count == 61'706);
static_assert(LeNet::output_shape == cx::shape(10));

namespace {

struct Arguments {
  std::string data = "/usr/share/datasets/fashion-mnist";
  int epochs = 5;
  std::size_t batch_size = 64;
  float learning_rate = 0.05F;
  float momentum = 0.9F;
  std::uint64_t seed = 0;
  std::size_t limit = 60'000;
  std::string save;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("--data", arguments.data, "Folder of the four files of Fashion-MNIST");
  app.add_option("--epochs", arguments.epochs, "Times that every image is seen")
      ->check(CLI::Range(1, 1000));
  app.add_option("--batch-size", arguments.batch_size, "Images in one step")
      ->check(CLI::Range(1, 60'000));
  app.add_option("--learning-rate", arguments.learning_rate,
                 "Learning rate of the first step; it falls to 0 along a cosine");
  app.add_option("--momentum", arguments.momentum, "Share of a step that the next one repeats");
  app.add_option("--seed", arguments.seed, "Of the first parameters and of the images' order");
  app.add_option("--limit", arguments.limit, "Train on the first N images only")
      ->check(CLI::Range(1, 60'000));
  app.add_option("--save", arguments.save, "Write the parameters to this .safetensors file");
  for (CLI::Option* option : app.get_options()) option->capture_default_str();
}

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

void train(const Arguments& arguments) {
  cx::FashionMnist data = cx::load_fashion_mnist(arguments.data);
  data.train.images.resize(std::min(arguments.limit, data.train.size()));
  data.train.labels.resize(data.train.images.size());
  LeNet net;
  cx::initialize(net, {.seed = arguments.seed});
  cx::fit(net, data.train,
          {.epochs = arguments.epochs,
           .batch_size = arguments.batch_size,
           .sgd = {.learning_rate = arguments.learning_rate, .momentum = arguments.momentum},
           .schedule = cx::cosine_decay(arguments.epochs),
           .seed = arguments.seed},
          Console(net, data.test));
  if (!arguments.save.empty()) cx::save_safetensors(net, arguments.save);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Trains LeNet-5 on Fashion-MNIST.", "train_lenet");
  declare(app, arguments);
  try {
    app.parse(argc, argv);
    train(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;  // --help comes this way too
  } catch (const std::exception& error) {
    std::cerr << "train_lenet: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
