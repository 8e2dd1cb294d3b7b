// Tells a slope by the function's output instead of its input, where that can be done.
//
// The backward pass of y = max(x, 0) then needs y alone: x is not kept, and y may stand in its
// place. Nothing is searched for: a slope is rewritten from its result on, and either every value in
// it can be told or the attempt is given up.
#pragma once

#include <convexpr/expr/formula_builder.hpp>
#include <convexpr/expr/signs.hpp>
#include <optional>

namespace convexpr::expr::detail {

/// A comparison of a value with a constant: v > c, v >= c, v < c or v <= c.
struct Bound {
  bool above = true;
  bool strict = true;
  float c = 0;

  constexpr Bound flipped() const { return {!above, strict, c}; }
  constexpr Bound with(float constant) const { return {above, strict, constant}; }
};

/// Rewrites what was computed from a function's inputs in terms of its output.
///
/// What can be told: the output; numbers and inputs that may be read; what follows from a value that
/// can be told by undoing negations and constant factors; comparisons with constants, which are
/// carried along from a value to the output; within an arm of a choice, what that arm computes,
/// for it is the choice's value there; and what is computed from all of these.
///
/// Requires   the function is what the builder holds first; what is expressed was written behind it,
///            with `select` by the function's own conditions
class FromOutput {
 public:
  static constexpr int none = -1;

  /// `output` is the number of the builder's input that stands for the value y, bit i of `allowed`
  /// whether input i may be read.
  constexpr FromOutput(FormulaBuilder& builder, int function_size, int y, int output,
                       unsigned allowed)
      : b_(builder), function_size_(function_size), y_(y), allowed_(allowed) {
    for (int& term : terms_.of) term = untried;
    learn(y, b_.input(output));
  }

  /// The value i by other means, or none.
  constexpr int express(int i) {
    if (terms_.of[i] == untried) {
      const int term = attempt(i, b_[i]);
      terms_.of[i] = term == none ? impossible : term;
    }
    return terms_.of[i] == impossible ? none : terms_.of[i];
  }

 private:
  static constexpr int untried = -1;
  static constexpr int impossible = -2;

  /// For each value how it can be told, so far.
  struct Terms {
    int of[FormulaBuilder::capacity + 1]{};
  };

  /// Value v is `term`, and so is known what it was made of by a factor or a sign.
  constexpr void learn(int v, int term) {
    while (terms_.of[v] == untried && !b_.is_number(v)) {
      terms_.of[v] = term;
      const Instruction step = b_[v];
      if (step.op == Op::negate) {
        term = b_.emit(Op::negate, term);
        v = step.a;
      } else if (step.op == Op::multiply && b_.is_number(step.a)) {
        term = divided(term, step.a);
        v = step.b;
      } else if (step.op == Op::divide && b_.is_number(step.b)) {
        term = multiplied(step.b, term);
        v = step.a;
      }
    }
  }

  constexpr int attempt(int i, const Instruction& step) {
    if (step.op == Op::constant) return i;
    if (step.op == Op::input) return (allowed_ >> step.a & 1U) != 0 ? i : none;
    if (step.op == Op::select) return choice(step);
    const int told = comparison(step);
    if (told != none) return told;
    int terms[3]{};
    for (int k = 0; k < operand_count(step.op); ++k) {
      terms[k] = express(step.operand(k));
      if (terms[k] == none) return none;
    }
    if (step.op == Op::multiply && b_.is_number(terms[0])) return multiplied(terms[0], terms[1]);
    return b_.emit(step.op, terms[0], terms[1], terms[2], step.value);
  }

  constexpr int choice(const Instruction& step) {
    const int condition = express(step.a);
    if (condition == none) return none;
    const int then = in_arm(step.a, true, step.b);
    const int otherwise = then == none ? none : in_arm(step.a, false, step.c);
    return otherwise == none ? none : b_.emit(Op::select, condition, then, otherwise);
  }

  /// The value i where the condition holds, or where it does not: every choice that the function
  /// makes by it has the value of that arm.
  constexpr int in_arm(int condition, bool holds, int i) {
    const Terms outside = terms_;
    for (int& term : terms_.of) {
      if (term == impossible) term = untried;
    }
    enter(condition, holds);
    const int term = express(i);
    terms_ = outside;
    return term;
  }

  constexpr void enter(int condition, bool holds) {
    if (holds && b_[condition].op == Op::both) {
      enter(b_[condition].a, true);
      enter(b_[condition].b, true);
    }
    for (int v = 0; v < function_size_; ++v) {
      const Instruction step = b_[v];
      if (step.op != Op::select || step.a != condition || terms_.of[v] < 0) continue;
      learn(holds ? step.b : step.c, terms_.of[v]);
    }
  }

  /// A comparison with a constant, carried along to the output.
  constexpr int comparison(const Instruction& step) {
    if (step.op != Op::less && step.op != Op::less_equal) return none;
    const bool strict = step.op == Op::less;
    if (b_.is_number(step.a)) return carried(step.b, {true, strict, b_[step.a].value});
    if (b_.is_number(step.b)) return carried(step.a, {false, strict, b_[step.b].value});
    return none;
  }

  /// Whether v keeps the bound, told by the output. The bound takes the way that values took, so at
  /// the bound itself both have been rounded alike.
  constexpr int carried(int v, const Bound& bound) {
    if (v == y_) return kept(terms_.of[y_], bound);
    for (int w = v + 1; w < function_size_; ++w) {
      const std::optional<Bound> onwards = through(v, b_[w], bound);
      const int told = onwards ? carried(w, *onwards) : none;
      if (told != none) return told;
    }
    return none;
  }

  constexpr int kept(int term, const Bound& bound) {
    const int c = b_.number(bound.c);
    const Op op = bound.strict ? Op::less : Op::less_equal;
    return bound.above ? b_.emit(op, c, term) : b_.emit(op, term, c);
  }

  /// The bound that the value of `step` keeps if and only if its operand v keeps the given one.
  constexpr std::optional<Bound> through(int v, const Instruction& step, const Bound& bound) const {
    const bool constant_first = operand_count(step.op) == 2 && step.b == v && b_.is_number(step.a);
    const float d = constant_first ? b_[step.a].value : 0;
    switch (step.op) {
      case Op::add: return constant_first ? moved(bound, Op::add, bound.c, d) : std::nullopt;
      case Op::subtract:
        return constant_first ? moved(bound.flipped(), Op::subtract, d, bound.c) : std::nullopt;
      case Op::multiply:
        if (!constant_first) return std::nullopt;
        return moved(d > 0 ? bound : bound.flipped(), Op::multiply, bound.c, d);
      case Op::divide: {
        if (step.a != v || !b_.is_number(step.b)) return std::nullopt;
        const float divisor = b_[step.b].value;
        return moved(divisor > 0 ? bound : bound.flipped(), Op::divide, bound.c, divisor);
      }
      case Op::negate:
        return step.a == v ? std::optional(bound.flipped().with(-bound.c)) : std::nullopt;
      case Op::minimum:
      case Op::maximum:
        return constant_first && leaves(step.op, d, bound) ? std::optional(bound) : std::nullopt;
      case Op::expm1:
      case Op::tanh:
      case Op::erf:  // the sign of their operand
        return step.a == v && bound.c == 0 ? std::optional(bound) : std::nullopt;
      case Op::select: return keeps_sign(v, step, bound) ? std::optional(bound) : std::nullopt;
      default: return std::nullopt;
    }
  }

  static constexpr std::optional<Bound> moved(const Bound& bound, Op op, float p, float q) {
    const std::optional<float> c = fold(op, p, q, 0, 0);
    return c ? std::optional(bound.with(*c)) : std::nullopt;
  }

  /// Whether a minimum or maximum with d leaves it to the other operand if the bound is kept.
  static constexpr bool leaves(Op op, float d, const Bound& bound) {
    const bool is_minimum = op == Op::minimum;
    const bool beyond = is_minimum ? bound.c < d : d < bound.c;
    // Where c is d: min(d, v) < d is v < d, but min(d, v) <= d says nothing.
    const bool reaches = bound.c == d && bound.strict == (bound.above != is_minimum);
    return beyond || reaches;
  }

  /// Whether `step` chooses by the sign of v what has that sign.
  constexpr bool keeps_sign(int v, const Instruction& step, const Bound& bound) const {
    const Instruction& test = b_[step.a];
    if (test.op != Op::less && test.op != Op::less_equal) return false;
    const bool above = b_.is_number(test.a, 0) && test.b == v;  // 0 < v or 0 <= v
    if (!above && !(b_.is_number(test.b, 0) && test.a == v)) return false;
    const bool zero_is_below = above == (test.op == Op::less);
    if (bound.c != 0 || (bound.strict == bound.above) != zero_is_below) return false;

    const int upper = above ? step.b : step.c;
    const int lower = above ? step.c : step.b;
    const Signs where_above = zero_is_below ? Signs::positive() : Signs::not_negative();
    const Signs where_below = zero_is_below ? Signs::not_positive() : Signs::negative();
    return signs_where(b_, upper, v, where_above).within(where_above) &&
           signs_where(b_, lower, v, where_below).within(where_below);
  }

  /// A constant times a term. Opens sums of constants and multiples, so that what undoing a factor
  /// brought in goes out again: a * (y / a + 1) is y + a.
  constexpr int multiplied(int constant, int term) {
    const Instruction step = b_[term];
    if (step.op == Op::divide && step.b == constant) return step.a;
    if (step.op == Op::add && b_.is_number(step.a) && is_multiple(step.b)) {
      const int moved = b_.emit(Op::multiply, constant, step.a);
      return b_.emit(Op::add, moved, multiplied(constant, step.b));
    }
    return b_.emit(Op::multiply, constant, term);
  }
  constexpr bool is_multiple(int i) const {
    const Instruction& step = b_[i];
    return (step.op == Op::multiply && b_.is_number(step.a)) ||
           (step.op == Op::divide && b_.is_number(step.b));
  }

  /// A term by a constant; two divisions are one.
  constexpr int divided(int term, int constant) {
    const Instruction step = b_[term];
    if (step.op == Op::divide && b_.is_number(step.b)) {
      const int product = b_.emit(Op::multiply, step.b, constant);
      if (b_.is_number(product) && !b_.is_number(product, 0)) {
        return b_.emit(Op::divide, step.a, product);
      }
    }
    return b_.emit(Op::divide, term, constant);
  }

  FormulaBuilder& b_;
  int function_size_;
  int y_;
  unsigned allowed_;
  Terms terms_;
};

}  // namespace convexpr::expr::detail
