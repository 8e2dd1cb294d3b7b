// The loop over the elements of an expression: vector by vector, the formula in registers.
//
// What becomes of the results is the business of a sink: they are stored (assign.hpp), summed
// (reduce.hpp), or both (gradient.hpp).
#pragma once

#include <convexpr/expr/evaluate.hpp>
#include <convexpr/expr/loop_facts.hpp>
#include <convexpr/simd/partial.hpp>
#include <convexpr/simd/unroll.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace convexpr::expr {

/// What the leaves of a tree point to, and how many elements there are.
///
/// Errors     std::invalid_argument where batches differ in their number of examples
template <const LoopFacts& Facts>
class Streams {
 public:
  /// examples   of a batch that is assigned to, where no leaf says how many there are
  template <class Tree>
  explicit Streams(const Tree& tree, std::size_t examples = 1) {
    static_cast<void>(tree.flatten(*this));
    if (!sized_) examples_ = examples;
    if constexpr (Facts.has_weights) {
      if (size() == 0) throw std::invalid_argument("mean: the batch is empty");
      for (int i = 0; i < count_; ++i) {
        if (is_mean_[i]) weights_[i] /= static_cast<float>(size());
      }
    }
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  std::size_t examples() const { return examples_; }
  /// Elements.
  std::size_t size() const { return examples_ * Facts.domain.shape.size(); }
  const float* operator[](int i) const { return at_[i]; }

  int leaf(const Number& number) { return add(&number.value); }
  int leaf(const ScalarLeaf& scalar) { return add(scalar.value); }
  int leaf(const Weight& weight) {
    weights_[count_] = weight.value;
    is_mean_[count_] = weight.is_mean;
    return add(&weights_[count_]);
  }
  template <class M>
  int leaf(const TensorLeaf<M>& tensor) {
    const std::size_t examples = tensor.place.examples();
    if (sized_ && examples != examples_) {
      throw std::invalid_argument("elementwise: batches of " + std::to_string(examples_) + " and " +
                                  std::to_string(examples) + " examples in one expression");
    }
    sized_ = true;
    examples_ = examples;
    return add(tensor.place.data());
  }
  template <class M>
  int leaf(const ChannelLeaf<M>& channels) {
    return add(channels.place.data());
  }
  static int emit(Op, int, int = 0, int = 0, float = 0) { return 0; }
  static int include(const Formula&, std::span<const int>) { return 0; }

 private:
  int add(const float* place) {
    at_[count_++] = place;
    return 0;
  }

  static constexpr int weighted_ = Facts.has_weights ? Facts.leaf_count : 1;

  const float* at_[Facts.leaf_count]{};
  float weights_[weighted_]{};
  bool is_mean_[weighted_]{};
  int count_ = 0;
  std::size_t examples_ = 1;
  bool sized_ = false;
};

/// In which order a loop goes through examples and channels.
enum class Order : unsigned char {
  as_stored,          // example after example, channel after channel
  channel_by_channel  // all examples of a channel, or of a vector of features, one after the other
};

namespace detail {

/// Elements that lie one behind the other and read the same channel, if any reads one.
struct Run {
  std::size_t begin = 0;    // of all elements
  std::size_t channel = 0;  // or, of features, the first
  std::size_t length = 0;
};

inline constexpr std::size_t vector_size = simd::lanes;

/// The part of the loop that has no branches: a sink is inlined into it.
template <const LoopFacts& Facts, class Sink>
class RunLoop {
 public:
  template <class S>
  CONVEXPR_INLINE RunLoop(const S& streams, const Run& run) : begin_(run.begin) {
    simd::unroll<count>([&](auto k) __attribute__((always_inline)) {
      constexpr Reads reads = Facts.leaves[k].reads;
      if constexpr (reads == Reads::each) from_[k] = streams[k] + run.begin;
      if constexpr (reads == Reads::row) from_[k] = streams[k] + run.channel;
      if constexpr (reads == Reads::channel) inputs_[k] = simd::broadcast(streams[k][run.channel]);
      if constexpr (reads == Reads::number) inputs_[k] = simd::broadcast(*streams[k]);
    });
  }

  /// The elements from i on, before `end`; both are counted from the run's beginning.
  CONVEXPR_INLINE void operator()(std::size_t i, std::size_t end, Sink& sink) {
    constexpr std::size_t step = std::size_t{Sink::unrolled} * vector_size;
    auto registers = sink.open();
    for (; i + step <= end; i += step) {
      simd::unroll<Sink::unrolled>([&](auto slot) __attribute__((always_inline)) {
        read<false>(i + std::size_t{slot} * vector_size);
        registers.template take<slot>(begin_ + i + std::size_t{slot} * vector_size, results());
      });
    }
    for (; i < end; i += vector_size) {
      const int size = static_cast<int>(end - i < vector_size ? end - i : vector_size);
      read<true>(i, size);
      registers.take_first(begin_ + i, results(), size);
    }
    sink.close(registers);
  }

 private:
  static constexpr int count = Facts.leaf_count;

  CONVEXPR_INLINE auto results() const { return expr::evaluate<Sink::formula>(inputs_); }

  /// Reads a vector of each stream, or its first lanes.
  template <bool First>
  CONVEXPR_INLINE void read(std::size_t i, int size = 0) {
    simd::unroll<count>([&](auto k) __attribute__((always_inline)) {
      if constexpr (Facts.leaves[k].reads <= Reads::row) {
        const float* const from = from_[k] + i;
        inputs_[k] = First ? simd::load_first(from, size) : simd::load_unaligned(from);
      }
    });
  }

  std::size_t begin_;
  const float* from_[count]{};
  Vectors<count> inputs_;
};

}  // namespace detail

/// Computes a sink's formula for every element.
///
/// Sink       `formula`, whose inputs the facts tell of; `order`; `open()`, which gives an object that
///            lives in registers for at most `piece` elements (0: for as many as there are) and then
///            goes to `close`: it has `take<slot>(place, results)`, with slots from 0 to
///            `unrolled` - 1, and `take_first(place, results, size)`, where only so many lanes are
///            elements; `end_channel(c)`, called in the order channel by channel
template <const LoopFacts& Facts, class Sink>
void run_loop(const Streams<Facts>& streams, Sink& sink) {
  constexpr Shape shape = Facts.domain.shape;
  constexpr bool by_channel = Facts.reads(Reads::channel);
  constexpr bool by_row = Facts.reads(Reads::row);
  constexpr bool turned = Sink::order == Order::channel_by_channel;
  // A channel is its pixels, or, of features, as many of them as a vector has.
  constexpr std::size_t pixels = static_cast<std::size_t>(shape.height) * shape.width;
  constexpr std::size_t width = by_channel ? pixels : turned ? detail::vector_size : shape.size();
  constexpr std::size_t channels = (shape.size() + width - 1) / width;

  const auto run = [&](std::size_t begin, std::size_t channel, std::size_t length) {
    detail::RunLoop<Facts, Sink> loop(streams, {begin, channel, length});
    constexpr std::size_t piece = Sink::piece;
    for (std::size_t i = 0; i < length; i += piece) {
      if constexpr (piece == 0) {
        return loop(0, length, sink);
      } else {
        loop(i, i + piece < length ? i + piece : length, sink);
      }
    }
  };
  if constexpr (!by_channel && !by_row) {
    run(0, 0, streams.size());
  } else {
    const std::size_t outer = turned ? channels : streams.examples();
    const std::size_t inner = turned ? streams.examples() : channels;
    for (std::size_t i = 0; i < outer; ++i) {
      for (std::size_t j = 0; j < inner; ++j) {
        const std::size_t channel = turned ? i : j;
        const std::size_t begin = channel * width;
        const std::size_t length = begin + width <= shape.size() ? width : shape.size() - begin;
        run((turned ? j : i) * shape.size() + begin, by_channel ? channel : begin, length);
      }
      if constexpr (turned) sink.end_channel(i);
    }
  }
}

}  // namespace convexpr::expr
