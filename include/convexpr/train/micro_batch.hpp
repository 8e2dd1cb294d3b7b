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
#include <vector>

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

/// What a thread needs to find the loss and the gradient of some examples.
template <class Net>
struct LossPass {
  Backpropagation<Net, Mode::training, InputGradient::skip> pass;
  typename Net::OutputBatch dlogits;
  typename Net::HeadBatches dheads;
  Loss loss;

  /// After a forward pass: the loss times `scale`, that of heads with their weight, and its gradient.
  void finish(const Net& net, std::span<const int> labels, double scale, float head_weight) {
    loss = softmax_cross_entropy(pass.outputs(), labels, &dlogits, scale);
    if constexpr (Net::heads.empty()) {
      pass.backward(net, dlogits);
    } else {
      loss.value += double{head_weight} * head_losses(labels, scale, head_weight);
      pass.backward(net, dlogits, dheads);
    }
  }

 private:
  /// The sum of the heads' losses; their weighted gradients go to dheads.
  double head_losses(std::span<const int> labels, double scale, float weight) {
    double sum = 0;
    pass.heads().for_each([&](auto head, const auto& logits) {
      auto& slopes_of_head = dheads.at(head);
      sum += softmax_cross_entropy(logits, labels, &slopes_of_head, scale).value;
      const std::span<float> slopes(slopes_of_head.data(),
                                    slopes_of_head.size() * slopes_of_head.example_size);
      for (float& slope : slopes) slope *= weight;
    });
    return sum;
  }
};

/// Finds losses and gradients. Everything that it needs is allocated when the first batch of a size
/// comes.
///
/// Several threads take a micro-batch each, in memory of their own, and add the gradients up
/// together; where there are fewer micro-batches than threads, all take part in each. How a batch is
/// taken apart, and the order of every sum, do not depend on the number of threads.
template <class Net>
class BatchGradient final {
  using Pass = Backpropagation<Net, Mode::training, InputGradient::skip>;

 public:
  /// About as many examples are taken at a time where nothing else is asked for; 0: all.
  static constexpr std::size_t best = best_micro_batch<Pass>;

  /// `micro_batch`: examples at a time, or 0 for about the best number; `batch_size`: of most batches.
  ///
  /// Errors     std::invalid_argument: micro_batch is negative, or takes batches apart where a batch
  ///            norm must see all of them
  BatchGradient(int micro_batch, std::size_t batch_size, float head_weight)
      : size_(micro_batch > 0 ? static_cast<std::size_t>(micro_batch) : best_of(batch_size)),
        head_weight_(head_weight),
        members_(1) {
    std::string message("fit: micro_batch must be ");
    if (micro_batch < 0) {
      message.append("0 or more");
    } else if (Pass::needs_whole_batch && size_ < batch_size) {
      message.append("0, or the batch size or more, where a batch norm takes its statistics from");
      message.append(" the whole batch of ").append(std::to_string(batch_size));
    } else {
      return;
    }
    throw std::invalid_argument(message.append(", but is ").append(std::to_string(micro_batch)));
  }

  /// Examples at a time.
  std::size_t micro_batch() const { return size_; }

  /// The mean loss of a batch, that of heads with their weight, and its gradient.
  ///
  /// Errors     std::invalid_argument where labels do not fit; nothing has changed then
  Loss find(Net& net, const typename Net::InputBatch& xs, std::span<const int> labels,
            std::uint64_t seed) {
    check_labels(xs.size(), Net::OutputBatch::example_size, labels);
    is_sum_ = xs.size() > size_;
    if (!is_sum_) {
      members_[0].pass.forward(net, xs, seed);
      members_[0].finish(net, labels, mean_over(xs.size()), head_weight_);
      return members_[0].loss;
    }
    if (!sum_) sum_.emplace();
    const auto parts = static_cast<int>((xs.size() + size_ - 1) / size_);
    const int team = team_of(xs.size(), parts);
    if (members_.size() < static_cast<std::size_t>(team)) {
      members_.resize(static_cast<std::size_t>(team));
    }
    return find_parts(net, xs, labels, seed, parts, team);
  }

  /// That of the last batch.
  const Gradient<Net>& gradient() const { return is_sum_ ? *sum_ : members_[0].pass.gradient(); }

 private:
  /// Examples at a time where nothing else is asked for: such that micro-batches are equal and come in
  /// pairs, which two threads share evenly.
  static std::size_t best_of(std::size_t batch_size) {
    if (best == 0 || batch_size < best + best / 2) return batch_size;
    const std::size_t pairs = std::max<std::size_t>(1, (batch_size / best + 1) / 2);
    return (batch_size + 2 * pairs - 1) / (2 * pairs);
  }

  /// The threads that take a micro-batch each; 1 where they had better work on one together.
  static int team_of(std::size_t examples, int parts) {
    const long long work = Net::macs / simd::lanes * static_cast<long long>(examples);
    const int team = threads();
    return team <= parts && work >= least_work.of_pass ? team : 1;
  }

  Loss find_parts(const Net& net, const typename Net::InputBatch& xs, std::span<const int> labels,
                  std::uint64_t seed, int parts, int team) {
    const double scale = mean_over(xs.size());
    Loss loss;
    Failure failure;
    in_team(team, [&](const Share& share) {
      for (int first = 0; first < parts; first += share.count) {
        const int number = std::min(share.count, parts - first);
        if (share.index < number) {
          const std::size_t begin = static_cast<std::size_t>(first + share.index) * size_;
          const std::size_t count = std::min(size_, xs.size() - begin);
          LossPass<Net>& own = members_[static_cast<std::size_t>(share.index)];
          failure.guard([&] {
            own.pass.forward(net, xs, begin, count, seed);
            own.finish(net, labels.subspan(begin, count), scale, head_weight_);
          });
        }
        share.wait();
        add_up(share, first == 0, number);
        if (share.index == 0) {
          for (int i = 0; i < number; ++i) loss += members_[static_cast<std::size_t>(i)].loss;
        }
        share.wait();
      }
    });
    failure.rethrow();
    return loss;
  }

  /// Adds the gradients of the first members to the sum: a member's part of it.
  void add_up(const Share& share, bool is_first, int number) {
    const std::span<float> all = sum_->stored();
    const Range own = share.of(static_cast<int>(all.size()));
    float* const sum = all.data() + own.first;
    for (int i = 0; i < number; ++i) {
      const float* const term =
          members_[static_cast<std::size_t>(i)].pass.gradient().stored().data() + own.first;
      if (is_first && i == 0) {
        std::copy_n(term, own.size(), sum);
      } else {
        for (int j = 0; j < own.size(); ++j) sum[j] += term[j];
      }
    }
  }

  std::size_t size_;  // of a micro-batch
  float head_weight_;
  std::vector<LossPass<Net>> members_;
  std::optional<Gradient<Net>> sum_;  // of several micro-batches
  bool is_sum_ = false;
};

}  // namespace convexpr::detail
