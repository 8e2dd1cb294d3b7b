// The rules by which FormulaBuilder simplifies an operation before it writes it.
//
// They hold for numbers; where a value is infinite or no number a rule may give less of either:
// x * 0 is 0. Nothing is reordered but constant factors, so no sum loses digits.
#pragma once

#include <bit>
#include <convexpr/expr/formula.hpp>
#include <cstdint>

namespace convexpr::expr::detail {

/// What one operation becomes: each function gives the number of a simpler value, or `none`.
///
/// Builder is FormulaBuilder, which is not known here yet.
template <class Builder>
class Simplifier {
 public:
  static constexpr int none = -1;

  constexpr explicit Simplifier(Builder& builder) : b_(builder) {}

  constexpr int simplified(Op op, int p, int q, int r, float value) {
    switch (op) {
      case Op::multiply_add: return b_.emit(Op::add, b_.emit(Op::multiply, p, q), r);
      case Op::gate: return b_.emit(Op::multiply, p, b_.emit(Op::sigmoid, q));
      case Op::add: return sum(p, q);
      case Op::subtract: return difference(p, q);
      case Op::multiply: return product(p, q);
      case Op::divide: return quotient(p, q);
      case Op::negate: return negative(p);
      case Op::absolute: return absolute(p);
      case Op::square: return square(p);
      case Op::pow: return power(p, value);
      case Op::minimum:
      case Op::maximum: return extreme(op, p, q);
      case Op::both:
      case Op::either: return combined(op, p, q);
      case Op::no: return is(p, Op::no) ? b_[p].a : none;
      case Op::select: return choice(p, q, r);
      default: return none;
    }
  }

 private:
  constexpr bool is(int i, Op op) const { return b_[i].op == op; }
  constexpr bool number(int i) const { return b_.is_number(i); }
  constexpr bool number(int i, float v) const { return b_.is_number(i, v); }
  /// A product with a constant, which stands first.
  constexpr bool scaled(int i) const { return is(i, Op::multiply) && number(b_[i].a); }
  constexpr int multiplied(int i) const { return scaled(i) ? b_[i].b : i; }
  constexpr int factor_of(int i) { return scaled(i) ? b_[i].a : b_.number(1); }
  /// A choice between something and 0.
  constexpr bool masked(int i) const {
    return is(i, Op::select) && (number(b_[i].b, 0) || number(b_[i].c, 0));
  }

  constexpr int sum(int p, int q) {
    if (number(p, 0)) return q;
    if (number(q, 0)) return p;
    if (is(q, Op::negate)) return b_.emit(Op::subtract, p, b_[q].a);
    if (is(p, Op::negate)) return b_.emit(Op::subtract, q, b_[p].a);
    if (multiplied(p) == multiplied(q)) {  // x + 2 * x
      const int factor = b_.emit(Op::add, factor_of(p), factor_of(q));
      return b_.emit(Op::multiply, factor, multiplied(p));
    }
    if (one_choice(p, q)) return merged(p, q);
    // r + choice + choice, as the adjoint of what both arms read grows.
    for (const bool first : {true, false}) {
      if (!is(p, Op::add)) break;
      const int choice = first ? b_[p].a : b_[p].b;
      const int rest = first ? b_[p].b : b_[p].a;
      if (one_choice(choice, q)) return b_.emit(Op::add, rest, merged(choice, q));
    }
    return none;
  }

  /// Whether the sum of two choices by one condition is another one, without an addition.
  constexpr bool one_choice(int p, int q) const {
    return masked(p) && masked(q) && b_[p].a == b_[q].a &&
           (number(b_[p].b, 0) || number(b_[q].b, 0)) && (number(b_[p].c, 0) || number(b_[q].c, 0));
  }
  constexpr int merged(int p, int q) {
    const Instruction x = b_[p];
    const Instruction y = b_[q];
    const int then = b_.emit(Op::add, x.b, y.b);
    return b_.emit(Op::select, x.a, then, b_.emit(Op::add, x.c, y.c));
  }

  constexpr int difference(int p, int q) {
    if (number(p, 0)) return b_.emit(Op::negate, q);
    if (number(q)) return b_.emit(Op::add, p, b_.number(-b_[q].value));
    if (is(q, Op::negate)) return b_.emit(Op::add, p, b_[q].a);
    if (scaled(q)) return b_.emit(Op::add, p, b_.emit(Op::negate, q));  // one multiply_add
    return none;
  }

  constexpr int product(int p, int q) {
    if (p == q) return b_.emit(Op::square, p);
    if (number(q)) {  // a constant first
      const int swapped = p;
      p = q;
      q = swapped;
    }
    if (number(p, 1)) return q;
    if (number(p, 0)) return p;
    if (number(p, -1)) return b_.emit(Op::negate, q);
    if (is(q, Op::negate) && number(p)) {
      return b_.emit(Op::multiply, b_.emit(Op::negate, p), b_[q].a);
    }
    if (is(p, Op::negate) && is(q, Op::negate)) return b_.emit(Op::multiply, b_[p].a, b_[q].a);
    if (number(p) && scaled(q)) {  // constants together, where their product is a number
      const int constants = b_.emit(Op::multiply, p, b_[q].a);
      if (number(constants) && !number(constants, 0)) {
        return b_.emit(Op::multiply, constants, b_[q].b);
      }
    }
    if (scaled(p) && scaled(q)) {
      const int constants = b_.emit(Op::multiply, b_[p].a, b_[q].a);
      if (number(constants) && !number(constants, 0)) {
        return b_.emit(Op::multiply, constants, b_.emit(Op::multiply, b_[p].b, b_[q].b));
      }
    }
    return masked(q) ? in_arms(Op::multiply, q, p) : masked(p) ? in_arms(Op::multiply, p, q) : none;
  }

  constexpr int quotient(int p, int q) {
    if (number(p, 0)) return p;
    if (number(q, 1)) return p;
    if (number(q, -1)) return b_.emit(Op::negate, p);
    if (number(q) && is_power_of_two(b_[q].value)) {
      return b_.emit(Op::multiply, p, b_.number(1 / b_[q].value));
    }
    return masked(p) ? in_arms(Op::divide, p, q) : none;
  }

  constexpr int negative(int p) {
    if (number(p)) return b_.number(-b_[p].value);  // infinity, which nothing else folds
    if (is(p, Op::negate)) return b_[p].a;
    if (is(p, Op::subtract)) return b_.emit(Op::subtract, b_[p].b, b_[p].a);
    if (scaled(p)) {
      const int factor = b_[p].b;
      return b_.emit(Op::multiply, b_.emit(Op::negate, b_[p].a), factor);
    }
    return masked(p) ? in_arms(Op::negate, p, 0) : none;
  }

  /// The operation within the arms of a choice, where one arm stays 0. Besides the multiplication
  /// that this saves: 0 times a slope that is infinite beyond the choice would be no number.
  constexpr int in_arms(Op op, int choice, int other) {
    const Instruction x = b_[choice];
    const int then = number(x.b, 0) ? x.b : b_.emit(op, x.b, other);
    return b_.emit(Op::select, x.a, then, number(x.c, 0) ? x.c : b_.emit(op, x.c, other));
  }

  constexpr int absolute(int p) {
    if (is(p, Op::absolute) || is(p, Op::square)) return p;
    return is(p, Op::negate) ? b_.emit(Op::absolute, b_[p].a) : none;
  }

  constexpr int square(int p) {
    return is(p, Op::negate) || is(p, Op::absolute) ? b_.emit(Op::square, b_[p].a) : none;
  }

  constexpr int power(int p, float exponent) {
    if (exponent == 0) return b_.number(1);
    if (exponent == 1) return p;
    if (exponent == 2) return b_.emit(Op::square, p);
    if (exponent == 3) return b_.emit(Op::multiply, p, b_.emit(Op::square, p));
    if (exponent == 0.5F) return b_.emit(Op::sqrt, p);
    if (exponent == -0.5F) return b_.emit(Op::rsqrt, p);
    if (exponent == -1) return b_.emit(Op::divide, b_.number(1), p);
    return none;
  }

  constexpr int extreme(Op op, int p, int q) {
    if (p == q) return p;
    const int bound = number(p) ? p : q;
    const int inner = number(p) ? q : p;
    if (number(bound) && is(inner, op) && number(b_[inner].a)) {  // two bounds are one
      const int rest = b_[inner].b;
      return b_.emit(op, b_.emit(op, bound, b_[inner].a), rest);
    }
    return none;
  }

  constexpr int combined(Op op, int p, int q) {
    if (p == q) return p;
    const bool neutral = op == Op::both;  // true changes nothing in `both`, false in `either`
    if (number(p)) return (b_[p].value != 0) == neutral ? q : p;
    if (number(q)) return (b_[q].value != 0) == neutral ? p : q;
    return none;
  }

  constexpr int choice(int condition, int then, int otherwise) {
    if (then == otherwise) return then;
    if (number(condition)) return b_[condition].value != 0 ? then : otherwise;
    if (is(condition, Op::no)) return b_.emit(Op::select, b_[condition].a, otherwise, then);
    if (is(then, Op::select) && b_[then].a == condition) {
      return b_.emit(Op::select, condition, b_[then].b, otherwise);
    }
    if (is(otherwise, Op::select) && b_[otherwise].a == condition) {
      return b_.emit(Op::select, condition, then, b_[otherwise].c);
    }
    if (number(otherwise, 0) && is(then, Op::select) && number(b_[then].c, 0)) {
      const int value = b_[then].b;
      return b_.emit(Op::select, b_.emit(Op::both, condition, b_[then].a), value, otherwise);
    }
    return none;
  }

  /// Whether 1 / v has no rounding error.
  static constexpr bool is_power_of_two(float v) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(v);
    const std::uint32_t exponent = bits >> 23 & 0xFF;
    return (bits & 0x7FFFFF) == 0 && exponent > 0 && exponent < 254;
  }

  Builder& b_;
};

}  // namespace convexpr::expr::detail
