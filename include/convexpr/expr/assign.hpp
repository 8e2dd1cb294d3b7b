// `y = f(x)`: an expression computed into a tensor, in one loop without a temporary.
#pragma once

#include <convexpr/expr/loop.hpp>
#include <convexpr/tensor/batch.hpp>
#include <convexpr/tensor/tensor.hpp>
#include <cstddef>

namespace convexpr::expr {

namespace detail {

/// Writes the results where the element lies.
template <Formula F>
struct Store {
  static constexpr const Formula& formula = F;
  static constexpr int unrolled = few_instructions(F) ? 2 : 1;  // in cache a fifth faster than one
  static constexpr std::size_t piece = 0;
  static constexpr Order order = Order::as_stored;

  struct Registers {
    float* y;

    template <int Slot>
    CONVEXPR_INLINE void take(std::size_t place, const Vectors<1>& results) const {
      simd::store_unaligned(y + place, results[0]);
    }
    CONVEXPR_INLINE void take_first(std::size_t place, const Vectors<1>& results, int size) const {
      simd::store_first(y + place, results[0], size);
    }
  };
  CONVEXPR_INLINE Registers open() const { return {y}; }
  CONVEXPR_INLINE static void close(const Registers&) {}

  float* y;
};

}  // namespace detail

/// Computes an expression into a tensor, which may be one of its operands: what `y = f(x)` calls.
///
/// Cost       one pass over memory
/// Requires   views among the operands are views of all of y, or of nothing of it
/// Errors     while compiling: shapes that differ, an expression that is too long
template <IsExpression Tree, int... X>
void write_into(const Tree& tree, Tensor<float, X...>& y) {
  using Assigned = Loop<Tree, Domain{convexpr::shape(X...), false}>;
  static_cast<void>(convexpr::detail::Insist<Assigned::refusal>{});
  if constexpr (!Assigned::refusal.happened()) {
    const Streams<Assigned::facts> streams(tree);
    detail::Store<Assigned::formula> store{y.data()};
    run_loop(streams, store);
  }
}

/// The same for a batch, which gets as many examples as the batches in the expression have.
///
/// Errors     likewise; std::invalid_argument where those differ
template <IsExpression Tree, int... X>
void write_into(const Tree& tree, Batch<float, X...>& ys) {
  using Assigned = Loop<Tree, Domain{convexpr::shape(X...), true}>;
  static_cast<void>(convexpr::detail::Insist<Assigned::refusal>{});
  if constexpr (!Assigned::refusal.happened()) {
    const Streams<Assigned::facts> streams(tree, ys.size());
    ys.resize(streams.examples());
    detail::Store<Assigned::formula> store{ys.data()};
    run_loop(streams, store);
  }
}

/// What stands on the left of +=.
template <class T>
concept IsAssignable = HoldsFloats<T> && !detail::is_view<T>;

}  // namespace convexpr::expr

namespace convexpr {

// clang-format off
template <expr::IsAssignable Y, class X>
Y& operator+=(Y& y, X&& x) { return y = expr::combine<expr::Op::add, Y&, X>(y, x); }
template <expr::IsAssignable Y, class X>
Y& operator-=(Y& y, X&& x) { return y = expr::combine<expr::Op::subtract, Y&, X>(y, x); }
template <expr::IsAssignable Y, class X>
Y& operator*=(Y& y, X&& x) { return y = expr::combine<expr::Op::multiply, Y&, X>(y, x); }
template <expr::IsAssignable Y, class X>
Y& operator/=(Y& y, X&& x) { return y = expr::combine<expr::Op::divide, Y&, X>(y, x); }
// clang-format on

}  // namespace convexpr
