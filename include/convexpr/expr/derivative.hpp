// The derivative of an elementwise function, as another formula.
//
// Reverse mode: from the result back, each operation hands the adjoint of its value on to what it
// reads. The slopes are written behind the function itself, by the same builder, so they meet its
// values again; what of them the backward pass has to read is then made as little as possible
// (from_output.hpp).
#pragma once

#include <convexpr/expr/formula.hpp>
#include <convexpr/expr/formula_builder.hpp>
#include <convexpr/expr/from_output.hpp>
#include <span>

namespace convexpr::expr {

/// What an input of an adjoint's formula stands for.
enum class From : unsigned char { input, output, output_adjoint };

struct Source {
  From from = From::input;
  int index = 0;  // of the function's inputs

  friend constexpr bool operator==(const Source&, const Source&) = default;
};

/// The adjoints of some inputs of a function, one result for each.
///
/// Ensures    sources[i] says what input i of the formula stands for: only what is read is one; the
///            function's inputs come first, then its output, then the output's adjoint
struct Adjoint {
  Formula formula;
  Source sources[most_inputs + 2]{};

  /// Whether the backward pass reads input i of the function, or its output.
  constexpr bool reads_input(int i) const { return has({From::input, i}); }
  constexpr bool reads_output() const { return has({From::output, 0}); }

  friend constexpr bool operator==(const Adjoint&, const Adjoint&) = default;

 private:
  constexpr bool has(const Source& wanted) const {
    for (int i = 0; i < formula.input_count; ++i) {
      if (sources[i] == wanted) return true;
    }
    return false;
  }
};

/// The adjoints of the inputs in `wanted`, whose bit i stands for input i.
///
///     dx_i = dy * df/dx_i
///
/// Where f jumps or has a corner, PyTorch's choice: 0 where a minimum or maximum reaches a constant,
/// half where two variables are equal, 0 for |x| at 0, for `select` the slope of the arm chosen.
///
/// Requires   f has one result; f and its slopes fit a builder, else the formula has no instructions
constexpr Adjoint differentiate(const Formula& f, unsigned wanted);

/// A function with the slopes of the inputs in `wanted`: one result for each slope, behind that of the
/// function where it is asked for.
///
/// numbers    inputs that hold one number for all elements: at a corner they count as constants
///
/// Requires   as for `differentiate`
constexpr Formula with_slopes(const Formula& f, unsigned wanted, unsigned numbers, bool with_value);

namespace detail {

/// Hands adjoints back through a function, which is all that its builder holds.
class ReverseSweep {
 public:
  constexpr ReverseSweep(FormulaBuilder& builder, int y, unsigned wanted, unsigned numbers)
      : b_(builder), y_(y), numbers_(numbers) {
    for (int i = 0; i <= y; ++i) {
      const Instruction& step = b_[i];
      adjoint_[i] = none;
      wanted_[i] = step.op == Op::input && (wanted >> step.a & 1U) != 0;
      for (int k = 0; k < operand_count(step.op); ++k) wanted_[i] |= wanted_[step.operand(k)];
    }
  }

  constexpr void run() {
    give(y_, b_.number(1));
    for (int i = y_; i >= 0; --i) {
      if (adjoint_[i] != none) hand_back(i, b_[i], adjoint_[i]);
    }
  }
  /// dy/dx for the value x.
  constexpr int slope(int x) { return x > y_ || adjoint_[x] == none ? b_.number(0) : adjoint_[x]; }

 private:
  static constexpr int none = -1;

  constexpr bool is_number(int i) const {
    return b_.is_number(i) || (b_[i].op == Op::input && (numbers_ >> b_[i].a & 1U) != 0);
  }
  /// Adds to the adjoint of value i.
  constexpr void give(int i, int adjoint) {
    if (!wanted_[i]) return;
    adjoint_[i] = adjoint_[i] == none ? adjoint : b_.emit(Op::add, adjoint_[i], adjoint);
  }
  constexpr int times(int p, int q) { return b_.emit(Op::multiply, p, q); }
  constexpr int scaled(float p, int q) { return b_.emit(Op::multiply, b_.number(p), q); }
  constexpr int plus(float p, int q) { return b_.emit(Op::add, b_.number(p), q); }
  constexpr int minus(int p) { return b_.emit(Op::negate, p); }
  constexpr int one_minus(int p) { return b_.emit(Op::subtract, b_.number(1), p); }
  constexpr int over(int p, int q) { return b_.emit(Op::divide, p, q); }
  constexpr int where(int condition, int p, int q) { return b_.emit(Op::select, condition, p, q); }

  constexpr void hand_back(int v, const Instruction& step, int g) {
    const int a = step.a;
    const int b = step.b;
    switch (step.op) {
      case Op::add:
        give(a, g);
        give(b, g);
        break;
      case Op::subtract:
        give(a, g);
        if (wanted_[b]) give(b, minus(g));
        break;
      case Op::multiply:
        if (wanted_[a]) give(a, times(g, b));
        if (wanted_[b]) give(b, times(g, a));
        break;
      case Op::divide:
        if (wanted_[a]) give(a, over(g, b));
        if (wanted_[b]) give(b, minus(times(over(g, b), v)));
        break;
      case Op::minimum:
      case Op::maximum: hand_back_extreme(v, step, g); break;
      case Op::select:
        if (wanted_[b]) give(b, where(a, g, b_.number(0)));
        if (wanted_[step.c]) give(step.c, where(a, b_.number(0), g));
        break;
      case Op::negate: give(a, minus(g)); break;
      case Op::absolute: give(a, signed_like(a, g)); break;
      default:
        if (!is_condition(step.op) && wanted_[a]) give(a, times(g, slope_of_function(v, step)));
    }
  }

  /// By its own value v, where that tells it.
  constexpr int slope_of_function(int v, const Instruction& step) {
    const int a = step.a;
    switch (step.op) {
      case Op::square: return scaled(2, a);
      case Op::exp: return v;
      case Op::expm1: return plus(1, v);
      case Op::log: return over(b_.number(1), a);
      case Op::log1p: return over(b_.number(1), plus(1, a));
      case Op::sqrt: return over(b_.number(0.5F), v);
      case Op::rsqrt: return scaled(-0.5F, times(v, b_.emit(Op::square, v)));
      case Op::tanh: return one_minus(b_.emit(Op::square, v));
      case Op::sigmoid: return times(v, one_minus(v));
      case Op::softplus: return minus(b_.emit(Op::expm1, minus(v)));
      case Op::erf:
        return scaled(1.1283791670955126F, b_.emit(Op::exp, minus(b_.emit(Op::square, a))));
      case Op::pow: return scaled(step.value, b_.emit(Op::pow, a, 0, 0, step.value - 1));
      default: return b_.number(0);
    }
  }

  constexpr int signed_like(int a, int g) {
    const int zero = b_.number(0);
    const int below = where(b_.emit(Op::less, a, zero), minus(g), zero);
    return where(b_.emit(Op::less, zero, a), g, below);
  }

  constexpr void hand_back_extreme(int v, const Instruction& step, int g) {
    const bool is_maximum = step.op == Op::maximum;
    const int zero = b_.number(0);
    if (is_number(step.a)) {
      const int inside = is_maximum ? b_.emit(Op::less, step.a, v) : b_.emit(Op::less, v, step.a);
      give(step.b, where(inside, g, zero));
      return;
    }
    const int tie = b_.emit(Op::equal, step.a, step.b);
    const int half = scaled(0.5F, g);
    const int a_larger = b_.emit(Op::less, step.b, step.a);
    const int b_larger = b_.emit(Op::less, step.a, step.b);
    const int to_a = where(is_maximum ? a_larger : b_larger, g, zero);
    const int to_b = where(is_maximum ? b_larger : a_larger, g, zero);
    if (wanted_[step.a]) give(step.a, where(tie, half, to_a));
    if (wanted_[step.b]) give(step.b, where(tie, half, to_b));
  }

  FormulaBuilder& b_;
  int y_;
  unsigned numbers_;
  int adjoint_[FormulaBuilder::capacity + 1]{};
  bool wanted_[FormulaBuilder::capacity + 1]{};
};

/// A function and its slopes in one builder.
struct Slopes {
  FormulaBuilder builder;
  int y = 0;
  int function_size = 0;  // instructions of the function, which come first
  int of[most_inputs]{};  // one for each wanted input
  int count = 0;

  constexpr std::span<const int> all() const {
    return std::span<const int>(of).first(static_cast<std::size_t>(count));
  }
  /// Whether some slope depends on input i.
  constexpr bool depend_on(int i) const {
    FormulaBuilder copy = builder;
    return reads(copy.finish(all()), i);
  }
};

constexpr Slopes slopes_of(const Formula& f, unsigned wanted, unsigned numbers = 0) {
  Slopes s;
  int x[most_inputs]{};
  for (int i = 0; i < f.input_count; ++i) {  // first, as constants are in a minimum or maximum
    if ((numbers >> i & 1U) != 0) x[i] = s.builder.input(i);
  }
  for (int i = 0; i < f.input_count; ++i) x[i] = s.builder.input(i);
  s.y = s.builder.include(f, x);
  s.function_size = s.builder.size();
  ReverseSweep sweep(s.builder, s.y, wanted, numbers);
  sweep.run();
  for (int i = 0; i < f.input_count; ++i) {
    if ((wanted >> i & 1U) != 0) s.of[s.count++] = sweep.slope(x[i]);
  }
  return s;
}

/// Reads the output, number `output`, instead of inputs wherever that does without one of them.
constexpr Slopes reading_less(const Slopes& exact, int input_count, int output) {
  Slopes least = exact;
  unsigned kept = (1U << input_count) - 1;
  for (int i = 0; i < input_count; ++i) {
    if (!least.depend_on(i)) continue;
    const unsigned without = kept & ~(1U << i);
    Slopes trial = exact;
    FromOutput rewriter(trial.builder, trial.function_size, trial.y, output, without);
    bool succeeded = true;
    for (int k = 0; k < trial.count && succeeded; ++k) {
      trial.of[k] = rewriter.express(trial.of[k]);
      succeeded = trial.of[k] != FromOutput::none;
    }
    if (!succeeded || trial.builder.overflowed()) continue;
    least = trial;
    kept = without;
  }
  return least;
}

/// Numbers the inputs that are read from 0 on.
constexpr Adjoint with_sources(const Formula& f, int function_inputs) {
  Adjoint adjoint{f, {}};
  int place[most_inputs + 2]{};
  int count = 0;
  for (int i = 0; i < function_inputs + 2; ++i) {
    if (!reads(f, i)) continue;
    const From from = i < function_inputs    ? From::input
                      : i == function_inputs ? From::output
                                             : From::output_adjoint;
    adjoint.sources[count] = {from, from == From::input ? i : 0};
    place[i] = count++;
  }
  for (int k = 0; k < f.size; ++k) {
    Instruction& step = adjoint.formula.code[k];
    if (step.op == Op::input) step.a = static_cast<std::uint8_t>(place[step.a]);
  }
  adjoint.formula.input_count = count;
  return adjoint;
}

}  // namespace detail

constexpr Adjoint differentiate(const Formula& f, unsigned wanted) {
  const int output = f.input_count;
  detail::Slopes s = detail::reading_less(detail::slopes_of(f, wanted), f.input_count, output);
  const int dy = s.builder.input(output + 1);
  int results[most_inputs]{};
  for (int i = 0; i < s.count; ++i) results[i] = s.builder.emit(Op::multiply, dy, s.of[i]);
  const Formula adjoints =
      s.builder.finish(std::span<const int>(results).first(static_cast<std::size_t>(s.count)));
  return detail::with_sources(adjoints, f.input_count);
}

constexpr Formula with_slopes(const Formula& f, unsigned wanted, unsigned numbers,
                              bool with_value) {
  detail::Slopes s = detail::slopes_of(f, wanted, numbers);
  int results[most_results]{};
  int count = 0;
  if (with_value) results[count++] = s.y;
  for (const int slope : s.all()) results[count++] = slope;
  return s.builder.finish(std::span<const int>(results).first(static_cast<std::size_t>(count)));
}

}  // namespace convexpr::expr
