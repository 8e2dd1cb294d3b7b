// Networks that are no chains: long skips, layers that share parameters, side outputs, and one set
// of parameters for two sizes of input. docs/how-to/build_graphs.md goes through it.
#include <cmath>
#include <convexpr/convexpr.hpp>
#include <convexpr/data/dataset.hpp>
#include <cstddef>
#include <cstdio>
#include <type_traits>
#include <vector>

#include "architectures/unet.hpp"
#include "command_line.hpp"

namespace cx = convexpr;

// The U-Net of the paper, whose figure 1 gives these shapes.
using UNet = cx::Network<decltype(architectures::unet<2, 0>), cx::Input<1, 572, 572>>;
static_assert(UNet::output_shape == cx::shape(2, 388, 388));
static_assert(UNet::parameter_count == 31'030'658);

// Long skips, in small.
template <int Channels>
constexpr auto block = cx::conv2d<Channels, {.kernel = 3, .padding = 1}> | cx::relu;
constexpr auto skips = block<16> | cx::tap<"fine"> | cx::max_pool2d<{.kernel = 2}> | block<32> |
                       cx::upsample<{.scale = 2}> | cx::conv2d<16, {.kernel = 1}> |
                       cx::concat_with<"fine"> | block<16> | cx::conv2d<2, {.kernel = 1}>;
using Skips = cx::Network<decltype(skips), cx::Input<1, 24, 32>>;
static_assert(Skips::output_shape == cx::shape(2, 24, 32));

// One classifier on two scales of an image.
constexpr auto classifier =
    cx::shared<"classifier">(block<16> | cx::global_avg_pool2d | cx::flatten | cx::linear<5>);
constexpr auto scales = cx::sum(classifier, cx::avg_pool2d<{.kernel = 2}> | classifier);
using Scales = cx::Network<decltype(scales), cx::Input<3, 24, 32>>;
static_assert(Scales::parameter_count == 16 * 27 + 16 + 5 * 16 + 5);

// A side output that helps the first layers to learn.
constexpr auto classes = cx::global_avg_pool2d | cx::flatten | cx::linear<2>;
constexpr auto sides =
    block<8> | cx::head<"early">(classes) | cx::max_pool2d<{.kernel = 2}> | block<8> | classes;
using Small = cx::Network<decltype(sides), cx::Input<1, 8, 8>>;
static_assert(Small::heads[0].name == "early" && Small::heads[0].output_shape == cx::shape(2));
static_assert(Small::macs == 64 * 8 * 9 + 16 * 8 * 8 * 9 + 2 * 8);  // of `forward`

// The same parameters on larger images.
using Large = cx::Network<decltype(sides), cx::Input<1, 12, 20>>;

namespace {

/// Images with horizontal or with vertical stripes.
template <int H, int W>
cx::Dataset<1, H, W> stripes(std::size_t count) {
  cx::Dataset<1, H, W> data{.images = cx::Batch<float, 1, H, W>(count), .labels = {}};
  for (std::size_t n = 0; n < count; ++n) {
    const bool vertical = n % 2 == 1;
    for (int i = 0; i < H; ++i) {
      for (int j = 0; j < W; ++j) {
        data.images[n](0, i, j) = ((vertical ? j : i) + static_cast<int>(n / 2)) % 2 == 0 ? 1 : -1;
      }
    }
    data.labels.push_back(vertical ? 1 : 0);
  }
  return data;
}

/// How far the head is from the labels, and the gradient that pulls it there.
double pull(const Small::HeadBatches& outputs, const std::vector<int>& labels,
            Small::HeadBatches& gradients) {
  return cx::softmax_cross_entropy(outputs.at<"early">(), labels, gradients.at<"early">()).value;
}

/// One step by hand, what `fit` does many times.
double step(Small& net, const cx::Dataset<1, 8, 8>& data, cx::Backpropagation<Small>& pass,
            cx::Sgd<Small>& sgd) {
  Small::OutputBatch dlogits;
  Small::HeadBatches dheads;
  const auto& logits = pass.forward(net, data.images);
  double loss = cx::softmax_cross_entropy(logits, data.labels, dlogits).value;
  loss += pull(pass.heads(), data.labels, dheads);
  pass.backward(net, dlogits, dheads);
  sgd.step(net, pass.gradient());
  return loss;
}

bool train() {
  Small net;
  cx::initialize(net, {.seed = 2});
  Large large{net};  // refers to net's parameters: trained, too

  const auto data = stripes<8, 8>(16);
  cx::Backpropagation<Small> pass;
  cx::Sgd<Small> sgd(net, {.learning_rate = 0.1F, .momentum = 0.9F});
  std::printf("loss of a first step by hand: %.3f\n", step(net, data, pass, sgd));
  const auto reports =
      cx::fit(net, data,
              {.epochs = 30, .batch_size = 8, .sgd = {.learning_rate = 0.1F}, .head_weight = 0.3F});
  std::printf("loss after %zu epochs: %.3f\n", reports.size(), reports.back().loss);

  const double small_images = cx::accuracy(net, data);
  const double large_images = cx::accuracy(large, stripes<12, 20>(16));
  std::printf("right on 8x8: %.2f, on 12x20: %.2f\n", small_images, large_images);
  return small_images == 1 && large_images == 1;
}

/// A shared layer's gradient: the sum over its uses.
bool share() {
  Scales net;
  cx::initialize(net, {.seed = 1});
  Scales::InputBatch xs(1);
  xs.fill(1);
  Scales::OutputBatch dys(1);
  dys.fill(1);
  const auto [ys, dxs, gradient] = cx::vjp(net, xs, dys);
  const std::vector<cx::NamedTensor> dict = cx::state_dict(gradient);
  for (const cx::NamedTensor& t : dict) std::printf("%s\n", t.name.c_str());
  return dict.size() == 4 && dict.back().values[0] == 2;  // the last bias: 1 for each of two uses
}

}  // namespace

static int show() {
  std::printf("U-Net: %lld parameters, %.0f billion MACs, an arena of %.0f MB\n",
              UNet::parameter_count, static_cast<double>(UNet::macs) * 1e-9,
              static_cast<double>(UNet::inference_arena_bytes) * 1e-6);
  Skips net;
  cx::initialize(net, {.seed = 1});
  const cx::Tensor<float, 1, 24, 32> x;
  std::printf("a small one: output at (0, 0) %.3f\n", double{net.forward(x)(0, 0, 0)});
  const bool shared = share();
  const bool trained = train();
  return shared && trained ? 0 : 1;
}

int main(int argc, char** argv) {
  return command_line::run(argc, argv, "build_graphs",
                           "Builds networks with long skips, shared layers and side outputs.",
                           show);
}
