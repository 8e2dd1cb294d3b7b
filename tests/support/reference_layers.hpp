// The definitions of the layers and of their derivatives, as plain loops in double precision.
//
// Slow on purpose: each layer is written from its formula alone, and nothing of the library is used
// but the numbers that describe an operation.
#pragma once

#include <algorithm>
#include <cmath>
#include <convexpr/layers/operation.hpp>
#include <cstddef>
#include <limits>
#include <vector>

namespace reference {

using convexpr::Operation;
using convexpr::Shape;
using Values = std::vector<double>;

/// A batch of images, N x C x H x W.
struct Images {
  Shape shape;
  int examples = 0;
  Values values;

  Images() = default;
  Images(Shape s, int n)
      : shape(s), examples(n), values(static_cast<std::size_t>(n) * s.size(), 0.0) {}

  std::size_t index(int n, int c, int i, int j) const {
    const auto row = (static_cast<std::size_t>(n) * static_cast<std::size_t>(shape.channels) +
                      static_cast<std::size_t>(c)) *
                         static_cast<std::size_t>(shape.height) +
                     static_cast<std::size_t>(i);
    return row * static_cast<std::size_t>(shape.width) + static_cast<std::size_t>(j);
  }
  double& operator()(int n, int c, int i, int j) { return values[index(n, c, i, j)]; }
  double operator()(int n, int c, int i, int j) const { return values[index(n, c, i, j)]; }
};

/// Calls f(n, c, i, j) for every element.
template <class F>
void for_each(const Images& x, F f) {
  for (int n = 0; n < x.examples; ++n) {
    for (int c = 0; c < x.shape.channels; ++c) {
      for (int i = 0; i < x.shape.height; ++i) {
        for (int j = 0; j < x.shape.width; ++j) f(n, c, i, j);
      }
    }
  }
}

/// Calls f(u, v, row, column) for every tap of the window at (i, j) that lies in the image.
template <class F>
void for_each_tap(const Operation& op, int i, int j, F f) {
  const convexpr::Window& w = op.window;
  for (int u = 0; u < w.kernel.h; ++u) {
    for (int v = 0; v < w.kernel.w; ++v) {
      const int row = i * w.stride.h + u * w.dilation.h - w.padding.top;
      const int column = j * w.stride.w + v * w.dilation.w - w.padding.left;
      if (row >= 0 && row < op.in.height && column >= 0 && column < op.in.width) {
        f(u, v, row, column);
      }
    }
  }
}

/// Calls f(y's index, w's index, x's index) for every product of a convolution.
template <class F>
void for_each_product(const Operation& op, const Images& x, const Images& y, F f) {
  const int in_group = op.in.channels / op.groups;
  const int out_group = op.out.channels / op.groups;
  for_each(y, [&](int n, int o, int i, int j) {
    for (int c = 0; c < in_group; ++c) {
      for_each_tap(op, i, j, [&](int u, int v, int row, int column) {
        const int weight = ((o * in_group + c) * op.window.kernel.h + u) * op.window.kernel.w + v;
        f(y.index(n, o, i, j), static_cast<std::size_t>(weight),
          x.index(n, o / out_group * in_group + c, row, column));
      });
    }
  });
}

/// The same for a dense layer.
template <class F>
void for_each_dense_product(const Images& x, const Images& y, F f) {
  for_each(y, [&](int n, int o, int, int) {
    for (int c = 0; c < x.shape.channels; ++c) {
      f(y.index(n, o, 0, 0), static_cast<std::size_t>(o * x.shape.channels + c),
        x.index(n, c, 0, 0));
    }
  });
}

inline void add_bias(const Values& b, Images& y) {
  if (b.empty()) return;
  for_each(y, [&](int n, int c, int i, int j) { y(n, c, i, j) += b[static_cast<std::size_t>(c)]; });
}

inline void sum_to_bias(const Images& dy, Values& db) {
  if (db.empty()) return;
  for_each(dy,
           [&](int n, int c, int i, int j) { db[static_cast<std::size_t>(c)] += dy(n, c, i, j); });
}

/// y is the middle of x: what is left over goes to the bottom and the right if it is odd.
inline void crop(const Operation& op, const Images& x, Images& y) {
  const int top = (op.in.height - op.out.height) / 2;
  const int left = (op.in.width - op.out.width) / 2;
  for_each(y, [&](int n, int c, int i, int j) { y(n, c, i, j) = x(n, c, i + top, j + left); });
}

inline void crop_adjoint(const Operation& op, const Images& dy, Images& dx) {
  const int top = (op.in.height - op.out.height) / 2;
  const int left = (op.in.width - op.out.width) / 2;
  for_each(dy, [&](int n, int c, int i, int j) { dx(n, c, i + top, j + left) += dy(n, c, i, j); });
}

/// Index of the first of the largest values in the window.
inline std::size_t winner(const Operation& op, const Images& x, int n, int c, int i, int j) {
  double best = -std::numeric_limits<double>::infinity();
  std::size_t at = 0;
  for_each_tap(op, i, j, [&](int, int, int row, int column) {
    if (x(n, c, row, column) > best) {
      best = x(n, c, row, column);
      at = x.index(n, c, row, column);
    }
  });
  return at;
}

/// What an average at (i, j) divides by: a window that leaves even the padding is cut there.
inline double divisor(const Operation& op, int i, int j) {
  const convexpr::Window& w = op.window;
  const int top = i * w.stride.h - w.padding.top;
  const int left = j * w.stride.w - w.padding.left;
  int bottom = std::min(top + w.kernel.h, op.in.height + w.padding.bottom);
  int right = std::min(left + w.kernel.w, op.in.width + w.padding.right);
  if (op.count_include_pad) return static_cast<double>((bottom - top) * (right - left));
  bottom = std::min(bottom, op.in.height);
  right = std::min(right, op.in.width);
  return static_cast<double>((bottom - std::max(top, 0)) * (right - std::max(left, 0)));
}

/// k + alpha/size * sum of squares: what a local response is divided by, before the power.
inline double energy(const Operation& op, const Images& x, int n, int c, int i, int j) {
  double sum = 0;
  for (int d = c - op.size / 2; d <= c + (op.size - 1) / 2; ++d) {
    if (d >= 0 && d < op.in.channels) sum += x(n, d, i, j) * x(n, d, i, j);
  }
  return static_cast<double>(op.k) + static_cast<double>(op.alpha) / op.size * sum;
}

inline void local_response_norm(const Operation& op, const Images& x, Images& y) {
  for_each(x, [&](int n, int c, int i, int j) {
    y(n, c, i, j) = x(n, c, i, j) * std::pow(energy(op, x, n, c, i, j), -double{op.beta});
  });
}

inline void local_response_norm_adjoint(const Operation& op, const Images& x, const Images& dy,
                                        Images& dx) {
  const double beta = double{op.beta};
  const double factor = 2 * beta * static_cast<double>(op.alpha) / op.size;
  for_each(x, [&](int n, int c, int i, int j) {
    const double e = energy(op, x, n, c, i, j);
    dx(n, c, i, j) += dy(n, c, i, j) * std::pow(e, -beta);
    const double shared = dy(n, c, i, j) * x(n, c, i, j) * factor * std::pow(e, -beta - 1);
    for (int d = c - op.size / 2; d <= c + (op.size - 1) / 2; ++d) {
      if (d >= 0 && d < op.in.channels) dx(n, d, i, j) -= shared * x(n, d, i, j);
    }
  });
}

/// Mean and biased variance of each channel.
struct Moments {
  Values mean;
  Values variance;
  double count = 0;

  explicit Moments(const Images& x)
      : mean(static_cast<std::size_t>(x.shape.channels), 0.0),
        variance(mean),
        count(static_cast<double>(x.examples) * x.shape.height * x.shape.width) {
    for_each(x, [&](int n, int c, int i, int j) {
      mean[static_cast<std::size_t>(c)] += x(n, c, i, j) / count;
    });
    for_each(x, [&](int n, int c, int i, int j) {
      const double d = x(n, c, i, j) - mean[static_cast<std::size_t>(c)];
      variance[static_cast<std::size_t>(c)] += d * d / count;
    });
  }
};

inline void batch_norm(const Operation& op, const Images& x, const Values& mean,
                       const Values& variance, const Values& w, const Values& b, Images& y) {
  for_each(x, [&](int n, int channel, int i, int j) {
    const auto c = static_cast<std::size_t>(channel);
    const double xhat =
        (x(n, channel, i, j) - mean[c]) / std::sqrt(variance[c] + double{op.epsilon});
    y(n, channel, i, j) = w.empty() ? xhat : xhat * w[c] + b[c];
  });
}

/// Running statistics move towards the batch's mean and its unbiased variance.
inline void move_running_statistics(const Operation& op, const Moments& m, Values& mean,
                                    Values& variance) {
  const double momentum = double{op.momentum};
  for (std::size_t c = 0; c < mean.size(); ++c) {
    mean[c] = (1 - momentum) * mean[c] + momentum * m.mean[c];
    variance[c] = (1 - momentum) * variance[c] + momentum * m.variance[c] * m.count / (m.count - 1);
  }
}

/// Chain rule through xhat, the variance and the mean, one after the other; the last two only where
/// they are those of x itself.
inline void batch_norm_adjoint(const Operation& op, const Images& x, const Values& mean,
                               const Values& variance, bool own_statistics, const Values& w,
                               const Images& dy, Images& dx, Values& dw, Values& db) {
  const double count = Moments(x).count;
  Values dmean(mean.size(), 0.0);
  Values dvariance(mean.size(), 0.0);
  for_each(x, [&](int n, int channel, int i, int j) {
    const auto c = static_cast<std::size_t>(channel);
    const double inverse = 1 / std::sqrt(variance[c] + double{op.epsilon});
    const double centred = x(n, channel, i, j) - mean[c];
    const double g = dy(n, channel, i, j);
    const double dxhat = w.empty() ? g : g * w[c];
    if (!w.empty()) {
      dw[c] += g * centred * inverse;
      db[c] += g;
    }
    dx(n, channel, i, j) += dxhat * inverse;
    dvariance[c] -= 0.5 * dxhat * centred * inverse * inverse * inverse;
    dmean[c] -= dxhat * inverse;
  });
  if (!own_statistics) return;
  for_each(x, [&](int n, int channel, int i, int j) {
    const auto c = static_cast<std::size_t>(channel);
    dx(n, channel, i, j) +=
        dvariance[c] * 2 * (x(n, channel, i, j) - mean[c]) / count + dmean[c] / count;
  });
}

/// Logarithm of the sum of exponentials over the channels of one pixel.
inline double log_sum(const Images& x, int n, int i, int j) {
  double most = x(n, 0, i, j);
  for (int c = 1; c < x.shape.channels; ++c) most = std::max(most, x(n, c, i, j));
  double sum = 0;
  for (int c = 0; c < x.shape.channels; ++c) sum += std::exp(x(n, c, i, j) - most);
  return most + std::log(sum);
}

/// dx[c] = sum over k of dy[k] * dy[k]/dx[c], for softmax and its logarithm.
inline void softmax_adjoint(const Images& y, const Images& dy, bool logarithm, Images& dx) {
  for_each(y, [&](int n, int c, int i, int j) {
    for (int k = 0; k < y.shape.channels; ++k) {
      const double same = k == c ? 1 : 0;
      const double slope =
          logarithm ? same - std::exp(y(n, c, i, j)) : y(n, k, i, j) * (same - y(n, c, i, j));
      dx(n, c, i, j) += dy(n, k, i, j) * slope;
    }
  });
}

}  // namespace reference
