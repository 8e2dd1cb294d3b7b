// What the types of a loss and of a gradient's arguments say of the loop that computes it.
#pragma once

#include <bit>
#include <convexpr/expr/derivative.hpp>
#include <convexpr/expr/loop_facts.hpp>
#include <convexpr/expr/reduce.hpp>

namespace convexpr::expr {

/// What a gradient can be asked for.
template <class T>
concept IsGradientArgument = HoldsFloats<T> || std::same_as<std::remove_cvref_t<T>, float>;

namespace detail {

/// The leaves that may be an argument, by their types.
struct Candidates {
  int leaf[most_inputs]{};
  int count = 0;
  Reads reads = Reads::number;

  constexpr bool any() const { return count > 0; }
};

template <class Argument>
constexpr bool may_be(const LeafFacts& leaf) {
  if constexpr (HoldsFloats<Argument>) {
    return leaf.shape == Argument::shape && leaf.is_batch == is_batch<Argument>;
  } else {
    return leaf.is_scalar;
  }
}

template <class Argument>
constexpr Candidates candidates_for(const LoopFacts& facts) {
  Candidates c;
  for (int i = 0; i < facts.leaf_count; ++i) {
    if (!may_be<Argument>(facts.leaves[i])) continue;
    c.reads = facts.leaves[i].reads;
    c.leaf[c.count++] = i;
  }
  return c;
}

/// The loop of one term: its value and the slopes of all candidates for all arguments.
template <class Tree, bool WithValue, class... Arguments>
struct GradientPlan {
  using Weighted = Apply<Op::multiply, Weight, Tree>;

  static constexpr bool with_value = WithValue;
  static constexpr int arguments = sizeof...(Arguments);
  static constexpr const LoopFacts& facts = Loop<Weighted>::facts;
  static constexpr Candidates candidates[arguments] = {candidates_for<Arguments>(facts)...};

  static constexpr unsigned wanted = [] {
    unsigned bits = 0;
    for (const Candidates& c : candidates) {
      for (int i = 0; i < c.count; ++i) bits |= 1U << c.leaf[i];
    }
    return bits;
  }();
  static constexpr Formula formula =
      Loop<Weighted>::refusal.happened()
          ? Formula{}
          : with_slopes(Loop<Weighted>::formula, wanted, facts.numbers(), WithValue);
  static constexpr bool too_long = formula.result_count == 0 && (wanted != 0 || WithValue);

  /// Which result of the formula is the slope of a leaf.
  static constexpr int slope_of(int leaf) {
    return (WithValue ? 1 : 0) + std::popcount(wanted & ((1U << leaf) - 1));
  }
  /// Whether argument j has a value for each element, and so a slope that is stored; where it has
  /// fewer, slopes are summed.
  static constexpr bool is_stored(int j) {
    return candidates[j].any() && candidates[j].reads == Reads::each;
  }
  static constexpr bool is_summed(int j) { return candidates[j].any() && !is_stored(j); }
  /// The arguments that the term may read, as bits.
  static constexpr unsigned read() {
    unsigned bits = 0;
    for (int j = 0; j < arguments; ++j) bits |= candidates[j].any() ? 1U << j : 0;
    return bits;
  }
  static constexpr Order order = [] {
    for (int j = 0; j < arguments; ++j) {
      const Reads reads = candidates[j].reads;
      if (candidates[j].any() && (reads == Reads::row || reads == Reads::channel)) {
        return Order::channel_by_channel;
      }
    }
    return Order::as_stored;
  }();
};

constexpr Refusal gradient_refusal(Sentence fact, Sentence got, Sentence wanted, Sentence hint) {
  return {"gradient", fact, got, wanted, hint};
}

/// What is wrong with an argument of the gradient of these trees.
template <class Argument, class... Trees>
constexpr Refusal argument_refusal() {
  if constexpr (!IsGradientArgument<Argument>) {
    return gradient_refusal("gradient: is taken of tensors, batches and floats",
                            type_name<Argument>(), "operands of the loss, by name",
                            "write scalar(a) in the loss for a float a");
  } else {
    if ((candidates_for<Argument>(facts_of<Trees>(Domain{})).any() || ...)) return {};
    Sentence got = "a float";
    Sentence hint = "write scalar(a) in the loss for a float a: a alone is a number in it";
    if constexpr (HoldsFloats<Argument>) {
      got = words(Domain{Argument::shape, is_batch<Argument>});
      hint = "write the tensor that stands in the loss: none in it has this shape";
    }
    return gradient_refusal("gradient: the loss must read what the gradient is taken of", got,
                            "an operand of the loss", hint);
  }
}

/// Why there is no gradient, if there is none.
template <bool WithValue, class Loss, class... Arguments>
struct GradientRefusal {
  static constexpr Refusal first =
      gradient_refusal("gradient: the loss must be made of sums and means", type_name<Loss>(),
                       "sum(e), mean(e), dot(p, q), their sums and multiples",
                       "leave numbers that are added out: they have no slope");
};
template <bool WithValue, class... Trees, class... Arguments>
struct GradientRefusal<WithValue, Reduction<Trees...>, Arguments...> {
  static constexpr Refusal first = [] {
    Refusal refusal;
    const auto note = [&](const Refusal& next) {
      if (!refusal.happened()) refusal = next;
    };
    (note(Loop<Trees>::refusal), ...);
    (note(argument_refusal<Arguments, Trees...>()), ...);
    if (!refusal.happened() && (GradientPlan<Trees, WithValue, Arguments...>::too_long || ...)) {
      note(too_long());
    }
    return refusal;
  }();
};

}  // namespace detail
}  // namespace convexpr::expr
