// The loss of a batch and its gradient, found a few examples at a time.
//
// A pass over a whole batch writes each value of all its examples before it reads the first of them
// again: megabytes, which come back from the third-level cache. The values of a micro-batch stay in the
// second; its gradients are added to those of the micro-batches before.
#pragma once

#include <algorithm>
#include <convexpr/network/threads.hpp>
#include <convexpr/network/vjp.hpp>
#include <convexpr/train/loss.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace convexpr::detail {

/// Bytes of values that stay in a core's second-level cache, or mostly do. Of 384, 768 and 1536 KiB the
/// last is the best on a core that has 2 MiB: fewer examples find every weight turned round more often.
inline constexpr std::size_t micro_batch_bytes = 1536 * 1024;

/// How often a micro-batch must use each parameter at least, that reading, turning round and adding up
/// so many numbers be little beside it: LeNet-5 breaks even at 30 to 40.
inline constexpr long long least_uses_of_parameter = 64;

/// The examples that a core had best take at a time; 0 where that is all of a batch: where a result
/// depends on the whole batch, where one example is too large, or where parameters are too many.
template <class Pass>
inline constexpr std::size_t best_micro_batch = [] {
  using Net = typename Pass::Net;
  const std::size_t examples = micro_batch_bytes / Pass::bytes_of_example;
  const std::size_t parameters = Net::blueprint().learned_floats;
  const bool fit = parameters * sizeof(float) <= examples * Pass::bytes_of_example;
  const long long uses = Net::macs * static_cast<long long>(examples);
  const bool pays = uses >= least_uses_of_parameter * static_cast<long long>(parameters);
  return fit && pays && !Pass::needs_whole_batch ? examples : 0;
}();

/// Finds losses and gradients; everything that it needs is allocated when the first batch of a size comes.
template <class Net>
class BatchGradient final {
  using Pass = Backpropagation<Net, Mode::training, InputGradient::skip>;

 public:
  /// Examples that one thread takes at a time where nothing else is asked for; 0: all.
  static constexpr std::size_t best = best_micro_batch<Pass>;

  /// `micro_batch`: examples at a time, or 0 for the best number.
  ///
  /// Errors     std::invalid_argument: micro_batch is negative, or takes batches of `batch_size`
  ///            apart where a batch norm must see all of them
  BatchGradient(int micro_batch, std::size_t batch_size, float head_weight)
      : asked_(micro_batch < 0 ? 0 : static_cast<std::size_t>(micro_batch)),
        head_weight_(head_weight) {
    std::string message("fit: micro_batch must be ");
    if (micro_batch < 0) {
      message.append("0 or more");
    } else if (Pass::needs_whole_batch && asked_ > 0 && asked_ < batch_size) {
      message.append("0, or the batch size or more, where a batch norm takes its statistics from");
      message.append(" the whole batch of ").append(std::to_string(batch_size));
    } else {
      return;
    }
    throw std::invalid_argument(message.append(", but is ").append(std::to_string(micro_batch)));
  }

  /// The mean loss of a batch, that of heads with their weight, and its gradient.
  ///
  /// Errors     std::invalid_argument where labels do not fit; nothing has changed then
  Loss find(Net& net, const typename Net::InputBatch& xs, std::span<const int> labels,
            std::uint64_t seed) {
    check_labels(xs.size(), Net::OutputBatch::example_size, labels);
    const auto examples = static_cast<int>(xs.size());
    const int parts = parts_of(xs.size());
    is_sum_ = parts > 1;
    if (is_sum_ && !sum_) sum_.emplace();
    Loss loss;
    for (int i = 0; i < parts; ++i) {
      const Range part = Share{i, parts}.of(examples);
      const Loss more = find_part(net, xs, labels, part, seed);
      loss.value += more.value;
      loss.correct += more.correct;
      if (i > 0) {
        *sum_ += pass_.gradient();
      } else if (is_sum_) {
        std::ranges::copy(pass_.gradient().stored(), sum_->stored().begin());
      }
    }
    return loss;
  }

  /// That of the last batch.
  const Gradient<Net>& gradient() const { return is_sum_ ? *sum_ : pass_.gradient(); }

 private:
  /// How many micro-batches a batch is, of sizes as even as may be: at most what was asked for, or
  /// about the best for a team, of which each member has a cache of its own.
  int parts_of(std::size_t examples) const {
    if (asked_ > 0) return static_cast<int>((examples + asked_ - 1) / asked_);
    const std::size_t wanted = best * static_cast<std::size_t>(threads());
    if (examples <= wanted || wanted == 0) return 1;
    return static_cast<int>((examples + wanted / 2) / wanted);
  }

  Loss find_part(Net& net, const typename Net::InputBatch& xs, std::span<const int> labels,
                 Range part, std::uint64_t seed) {
    const double scale = mean_over(xs.size());
    const auto own =
        labels.subspan(static_cast<std::size_t>(part.first), static_cast<std::size_t>(part.size()));
    const auto& logits = pass_.forward(net, xs, part, seed);
    Loss loss = softmax_cross_entropy(logits, own, &dlogits_, scale);
    if constexpr (Net::heads.empty()) {
      pass_.backward(net, dlogits_);
    } else {
      loss.value += double{head_weight_} * head_losses(own, scale);
      pass_.backward(net, dlogits_, dheads_);
    }
    return loss;
  }

  /// The sum of the heads' losses; their weighted gradients go to dheads_.
  double head_losses(std::span<const int> labels, double scale) {
    double sum = 0;
    pass_.heads().for_each([&](auto head, const auto& logits) {
      auto& dlogits = dheads_.at(head);
      sum += softmax_cross_entropy(logits, labels, &dlogits, scale).value;
      const std::span<float> slopes(dlogits.data(), dlogits.size() * dlogits.example_size);
      for (float& slope : slopes) slope *= head_weight_;
    });
    return sum;
  }

  std::size_t asked_;
  float head_weight_;
  Pass pass_;
  std::optional<Gradient<Net>> sum_;  // of several micro-batches
  bool is_sum_ = false;
  typename Net::OutputBatch dlogits_;
  typename Net::HeadBatches dheads_;
};

}  // namespace convexpr::detail
