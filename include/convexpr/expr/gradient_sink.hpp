// Where the slopes of a loss go: each to its element, or into the sum for what is repeated.
#pragma once

#include <convexpr/expr/block_sum.hpp>
#include <convexpr/expr/gradient_facts.hpp>
#include <convexpr/expr/loop.hpp>
#include <cstddef>

namespace convexpr::expr::detail {

/// The sink of the loop of one term.
///
/// Plan       a GradientPlan
/// Written    the arguments whose gradient has been written already, as bits: it is added to
template <class Plan, unsigned Written>
class GradientSink {
  static constexpr int count = Plan::arguments;

 public:
  static constexpr const Formula& formula = Plan::formula;
  static constexpr int unrolled = 1;
  static constexpr std::size_t piece = Block<1>::most;
  static constexpr Order order = Plan::order;

  /// arguments  where they lie: leaves that lie there are them
  template <class Streams>
  GradientSink(const Streams& streams, const float* const* arguments, float* const* gradients) {
    for (int j = 0; j < count; ++j) {
      out_[j] = gradients[j];
      for (int c = 0; c < Plan::candidates[j].count; ++c) {
        is_argument_[j][c] = streams[Plan::candidates[j].leaf[c]] == arguments[j];
      }
    }
  }

  /// Whether some leaf is argument j.
  bool meets(int j) const {
    bool any = false;
    for (int c = 0; c < Plan::candidates[j].count; ++c) any = any || is_argument_[j][c];
    return any;
  }

  class Registers {
   public:
    CONVEXPR_INLINE explicit Registers(const GradientSink& sink) {
      simd::unroll<count>([&](auto j) __attribute__((always_inline)) {
        out_[j] = sink.out_[j];
        simd::unroll<Plan::candidates[j].count>([&](auto c) __attribute__((always_inline)) {
          is_argument_[j][c] = simd::first_lanes(sink.is_argument_[j][c] ? simd::lanes : 0);
        });
      });
    }
    template <int Slot, class Results>
    CONVEXPR_INLINE void take(std::size_t place, const Results& results) {
      simd::unroll<count>([&](auto j) __attribute__((always_inline)) {
        const simd::Vector dx = adjoint<j>(results);
        float* const out = out_[j] + place;
        if constexpr (Plan::is_stored(j)) {
          simd::store_unaligned(out, is_written(j) ? simd::load_unaligned(out) + dx : dx);
        }
        if constexpr (Plan::is_summed(j)) sums_[j].template add<0>(dx);
      });
      if constexpr (Plan::with_value) value_.template add<0>(results[0]);
    }
    template <class Results>
    CONVEXPR_INLINE void take_first(std::size_t place, const Results& results, int size) {
      simd::unroll<count>([&](auto j) __attribute__((always_inline)) {
        const simd::Vector dx = adjoint<j>(results);
        float* const out = out_[j] + place;
        if constexpr (Plan::is_stored(j)) {
          simd::store_first(out, is_written(j) ? simd::load_first(out, size) + dx : dx, size);
        }
        if constexpr (Plan::is_summed(j)) sums_[j].add_first(dx, size);
      });
      if constexpr (Plan::with_value) value_.add_first(results[0], size);
    }

   private:
    friend class GradientSink;

    /// The slopes of all leaves that are argument j.
    template <int J, class Results>
    CONVEXPR_INLINE simd::Vector adjoint(const Results& results) const {
      simd::Vector sum = simd::zero();
      simd::unroll<Plan::candidates[J].count>([&](auto c) __attribute__((always_inline)) {
        constexpr int slope = Plan::slope_of(Plan::candidates[J].leaf[c]);
        const simd::Vector part = simd::select(is_argument_[J][c], results[slope], simd::zero());
        sum = c == 0 ? part : sum + part;
      });
      return sum;
    }

    float* out_[count];
    simd::Mask is_argument_[count][most_inputs];
    Block<1> sums_[count];
    Block<1> value_;
  };

  CONVEXPR_INLINE Registers open() const { return Registers(*this); }
  CONVEXPR_INLINE void close(const Registers& registers) {
    simd::unroll<count>([&](auto j) __attribute__((always_inline)) {
      if constexpr (Plan::is_summed(j)) sums_[j].add(registers.sums_[j].sum());
    });
    if constexpr (Plan::with_value) value_.add(registers.value_.sum());
  }
  /// The gradient of a number for each channel, or of a vector's worth of features.
  void end_channel(std::size_t channel) {
    for (int j = 0; j < count; ++j) {
      if (!Plan::is_summed(j)) continue;
      if (Plan::candidates[j].reads == Reads::channel) write(j, channel, sums_[j].total());
      if (Plan::candidates[j].reads == Reads::row) {
        const std::size_t features = Plan::facts.domain.shape.size();
        for (int l = 0; l < simd::lanes; ++l) {
          const std::size_t feature = channel * vector_size + static_cast<std::size_t>(l);
          if (feature < features) write(j, feature, sums_[j].lane(l));
        }
      }
      if (Plan::candidates[j].reads != Reads::number) sums_[j].clear();
    }
  }
  /// The gradients of variables, which all elements read.
  void finish() {
    for (int j = 0; j < count; ++j) {
      const bool is_variable = Plan::candidates[j].reads == Reads::number;
      if (Plan::is_summed(j) && is_variable) write(j, 0, sums_[j].total());
    }
  }
  /// The term's value.
  double value() const { return value_.total(); }

 private:
  static constexpr bool is_written(int j) { return (Written >> j & 1U) != 0; }
  void write(int j, std::size_t i, double v) {
    const auto rounded = static_cast<float>(v);
    out_[j][i] = is_written(j) ? out_[j][i] + rounded : rounded;
  }

  float* out_[count];
  bool is_argument_[count][most_inputs]{};
  BlockSum sums_[count];
  BlockSum value_;
};

}  // namespace convexpr::expr::detail
