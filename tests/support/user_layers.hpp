// Layers of a user, for tests: templates over the type of a value, so that the oracle can run them
// in double precision (told_user_layers.hpp), where differences ask whether the derivatives are right.
#pragma once

#include <algorithm>
#include <cmath>
#include <convexpr/layers/user_layer.hpp>
#include <cstddef>

namespace user {

namespace cx = convexpr;

/// Depth to space: r*r channels become one of r times the height and width.
///
///     y[c, i*r + u, j*r + v] = x[(c*r + u)*r + v, i, j]
template <int R>
struct PixelShuffle final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
    if (in.rank != 3 || in.channels % (R * R) != 0) {
      d.refuse("pixel_shuffle: the channels must be divisible by the factor's square",
               cx::words(in), cx::Sentence() << "a multiple of " << R * R << " channels",
               "end the layer before with more channels");
      return;
    }
    d.op.out = cx::shape(in.channels / (R * R), in.height * R, in.width * R);
  }

  template <class T>
  static void forward(cx::ExampleView<const T> x, cx::ExampleView<T> y) {
    for_each(y, [&](int c, int i, int j) { y(c, i, j) = x(source(c, i, j), i / R, j / R); });
  }
  template <class T>
  static void vjp(cx::ExampleView<const T> dy, cx::ExampleView<T> dx) {
    for_each(dy, [&](int c, int i, int j) { dx(source(c, i, j), i / R, j / R) = dy(c, i, j); });
  }

 private:
  static int source(int c, int i, int j) { return (c * R + i % R) * R + j % R; }
  template <class T, class F>
  static void for_each(cx::ExampleView<T> y, F f) {
    for (int c = 0; c < y.channels(); ++c) {
      for (int i = 0; i < y.height(); ++i) {
        for (int j = 0; j < y.width(); ++j) f(c, i, j);
      }
    }
  }
};
template <int R>
inline constexpr PixelShuffle<R> pixel_shuffle{};

/// The channels in the opposite order: its own adjoint, for images, sequences and features.
struct Reverse final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}

  template <class T>
  static void forward(cx::ExampleView<const T> x, cx::ExampleView<T> y) {
    for (int c = 0; c < y.channels(); ++c) {
      const auto from = x.channel(y.channels() - 1 - c);
      std::copy(from.begin(), from.end(), y.channel(c).begin());
    }
  }
  template <class T>
  static void vjp(cx::ExampleView<const T> dy, cx::ExampleView<T> dx) {
    forward(dy, dx);
  }
};
inline constexpr Reverse reverse{};

/// Of each K neighbouring channels, which need not fill the last group, the largest.
template <int K>
struct Maxout final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
    d.op.out.channels = (in.channels + K - 1) / K;
  }

  template <class T>
  static void forward(cx::ExampleView<const T> x, cx::ExampleView<T> y) {
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[winner(x, i)];
  }
  template <class T>
  static void vjp(cx::ExampleView<const T> x, cx::ExampleView<const T> dy, cx::ExampleView<T> dx) {
    for (std::size_t i = 0; i < dy.size(); ++i) dx[winner(x, i)] += dy[i];
  }

 private:
  template <class T>
  static std::size_t winner(cx::ExampleView<const T> x, std::size_t i) {
    const std::size_t pixels = x.size() / static_cast<std::size_t>(x.channels());
    const std::size_t first = i / pixels * K * pixels + i % pixels;
    std::size_t best = first;
    for (std::size_t k = 1; k < K && first + k * pixels < x.size(); ++k) {
      if (x[first + k * pixels] > x[best]) best = first + k * pixels;
    }
    return best;
  }
};
template <int K>
inline constexpr Maxout<K> maxout{};

/// Each pixel weighed by what its channels say: a gate over space with parameters of three ranks,
/// one of them not learned.
///
///     y[c,i,j] = x[c,i,j] * sigmoid(running_level + bias + sum over k of weight[k] * x[k,i,j])
///
/// Shapes     weight: 1 x C    bias: a scalar    running_level: 1
struct Gate final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
    d.add({.name = "running_level", .extents = {1}, .rank = 1, .learned = false, .initial = 1});
    d.add({.name = "weight", .extents = {1, in.channels}, .rank = 2});
    d.add({.name = "bias", .rank = 0, .initial = 0.5F});
    d.op.macs = 2 * static_cast<long long>(in.size());
  }

  template <class T>
  static void forward(cx::ExampleView<const T> x, cx::ParameterViews<const T> w,
                      cx::ExampleView<T> y) {
    const auto weight = w["weight"];
    const std::size_t pixels = x.size() / weight.size();
    for (std::size_t p = 0; p < pixels; ++p) {
      const T gate = open(x, w, p);
      for (std::size_t k = p; k < x.size(); k += pixels) y[k] = x[k] * gate;
    }
  }
  template <class T>
  static void vjp(cx::ExampleView<const T> x, cx::ParameterViews<const T> w,
                  cx::ExampleView<const T> dy, cx::ExampleView<T> dx, cx::ParameterViews<T> dw) {
    const auto weight = w["weight"];
    const auto dweight = dw["weight"];
    const std::size_t pixels = x.size() / weight.size();
    for (std::size_t p = 0; p < pixels; ++p) {
      const T gate = open(x, w, p);
      T dgate = 0;
      for (std::size_t k = p; k < x.size(); k += pixels) dgate += dy[k] * x[k];
      const T dsum = dgate * gate * (1 - gate);
      dw[2][0] += dsum;
      for (std::size_t c = 0; c < weight.size(); ++c) {
        const std::size_t k = c * pixels + p;
        dx[k] = dy[k] * gate + dsum * weight[c];
        dweight[c] += dsum * x[k];
      }
    }
  }

 private:
  /// How far the gate is open at a pixel.
  template <class T>
  static T open(cx::ExampleView<const T> x, cx::ParameterViews<const T> w, std::size_t pixel) {
    const auto weight = w["weight"];
    const std::size_t pixels = x.size() / weight.size();
    T sum = w[0][0] + w["bias"][0];
    for (std::size_t c = 0; c < weight.size(); ++c) sum += weight[c] * x[c * pixels + pixel];
    return 1 / (1 + std::exp(-sum));
  }
};
inline constexpr Gate gate{};

}  // namespace user
