// The definitions of the normalisations of one example, of PReLU, and of their derivatives, as
// plain loops in double precision.
#pragma once

#include "reference_layers.hpp"

namespace reference {

using convexpr::Kind;

/// Groups of channels that are normalised together.
inline int groups_of(const Operation& op) {
  if (op.kind == Kind::layer_norm) return 1;
  return op.kind == Kind::instance_norm2d ? op.in.channels : op.groups;
}

/// Which element of the weight and the bias belongs to a value.
inline std::size_t affine_index(const Operation& op, int c, int i, int j) {
  if (op.kind != Kind::layer_norm) return static_cast<std::size_t>(c);
  return static_cast<std::size_t>((c * op.in.height + i) * op.in.width + j);
}

/// Calls f(c, i, j) for every value of one group of one example.
template <class F>
void for_each_in_group(const Operation& op, int group, F f) {
  const int channels = op.in.channels / groups_of(op);
  for (int c = group * channels; c < (group + 1) * channels; ++c) {
    for (int i = 0; i < op.in.height; ++i) {
      for (int j = 0; j < op.in.width; ++j) f(c, i, j);
    }
  }
}

/// Mean and biased variance of one group of one example.
struct GroupMoments {
  double mean = 0;
  double variance = 0;
  double count = 0;

  GroupMoments(const Operation& op, const Images& x, int n, int group) {
    for_each_in_group(op, group, [&](int c, int i, int j) {
      mean += x(n, c, i, j);
      count += 1;
    });
    mean /= count;
    for_each_in_group(op, group, [&](int c, int i, int j) {
      variance += std::pow(x(n, c, i, j) - mean, 2) / count;
    });
  }
};

inline void group_norm(const Operation& op, const Images& x, const Values& w, const Values& b,
                       Images& y) {
  for (int n = 0; n < x.examples; ++n) {
    for (int group = 0; group < groups_of(op); ++group) {
      const GroupMoments m(op, x, n, group);
      for_each_in_group(op, group, [&](int c, int i, int j) {
        const std::size_t at = affine_index(op, c, i, j);
        const double xhat = (x(n, c, i, j) - m.mean) / std::sqrt(m.variance + double{op.epsilon});
        y(n, c, i, j) = w.empty() ? xhat : xhat * w[at] + b[at];
      });
    }
  }
}

/// Chain rule through xhat, the variance and the mean, one after the other.
inline void group_norm_adjoint(const Operation& op, const Images& x, const Values& w,
                               const Images& dy, Images& dx, Values& dw, Values& db) {
  for (int n = 0; n < x.examples; ++n) {
    for (int group = 0; group < groups_of(op); ++group) {
      const GroupMoments m(op, x, n, group);
      const double inverse = 1 / std::sqrt(m.variance + double{op.epsilon});
      double dmean = 0;
      double dvariance = 0;
      for_each_in_group(op, group, [&](int c, int i, int j) {
        const std::size_t at = affine_index(op, c, i, j);
        const double centred = x(n, c, i, j) - m.mean;
        const double g = dy(n, c, i, j);
        const double dxhat = w.empty() ? g : g * w[at];
        if (!w.empty()) {
          dw[at] += g * centred * inverse;
          db[at] += g;
        }
        dx(n, c, i, j) += dxhat * inverse;
        dvariance -= 0.5 * dxhat * centred * inverse * inverse * inverse;
        dmean -= dxhat * inverse;
      });
      for_each_in_group(op, group, [&](int c, int i, int j) {
        dx(n, c, i, j) += dvariance * 2 * (x(n, c, i, j) - m.mean) / m.count + dmean / m.count;
      });
    }
  }
}

inline void prelu(const Images& x, const Values& w, Images& y) {
  for_each(x, [&](int n, int c, int i, int j) {
    y(n, c, i, j) = x(n, c, i, j) > 0 ? x(n, c, i, j) : w[0] * x(n, c, i, j);
  });
}

inline void prelu_adjoint(const Images& x, const Values& w, const Images& dy, Images& dx,
                          Values& dw) {
  for_each(x, [&](int n, int c, int i, int j) {
    const bool positive = x(n, c, i, j) > 0;
    dx(n, c, i, j) += dy(n, c, i, j) * (positive ? 1 : w[0]);
    dw[0] += positive ? 0 : dy(n, c, i, j) * x(n, c, i, j);
  });
}

}  // namespace reference
