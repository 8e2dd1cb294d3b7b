// Which signs the values of a program can have, where the sign of one of them is known.
#pragma once

#include <convexpr/expr/formula_builder.hpp>

namespace convexpr::expr::detail {

/// A set of signs.
struct Signs {
  bool below = true;
  bool zero = true;
  bool above = true;

  static constexpr Signs negative() { return {true, false, false}; }
  static constexpr Signs not_positive() { return {true, true, false}; }
  static constexpr Signs not_negative() { return {false, true, true}; }
  static constexpr Signs positive() { return {false, false, true}; }

  constexpr bool within(const Signs& other) const {
    return below <= other.below && zero <= other.zero && above <= other.above;
  }
  constexpr Signs mirrored() const { return {above, zero, below}; }
};

constexpr Signs united(const Signs& p, const Signs& q) {
  return {p.below || q.below, p.zero || q.zero, p.above || q.above};
}

constexpr Signs sign_of(float v) {
  return v != v ? Signs{} : Signs{v < 0, v == 0, v > 0};  // of what is no number: nothing known
}

constexpr Signs sum_of(const Signs& p, const Signs& q) {
  return {p.below || q.below, (p.zero && q.zero) || (p.below && q.above) || (p.above && q.below),
          p.above || q.above};
}

constexpr Signs product_of(const Signs& p, const Signs& q) {
  return {(p.below && q.above) || (p.above && q.below), p.zero || q.zero,
          (p.below && q.below) || (p.above && q.above)};
}

constexpr Signs maximum_of(const Signs& p, const Signs& q) {
  const bool at_most_zero = (p.below || p.zero) && (q.below || q.zero);
  return {p.below && q.below, at_most_zero && (p.zero || q.zero), p.above || q.above};
}

/// The signs of what an operation gives.
constexpr Signs signs_of(Op op, const Signs& a, const Signs& b, const Signs& c) {
  switch (op) {
    case Op::add: return sum_of(a, b);
    case Op::subtract: return sum_of(a, b.mirrored());
    case Op::multiply: return product_of(a, b);
    case Op::divide: return b.zero ? Signs{} : product_of(a, b);
    case Op::negate: return a.mirrored();
    case Op::maximum: return maximum_of(a, b);
    case Op::minimum: return maximum_of(a.mirrored(), b.mirrored()).mirrored();
    case Op::absolute:
    case Op::square: return {false, a.zero, a.below || a.above};
    case Op::expm1:
    case Op::log1p:
    case Op::tanh:
    case Op::erf:
    case Op::sqrt: return a;
    case Op::exp:
    case Op::sigmoid:
    case Op::softplus: return Signs::positive();
    case Op::select: return united(b, c);
    default: return {};
  }
}

/// The signs of value i, where value v has the given ones.
constexpr Signs signs_where(const FormulaBuilder& builder, int i, int v, const Signs& given) {
  Signs signs[FormulaBuilder::capacity + 1]{};
  for (int k = 0; k <= i; ++k) {
    const Instruction& step = builder[k];
    if (k == v) {
      signs[k] = given;
    } else if (step.op == Op::constant) {
      signs[k] = sign_of(step.value);
    } else {
      signs[k] = signs_of(step.op, signs[step.a], signs[step.b], signs[step.c]);
    }
  }
  return signs[i];
}

}  // namespace convexpr::expr::detail
