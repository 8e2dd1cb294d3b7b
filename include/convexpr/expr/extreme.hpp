// Numbers from expressions: the largest and the smallest of all their elements.
#pragma once

#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/loop.hpp>
#include <cstddef>
#include <limits>
#include <stdexcept>

namespace convexpr::expr {

namespace detail {

/// Keeps the largest, or the smallest, of the results.
template <Formula F, bool Largest>
class Extreme {
 public:
  static constexpr const Formula& formula = F;
  static constexpr int unrolled = few_instructions(F) ? 4 : 1;
  static constexpr std::size_t piece = 0;
  static constexpr Order order = Order::as_stored;

  struct Registers {
    simd::Vector best[unrolled];

    template <int Slot>
    CONVEXPR_INLINE void take(std::size_t, const Vectors<1>& results) {
      best[Slot] = better(best[Slot], results[0]);
    }
    CONVEXPR_INLINE void take_first(std::size_t, const Vectors<1>& results, int size) {
      const simd::Mask inside = simd::first_lanes(size);
      best[0] = better(best[0], simd::select(inside, results[0], simd::broadcast(worst)));
    }
  };
  CONVEXPR_INLINE static Registers open() {
    Registers registers;
    CONVEXPR_UNROLL
    for (int i = 0; i < unrolled; ++i) registers.best[i] = simd::broadcast(worst);
    return registers;
  }
  CONVEXPR_INLINE void close(const Registers& registers) {
    CONVEXPR_UNROLL
    for (int i = 0; i < unrolled; ++i) best_ = better(best_, registers.best[i]);
  }

  float value() const {
    alignas(simd::alignment) float lanes[simd::lanes];
    simd::store(lanes, best_);
    float best = lanes[0];
    for (const float lane : lanes) {
      if (!(lane == lane)) return lane;
      if (Largest ? lane > best : lane < best) best = lane;
    }
    return best;
  }

 private:
  static constexpr float worst = (Largest ? -1.0F : 1.0F) * std::numeric_limits<float>::infinity();

  /// A NaN in b is given by max and min, and once it is there it stays.
  CONVEXPR_INLINE static simd::Vector better(simd::Vector a, simd::Vector b) {
    return simd::select(a == a, Largest ? simd::max(a, b) : simd::min(a, b), a);
  }

  simd::Vector best_ = simd::broadcast(worst);
};

template <bool Largest, class Tree>
float extreme_of(const Tree& tree) {
  using Scanned = Loop<Tree>;
  static_cast<void>(convexpr::detail::Insist<Scanned::refusal>{});
  if constexpr (Scanned::refusal.happened()) {
    return 0;
  } else {
    const Streams<Scanned::facts> streams(tree);
    if (streams.size() == 0) {
      throw std::invalid_argument(Largest ? "max: the batch is empty" : "min: the batch is empty");
    }
    Extreme<Scanned::formula, Largest> extreme;
    run_loop(streams, extreme);
    return extreme.value();
  }
}

}  // namespace detail

/// The largest element, at once; NaN if one is NaN.
///
/// Errors     as for mean
template <HasElements X>
float max(X&& x) {
  insist_on_operands<X&>();  // computed at once: a temporary will do
  return detail::extreme_of<true>(operand(x));
}

/// The smallest, likewise.
template <HasElements X>
float min(X&& x) {
  insist_on_operands<X&>();  // computed at once: a temporary will do
  return detail::extreme_of<false>(operand(x));
}

}  // namespace convexpr::expr

namespace convexpr {

using expr::max;
using expr::min;

}  // namespace convexpr
