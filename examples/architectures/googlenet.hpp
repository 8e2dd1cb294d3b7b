// GoogLeNet as a type.
//
// Source: Szegedy et al., "Going deeper with convolutions", CVPR 2015, Table 1; geometry and names
// of the layers as in the BVLC GoogLeNet of the Caffe model zoo, whose pools round up.
#pragma once

#include <convexpr/layers/layers.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace architectures {

namespace cx = convexpr;

/// A convolution of the network, called `Name`, and its activation.
template <cx::text Name, int Out, cx::Conv2dOptions Options>
inline constexpr auto convolution = cx::named<Name>(cx::conv2d<Out, Options>) | cx::relu;

/// Figure 2b: 1x1, 3x3 and 5x5 convolutions and a pool, side by side; the wider ones behind a 1x1
/// that narrows their input.
template <int C1, int R3, int C3, int R5, int C5, int P>
inline constexpr auto inception =
    cx::concat(convolution<"1x1", C1, {.kernel = 1}>,
               convolution<"3x3_reduce", R3, {.kernel = 1}> |
                   convolution<"3x3", C3, {.kernel = 3, .padding = 1}>,
               convolution<"5x5_reduce", R5, {.kernel = 1}> |
                   convolution<"5x5", C5, {.kernel = 5, .padding = 2}>,
               cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> |
                   convolution<"pool_proj", P, {.kernel = 1}>);

inline constexpr auto downsample = cx::max_pool2d<{.kernel = 3, .stride = 2, .ceil_mode = true}>;
inline constexpr auto respond = cx::local_response_norm<{.size = 5, .alpha = 1e-4F, .beta = 0.75F}>;

/// From the picture to the block after which the first side output leaves.
inline constexpr auto googlenet_until_4a =
    cx::named<"conv1">(convolution<"7x7_s2", 64, {.kernel = 7, .stride = 2, .padding = 3}>) |
    cx::named<"pool1">(downsample) | respond |
    cx::named<"conv2">(convolution<"3x3_reduce", 64, {.kernel = 1}> |
                       convolution<"3x3", 192, {.kernel = 3, .padding = 1}>) |
    respond | cx::named<"pool2">(downsample) |
    cx::named<"inception_3a">(inception<64, 96, 128, 16, 32, 32>) |
    cx::named<"inception_3b">(inception<128, 128, 192, 32, 96, 64>) |
    cx::named<"pool3">(downsample) | cx::named<"inception_4a">(inception<192, 96, 208, 16, 48, 64>);

/// On to the block after which the second one leaves.
inline constexpr auto googlenet_until_4d =
    cx::named<"inception_4b">(inception<160, 112, 224, 24, 64, 64>) |
    cx::named<"inception_4c">(inception<128, 128, 256, 24, 64, 64>) |
    cx::named<"inception_4d">(inception<112, 144, 288, 32, 64, 64>);

/// On to the scores of the classes, before the softmax.
inline constexpr auto googlenet_until_scores =
    cx::named<"inception_4e">(inception<256, 160, 320, 32, 128, 128>) |
    cx::named<"pool4">(downsample) |
    cx::named<"inception_5a">(inception<256, 160, 320, 32, 128, 128>) |
    cx::named<"inception_5b">(inception<384, 192, 384, 48, 128, 128>) |
    cx::named<"pool5">(cx::global_avg_pool2d) | cx::flatten | cx::dropout<0.4> |
    cx::named<"loss3">(cx::named<"classifier">(cx::linear<1000>));

inline constexpr auto googlenet =
    googlenet_until_4a | googlenet_until_4d | googlenet_until_scores | cx::softmax;

/// A classifier of its own in the middle of the network, so that the gradient has a short way to
/// the first layers (section 5 of the paper).
inline constexpr auto auxiliary_classifier =
    cx::avg_pool2d<{.kernel = 5, .stride = 3}> | cx::named<"conv">(cx::conv2d<128, {.kernel = 1}>) |
    cx::relu | cx::flatten | cx::named<"fc">(cx::linear<1024>) | cx::relu | cx::dropout<0.7> |
    cx::named<"classifier">(cx::linear<1000>);

/// The network as it is trained: scores, with two side outputs.
inline constexpr auto googlenet_with_heads =
    googlenet_until_4a | cx::head<"loss1">(auxiliary_classifier) | googlenet_until_4d |
    cx::head<"loss2">(auxiliary_classifier) | googlenet_until_scores;

/// The network's name of a tensor that Caffe calls `name`. Only blocks of inception differ: there
/// the layers of Caffe stand side by side, while a `concat` numbers its branches.
///
///     inception_3a.3x3.weight  ->  inception_3a.1.3x3.weight
inline std::string name_in_googlenet(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> branches[] = {
      {"1x1", "0"},        {"3x3_reduce", "1"}, {"3x3", "1"},
      {"5x5_reduce", "2"}, {"5x5", "2"},        {"pool_proj", "3"}};
  const std::size_t block = name.find('.');
  if (!name.starts_with("inception_") || block == std::string_view::npos) return std::string(name);
  const std::string_view layer = name.substr(block + 1, name.rfind('.') - block - 1);
  for (const auto& [of_caffe, branch] : branches) {
    if (layer == of_caffe) {
      return std::string(name.substr(0, block + 1)).append(branch).append(name.substr(block));
    }
  }
  return std::string(name);
}

}  // namespace architectures
