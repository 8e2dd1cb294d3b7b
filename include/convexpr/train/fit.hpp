// The training loop.
//
// One step: DataLoader deals a batch. For each of its micro-batches Backpropagation runs forward,
// softmax_cross_entropy turns logits into their gradient, Backpropagation runs backward. Sgd changes
// the parameters.
#pragma once

#include <chrono>
#include <concepts>
#include <convexpr/data/loader.hpp>
#include <convexpr/network/network.hpp>
#include <convexpr/train/loss.hpp>
#include <convexpr/train/micro_batch.hpp>
#include <convexpr/train/random.hpp>
#include <convexpr/train/schedule.hpp>
#include <convexpr/train/sgd.hpp>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace convexpr {

/// Options of `fit`.
struct FitOptions {
  int epochs = 1;
  std::size_t batch_size = 64;
  SgdOptions sgd{};
  Schedule schedule{};       // a factor on sgd.learning_rate, asked before every step
  std::uint64_t seed = 0;    // of the order of the examples and of dropout
  float head_weight = 0.3F;  // of each head's loss beside the output's
  int micro_batch = 0;       // examples at a time, 0 as caches hold them; see below
};

/// What an observer hears after each step.
struct BatchReport {
  int epoch = 0;            // from 1
  std::size_t batch = 0;    // from 1
  std::size_t batches = 0;  // in an epoch
  double loss = 0;          // of this batch, with that of heads
};

/// What an observer hears after each epoch, and what `fit` returns.
struct EpochReport {
  int epoch = 0;              // from 1
  double loss = 0;            // mean over the examples, each as it was when its batch came
  double train_accuracy = 0;  // likewise
  double images_per_second = 0;
  double seconds = 0;
};

/// Several functions as one observer, each for the report it takes:
///
///     Observers{[](const BatchReport& b) { ... }, [](const EpochReport& e) { ... }}
template <class... Functions>
struct Observers : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Observers(Functions...) -> Observers<Functions...>;

/// What can be called with either report, or with both.
template <class F>
concept FitObserver =
    std::invocable<F&, const BatchReport&> || std::invocable<F&, const EpochReport&>;

namespace detail {

/// Heads are trained as the output is: each must give one logit a class.
template <const auto& Heads, Shape Output>
inline constexpr Refusal unfit_head = [] {
  for (const HeadInfo& h : Heads) {
    if (h.output_shape == Output) continue;
    return Refusal{h.name, "fit: every head must give one logit a class, as the output does",
                   Sentence() << words(h.output_shape) << " from head " << graph::quoted(h.name),
                   Sentence() << words(Output) << " as the output",
                   Sentence() << "end the head with linear<" << Output.channels
                              << ">, or train with Backpropagation"};
  }
  return Refusal{};
}();

template <class Report, class F>
void tell(F& observer, const Report& report) {
  if constexpr (std::invocable<F&, const Report&>) observer(report);
}

/// Everything that one `fit` needs, sized once.
template <class Net, int... Extents>
class Trainer final {
 public:
  Trainer(Net& net, const Dataset<Extents...>& dataset, const FitOptions& options)
      : net_(net),
        loader_(dataset, {.batch_size = options.batch_size, .seed = options.seed}),
        gradient_(options.micro_batch, options.batch_size, options.head_weight),
        sgd_(net, options.sgd),
        options_(options),
        masks_(options.seed + 1) {  // not the loader's own numbers again
    if (dataset.size() == 0) throw std::invalid_argument("fit: the data set is empty");
    if (!(options.head_weight >= 0)) {
      throw std::invalid_argument("fit: the head weight must be 0 or more, but is " +
                                  std::to_string(options.head_weight));
    }
  }

  template <class F>
  EpochReport run_epoch(int epoch, F& observer) {
    using Clock = std::chrono::steady_clock;
    if (epoch > 1) loader_.start_epoch();
    const auto start = Clock::now();
    BatchReport batch{.epoch = epoch, .batches = loader_.batches()};
    EpochReport report{.epoch = epoch};
    std::size_t examples = 0;
    std::size_t correct = 0;
    while (loader_.next(xs_, labels_)) {
      set_learning_rate(batch);
      const Loss loss = step();
      ++batch.batch;
      batch.loss = loss.value;
      examples += labels_.size();
      correct += loss.correct;
      report.loss += loss.value * static_cast<double>(labels_.size());
      tell(observer, std::as_const(batch));
    }
    report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    report.loss /= static_cast<double>(examples);
    report.train_accuracy = static_cast<double>(correct) / static_cast<double>(examples);
    report.images_per_second = static_cast<double>(examples) / report.seconds;
    return report;
  }

 private:
  void set_learning_rate(const BatchReport& done) {
    if (!options_.schedule) return;
    const double part = static_cast<double>(done.batch) / static_cast<double>(done.batches);
    const double factor = options_.schedule(done.epoch - 1 + part);
    sgd_.options().learning_rate = static_cast<float>(options_.sgd.learning_rate * factor);
  }

  Loss step() {
    const Loss loss = gradient_.find(net_, xs_, labels_, masks_());
    sgd_.step(net_, gradient_.gradient());
    return loss;
  }

  Net& net_;
  DataLoader<Extents...> loader_;
  BatchGradient<Net> gradient_;
  Sgd<Net> sgd_;
  const FitOptions& options_;
  RandomBits masks_;
  typename Net::InputBatch xs_;
  std::vector<int> labels_;
};

}  // namespace detail

/// Trains a network on labelled examples: softmax cross-entropy, stochastic gradient descent, the
/// examples in a new order every epoch.
///
///     cx::fit(net, data.train, {.epochs = 5, .sgd = {.learning_rate = 0.1f}},
///             [](const cx::EpochReport& r) { std::cout << r.loss << '\n'; });
///
/// The observer is called with a BatchReport after every step and with an EpochReport after every
/// epoch, whichever it takes; between epochs it may use the network. Time that it takes after a
/// step counts as training, after an epoch not.
///
/// A batch is taken as micro-batches where that is faster: a few examples at a time, whose values stay
/// in the cache, and whose gradients are added up. The loss, the step and dropout's masks are those of
/// the whole batch, but for the order of sums. Several threads take a micro-batch each.
///
/// Where the network has heads, the loss of each on the same labels is added with the weight
/// `head_weight`, which GoogLeNet's paper sets to 0.3; the accuracy is that of the output.
///
/// Shapes     dataset: examples of Net::input_shape    the network's output: one logit a class, and
///            so its heads'
/// Units      micro_batch in examples: 0 as above, the batch size or more for all at once
/// Cost       memory: Net::training_arena_bytes for each example of a batch, or of a micro-batch for
///            each thread; no step after the first allocates
/// Requires   initialised parameters: with equal ones a network does not learn
/// Ensures    the same parameters, bit for bit, for one seed and one micro_batch in one program on one
///            machine, on any number of threads
/// Errors     std::invalid_argument: an empty data set, labels that do not fit it, an option
///            out of range; fewer examples at a time than a batch where a batch norm must see all
template <class Architecture, class In, Options O, int... Extents, FitObserver F>
std::vector<EpochReport> fit(Network<Architecture, In, O>& net, const Dataset<Extents...>& dataset,
                             const FitOptions& options, F&& observer) {
  using Net = Network<Architecture, In, O>;
  static_assert(std::is_same_v<typename Net::InputBatch, Batch<float, Extents...>>,
                "fit: the examples must have the network's input shape");
  static_assert(Net::output_shape.rank == 1,
                "fit: the output must be a vector of logits; end with linear<classes>");
  static_cast<void>(detail::Insist<detail::unfit_head<Net::heads, Net::output_shape>>{});
  detail::Trainer<Net, Extents...> trainer(net, dataset, options);
  std::vector<EpochReport> reports;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    reports.push_back(trainer.run_epoch(epoch, observer));
    detail::tell(observer, std::as_const(reports.back()));
  }
  return reports;
}

/// The same, unobserved.
template <class Architecture, class In, Options O, int... Extents>
std::vector<EpochReport> fit(Network<Architecture, In, O>& net, const Dataset<Extents...>& dataset,
                             const FitOptions& options = {}) {
  return fit(net, dataset, options, [](const EpochReport&) {});
}

}  // namespace convexpr
