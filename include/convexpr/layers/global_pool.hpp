// Pooling over whole images and whole sequences: one value is left of each channel.
#pragma once

#include <convexpr/layers/checks.hpp>
#include <convexpr/layers/layer.hpp>

namespace convexpr {

namespace detail {

/// One window over all there is.
constexpr void declare_global_pool(Kind kind, Shape in, Declaration& d) {
  d.op.kind = kind;
  d.op.window = {{in.height, in.width}, {1}, {1}, {0}};
  d.op.out = {in.channels, 1, 1, in.rank};
}

}  // namespace detail

/// The mean of each channel.
///
/// Shapes     x: C x H x W    y: C x 1 x 1
/// Errors     while compiling: the input is no image
/// Source     Lin, Chen, Yan, "Network in network", 2013
/// See also   PyTorch's torch.nn.AdaptiveAvgPool2d(1)
struct GlobalAvgPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::require_image("global_avg_pool2d", in, d);
    detail::declare_global_pool(Kind::global_avg_pool2d, in, d);
  }
};

inline constexpr GlobalAvgPool2d global_avg_pool2d{};

/// The largest value of each channel; the gradient of a tie goes to its first position.
///
/// Shapes     x: C x H x W    y: C x 1 x 1
/// Errors     while compiling: the input is no image
/// See also   PyTorch's torch.nn.AdaptiveMaxPool2d(1)
struct GlobalMaxPool2d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    detail::require_image("global_max_pool2d", in, d);
    detail::declare_global_pool(Kind::global_max_pool2d, in, d);
  }
};

inline constexpr GlobalMaxPool2d global_max_pool2d{};

/// The mean of each channel of a sequence.
///
/// Shapes     x: C x L    y: C x 1
/// Errors     while compiling: the input is no sequence
/// See also   PyTorch's torch.nn.AdaptiveAvgPool1d(1)
struct GlobalAvgPool1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "GlobalAvgPool1d";
    detail::require_sequence("global_avg_pool1d", in, d);
    detail::declare_global_pool(Kind::global_avg_pool2d, in, d);
  }
};

inline constexpr GlobalAvgPool1d global_avg_pool1d{};

/// The largest value of each channel of a sequence; the gradient of a tie goes to its first
/// position.
///
/// Shapes     x: C x L    y: C x 1
/// Errors     while compiling: the input is no sequence
/// See also   PyTorch's torch.nn.AdaptiveMaxPool1d(1)
struct GlobalMaxPool1d final : Layer {
  static constexpr void declare(Shape in, Declaration& d) {
    d.op.called = "GlobalMaxPool1d";
    detail::require_sequence("global_max_pool1d", in, d);
    detail::declare_global_pool(Kind::global_max_pool2d, in, d);
  }
};

inline constexpr GlobalMaxPool1d global_max_pool1d{};

}  // namespace convexpr
