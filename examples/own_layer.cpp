// Layers that the library does not have: one with parameters and one without, checked against
// differences, then trained to double the size of images. docs/how-to/write_a_layer.md goes through
// it.
#include <cmath>
#include <convexpr/convexpr.hpp>
#include <cstddef>
#include <cstdio>

#include "command_line.hpp"

namespace cx = convexpr;

/// Generalised divisive normalisation: each channel divided by what all channels of its pixel say.
///
///     y[c,i,j] = x[c,i,j] / sqrt(n[c]),   n[c] = beta[c] + sum over k of gamma[c,k] * x[k,i,j]^2
///
/// Source     Balle, Laparra, Simoncelli, "Density modeling of images using a generalized
///            normalization transformation", ICLR 2016
struct GDN final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
    if (in.rank != 3) {
      d.refuse("gdn: the input must be an image", cx::words(in), "channels x height x width",
               "move the layer before flatten");
    }
    d.add({.name = "beta", .extents = {in.channels}, .rank = 1, .initial = 1});
    d.add({.name = "gamma", .extents = {in.channels, in.channels}, .rank = 2, .initial = 0.1F});
    d.op.macs = static_cast<long long>(in.size()) * in.channels;
  }

  static void forward(cx::LayerInput x, cx::LayerParameters w, cx::LayerOutput y) {
    for_each_norm(
        x, w, [&](int c, int i, int j, float norm) { y(c, i, j) = x(c, i, j) / std::sqrt(norm); });
  }

  static void vjp(cx::LayerInput x, cx::LayerParameters w, cx::LayerInput dy, cx::LayerOutput dx,
                  cx::LayerGradients dw) {
    const auto gamma = w["gamma"];
    const auto dbeta = dw["beta"];
    const auto dgamma = dw["gamma"];
    for_each_norm(x, w, [&](int c, int i, int j, float norm) {
      const float scale = 1 / std::sqrt(norm);
      const float dnorm = -0.5F * dy(c, i, j) * x(c, i, j) * scale / norm;
      dx(c, i, j) += dy(c, i, j) * scale;
      dbeta[static_cast<std::size_t>(c)] += dnorm;
      for (int k = 0; k < x.channels(); ++k) {
        const auto at = static_cast<std::size_t>(c * x.channels() + k);
        dx(k, i, j) += dnorm * gamma[at] * 2 * x(k, i, j);
        dgamma[at] += dnorm * x(k, i, j) * x(k, i, j);
      }
    });
  }

 private:
  /// Calls f(c, i, j, n[c]) for every value.
  template <class F>
  static void for_each_norm(cx::LayerInput x, cx::LayerParameters w, F f) {
    const auto beta = w["beta"];
    const auto gamma = w["gamma"];
    for (int i = 0; i < x.height(); ++i) {
      for (int j = 0; j < x.width(); ++j) {
        for (int c = 0; c < x.channels(); ++c) {
          float norm = beta[static_cast<std::size_t>(c)];
          for (int k = 0; k < x.channels(); ++k) {
            norm += gamma[static_cast<std::size_t>(c * x.channels() + k)] * x(k, i, j) * x(k, i, j);
          }
          f(c, i, j, norm);
        }
      }
    }
  }
};
inline constexpr GDN gdn{};

/// Depth to space: R*R channels become one of R times the height and width.
///
///     y[c, i*R + u, j*R + v] = x[(c*R + u)*R + v, i, j]
template <int R>
struct PixelShuffle final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
    if (in.channels % (R * R) != 0) {
      d.refuse("pixel_shuffle: the channels must be divisible by the factor's square",
               cx::words(in), cx::Sentence() << "a multiple of " << R * R << " channels",
               "end the layer before with more channels");
    }
    d.op.out = cx::shape(in.channels / (R * R), in.height * R, in.width * R);
  }

  static void forward(cx::LayerInput x, cx::LayerOutput y) {
    for_each_pair(y.shape(),
                  [&](int c, int i, int j, int from) { y(c, i, j) = x(from, i / R, j / R); });
  }

  /// It only moves values, so x is not asked for and not kept.
  static void vjp(cx::LayerInput dy, cx::LayerOutput dx) {
    for_each_pair(dy.shape(),
                  [&](int c, int i, int j, int from) { dx(from, i / R, j / R) = dy(c, i, j); });
  }

 private:
  /// Calls f(c, i, j, channel that the value comes from) for every value of the output.
  template <class F>
  static void for_each_pair(cx::Shape out, F f) {
    for (int c = 0; c < out.channels; ++c) {
      for (int i = 0; i < out.height; ++i) {
        for (int j = 0; j < out.width; ++j) f(c, i, j, (c * R + i % R) * R + j % R);
      }
    }
  }
};
template <int R>
inline constexpr PixelShuffle<R> pixel_shuffle{};

constexpr auto enlarge =
    cx::conv2d<8, {.kernel = 3, .padding = 1}> | gdn |
    cx::named<"up">(cx::conv2d<4, {.kernel = 3, .padding = 1}> | pixel_shuffle<2>);
using Net = cx::Network<decltype(enlarge), cx::Input<1, 7, 9>>;
static_assert(Net::output_shape == cx::shape(1, 14, 18));
static_assert(Net::shape_at<"up"> == Net::output_shape);
static_assert(Net::parameter_count == (8 * 9 + 8) + (8 + 8 * 8) + (4 * 8 * 9 + 4));

namespace {

/// Waves of all directions, each image at its own phase, and the same at half the size.
void draw(Net::InputBatch& small, Net::OutputBatch& large) {
  for (std::size_t n = 0; n < large.size(); ++n) {
    const auto phase = static_cast<float>(n);
    for (int i = 0; i < 14; ++i) {
      for (int j = 0; j < 18; ++j) {
        large[n](0, i, j) = std::sin(0.7F * std::cos(phase) * static_cast<float>(i) +
                                     0.7F * std::sin(phase) * static_cast<float>(j) + phase);
        small[n](0, i / 2, j / 2) += large[n](0, i, j) / 4;
      }
    }
  }
}

/// The mean square of y - target, and its gradient.
double mean_square(const Net::OutputBatch& ys, const Net::OutputBatch& targets,
                   Net::OutputBatch& dys) {
  const std::size_t count = ys.size() * ys.example_size;
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float difference = ys.data()[i] - targets.data()[i];
    dys.data()[i] = 2 * difference / static_cast<float>(count);
    sum += double{difference} * double{difference};
  }
  return sum / static_cast<double>(count);
}

/// Whether the error falls to a tenth.
bool learns(Net& net, const Net::InputBatch& small, const Net::OutputBatch& large) {
  cx::Backpropagation<Net> pass;
  cx::Sgd<Net> sgd(net, {.learning_rate = 0.2F, .momentum = 0.9F});
  Net::OutputBatch dys(large.size());
  const double before = mean_square(pass.forward(net, small), large, dys);
  for (int step = 0; step < 200; ++step) {
    mean_square(pass.forward(net, small), large, dys);
    pass.backward(net, dys);
    sgd.step(net, pass.gradient());
  }
  const double after = mean_square(net.forward(small), large, dys);
  std::printf("mean square error before and after 200 steps: %.4f, %.4f\n", before, after);
  return after < 0.1 * before;
}

}  // namespace

static int show() {
  Net net;
  cx::initialize(net, {.seed = 1});
  std::puts(cx::summary(net).c_str());
  Net::InputBatch small(8);
  Net::OutputBatch large(8);
  draw(small, large);
  const cx::GradientCheck check = cx::check_gradient(net, small);
  std::puts(check.text().c_str());
  return check.passed && learns(net, small, large) ? 0 : 1;
}

int main(int argc, char** argv) {
  return command_line::run(argc, argv, "own_layer",
                           "Checks and trains layers that the library does not have.", show);
}
