// The operations that an elementwise function is made of, and what can be said of each.
#pragma once

namespace convexpr::expr {

/// One step of a function. `input` and `constant` begin it; comparisons give conditions, which
/// `both`, `either` and `no` combine and `select` reads; everything else is a number.
///
/// A member named after a layer or a function computes what that does.
enum class Op : unsigned char {
  input,         // which one, in `a`
  constant,      // its number, in `value`
  add,           // a + b
  subtract,      // a - b
  multiply,      // a * b
  divide,        // a / b
  negate,        // -a
  minimum,       // a NaN in b is given back, one in a may be lost, as in simd::min
  maximum,       // likewise
  absolute,      // |a|
  square,        // a * a
  exp,           //
  expm1,         // exp(a) - 1
  log,           //
  log1p,         // log(1 + a)
  sqrt,          //
  rsqrt,         // 1 / sqrt(a)
  tanh,          //
  sigmoid,       // 1 / (1 + exp(-a))
  softplus,      // log(1 + exp(a))
  erf,           //
  pow,           // a to the power of the number in `value`
  multiply_add,  // a * b + c
  gate,          // a * sigmoid(b), as a / (1 + exp(-b))
  less,          // a < b
  less_equal,    // a <= b
  equal,         // a == b
  both,          // a and b
  either,        // a or b
  no,            // not a
  select,        // a ? b : c
};

/// How many of a, b and c name what the operation reads.
constexpr int operand_count(Op op) {
  switch (op) {
    case Op::input:
    case Op::constant: return 0;
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::minimum:
    case Op::maximum:
    case Op::gate:
    case Op::less:
    case Op::less_equal:
    case Op::equal:
    case Op::both:
    case Op::either: return 2;
    case Op::multiply_add:
    case Op::select: return 3;
    default: return 1;
  }
}

/// Whether it gives a condition.
constexpr bool is_condition(Op op) { return op >= Op::less && op <= Op::no; }

/// Whether it compares two numbers.
constexpr bool is_comparison(Op op) { return op >= Op::less && op <= Op::equal; }

/// Whether the order of its two operands does not matter.
constexpr bool is_commutative(Op op) {
  switch (op) {
    case Op::add:
    case Op::multiply:
    case Op::minimum:
    case Op::maximum:
    case Op::equal:
    case Op::both:
    case Op::either: return true;
    default: return false;
  }
}

/// Whether it takes tens of instructions.
constexpr bool is_transcendental(Op op) {
  switch (op) {
    case Op::exp:
    case Op::expm1:
    case Op::log:
    case Op::log1p:
    case Op::tanh:
    case Op::sigmoid:
    case Op::softplus:
    case Op::erf:
    case Op::pow:
    case Op::gate: return true;
    default: return false;
  }
}

/// Whether it takes about as long as a division.
constexpr bool is_division(Op op) { return op == Op::divide || op == Op::sqrt || op == Op::rsqrt; }

}  // namespace convexpr::expr
