// How wrong a classifier is, and in which direction it becomes less so.
#pragma once

#include <algorithm>
#include <cmath>
#include <convexpr/tensor/batch.hpp>
#include <convexpr/train/argmax.hpp>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

namespace convexpr {

/// The loss of a batch, and how many of its examples have their largest logit at their label.
struct Loss {
  double value = 0;
  std::size_t correct = 0;

  Loss& operator+=(const Loss& other) {
    value += other.value;
    correct += other.correct;
    return *this;
  }
};

namespace detail {

/// -log softmax(x)[label], and its gradient times `scale` where dx is not null.
inline double cross_entropy(std::span<const float> x, std::size_t label, double scale, float* dx) {
  const double most = *std::ranges::max_element(x);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += std::exp(x[i] - most);
  if (dx != nullptr) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double target = i == label ? 1 : 0;
      dx[i] = static_cast<float>(scale * (std::exp(x[i] - most) / sum - target));
    }
  }
  return std::log(sum) - (x[label] - most);
}

inline void check_labels(std::size_t examples, std::size_t classes, std::span<const int> labels) {
  if (examples == 0) throw std::invalid_argument("softmax_cross_entropy: the batch is empty");
  if (labels.size() != examples) {
    throw std::invalid_argument("softmax_cross_entropy: there are " +
                                std::to_string(labels.size()) + " labels for " +
                                std::to_string(examples) + " examples");
  }
  for (std::size_t n = 0; n < labels.size(); ++n) {
    if (labels[n] >= 0 && static_cast<std::size_t>(labels[n]) < classes) continue;
    throw std::invalid_argument("softmax_cross_entropy: labels go from 0 to " +
                                std::to_string(classes - 1) + ", but that of example " +
                                std::to_string(n) + " is " + std::to_string(labels[n]));
  }
}

/// The sum over some examples of their losses times `scale`, and its gradient, which it writes to
/// dlogits where that is not null.
template <int N>
Loss softmax_cross_entropy(const Batch<float, N>& logits, std::span<const int> labels,
                           Batch<float, N>* dlogits, double scale) {
  check_labels(logits.size(), N, labels);
  if (dlogits != nullptr) dlogits->resize(logits.size());
  Loss loss;
  for (std::size_t n = 0; n < logits.size(); ++n) {
    const std::span<const float> x(logits[n].data(), N);
    const auto label = static_cast<std::size_t>(labels[n]);
    if (argmax(x) == label) ++loss.correct;
    float* dx = dlogits == nullptr ? nullptr : (*dlogits)[n].data();
    loss.value += cross_entropy(x, label, scale, dx);
  }
  loss.value *= scale;
  return loss;
}

/// The factor that makes a mean of a sum.
inline double mean_over(std::size_t examples) { return 1.0 / static_cast<double>(examples); }

}  // namespace detail

/// Cross-entropy of the softmax of logits with the right classes, as a mean over the batch, and its
/// gradient.
///
///     L = 1/B * sum over n of (log(sum over i of exp(x[n,i])) - x[n, label[n]])
///     dL/dx[n,i] = 1/B * (softmax(x[n])[i] - (i == label[n] ? 1 : 0))
///
/// The largest logit of each example is subtracted first, so that no exponential overflows however
/// large the logits are.
///
/// Shapes     logits, dlogits: B x N    labels: B numbers from 0 to N - 1
/// Cost       2*N exponentials an example in double precision; no allocation once dlogits has room
/// Accuracy   each gradient is within one rounding to float of the formula on these logits
/// Errors     std::invalid_argument, before anything is written: the batch is empty, labels and
///            logits differ in number, a label is out of range
/// Source     I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", 2016, 4.1 and 6.2.2.3
/// See also   PyTorch's torch.nn.functional.cross_entropy
template <int N>
Loss softmax_cross_entropy(const Batch<float, N>& logits, std::span<const int> labels,
                           Batch<float, N>& dlogits) {
  return detail::softmax_cross_entropy(logits, labels, &dlogits, detail::mean_over(logits.size()));
}

/// The same without the gradient.
template <int N>
Loss softmax_cross_entropy(const Batch<float, N>& logits, std::span<const int> labels) {
  return detail::softmax_cross_entropy<N>(logits, labels, nullptr,
                                          detail::mean_over(logits.size()));
}

}  // namespace convexpr
