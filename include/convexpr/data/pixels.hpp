// A picture in memory, and the step from it to a tensor.
#pragma once

#include <array>
#include <convexpr/tensor/tensor.hpp>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace convexpr {

/// A picture in memory: red, green and blue of one pixel after the other, row by row from the top.
///
/// Ensures    rgb.size() is height * width * 3
struct Picture {
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> rgb;
};

/// A picture whose size is not what a network wants.
class PictureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Which colour is a tensor's first channel.
enum class ChannelOrder { rgb, bgr };

/// Options of `to_tensor`.
struct PictureOptions {
  ChannelOrder order = ChannelOrder::rgb;
  std::array<float, 3> mean = {0.0F, 0.0F, 0.0F};  // in the tensor's order of channels
  float scale = 1.0F;
};

/// Pixels above which a picture is refused: it would take 200 MB, and a few bytes can claim it.
inline constexpr long long most_picture_pixels = 1LL << 26;

/// A picture as the input of a network.
///
///     y[c,i,j] = (pixel[i,j,c] - mean[c]) * scale
///
/// Shapes     y: 3 x H x W
/// Units      pixels from 0 to 255: scale 1/255 gives values from 0 to 1
/// Errors     PictureError: the picture is not H x W; nothing is scaled or cropped
template <int H, int W>
Tensor<float, 3, H, W> to_tensor(const Picture& picture, const PictureOptions& options = {}) {
  if (picture.height != H || picture.width != W) {
    throw PictureError("the picture must have " + std::to_string(H) + " x " + std::to_string(W) +
                       " pixels (height x width), but has " + std::to_string(picture.height) +
                       " x " + std::to_string(picture.width));
  }
  Tensor<float, 3, H, W> y;
  constexpr std::size_t plane = static_cast<std::size_t>(H) * W;
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t colour = options.order == ChannelOrder::bgr ? 2 - c : c;
    for (std::size_t p = 0; p < plane; ++p) {
      const auto value = static_cast<float>(picture.rgb[p * 3 + colour]);
      y.data()[c * plane + p] = (value - options.mean[c]) * options.scale;
    }
  }
  return y;
}

}  // namespace convexpr
