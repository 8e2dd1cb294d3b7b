// Numbers from expressions: `sum`, `mean` and `dot` of all their elements.
//
// Sums and means can be added and scaled, as losses are, and then still be asked for a gradient
// (gradient.hpp). What runs over the same elements is joined into one loop.
#pragma once

#include <convexpr/expr/block_sum.hpp>
#include <convexpr/expr/functions.hpp>
#include <convexpr/expr/loop.hpp>
#include <cstddef>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace convexpr::expr {

/// The base of every sum over elements.
struct AnyReduction;
template <class T>
concept IsReduction = std::derived_from<std::remove_cvref_t<T>, AnyReduction>;

/// The sum of a tree over all its elements, times a weight.
template <class Tree>
struct Term {
  Tree tree;
  Weight weight;
};

namespace detail {

/// Sums the results.
template <Formula F>
struct Summing {
  static constexpr const Formula& formula = F;
  static constexpr int unrolled = few_instructions(F) ? 4 : 1;
  static constexpr std::size_t piece = Block<unrolled>::most;
  static constexpr Order order = Order::as_stored;

  struct Registers {
    Block<unrolled> block;

    template <int Slot>
    CONVEXPR_INLINE void take(std::size_t, const Vectors<1>& results) {
      block.template add<Slot>(results[0]);
    }
    CONVEXPR_INLINE void take_first(std::size_t, const Vectors<1>& results, int size) {
      block.add_first(results[0], size);
    }
  };
  CONVEXPR_INLINE static Registers open() { return {}; }
  CONVEXPR_INLINE void close(const Registers& registers) { sum.add(registers.block.sum()); }

  BlockSum sum;
};

template <class Tree>
double value_of(const Term<Tree>& term) {
  using Summed = Loop<Tree>;
  static_cast<void>(convexpr::detail::Insist<Summed::refusal>{});
  if constexpr (Summed::refusal.happened()) {
    return 0;
  } else {
    const Streams<Summed::facts> streams(term.tree);
    if (term.weight.is_mean && streams.size() == 0) {
      throw std::invalid_argument("mean: the batch is empty");
    }
    Summing<Summed::formula> sum;
    run_loop(streams, sum);
    const double weight = double{term.weight.value};
    return sum.sum.total() *
           (term.weight.is_mean ? weight / static_cast<double>(streams.size()) : weight);
  }
}

/// A tree with a term's weight in it, for sums of several.
template <class Tree>
constexpr auto weighted(const Term<Tree>& t) {
  return Apply<Op::multiply, Weight, Tree>(t.weight, t.tree);
}

template <class Tree>
inline constexpr Domain domain_of = facts_of<Tree>(Domain{}).domain;

}  // namespace detail

/// A weighted sum of sums over the elements of trees: a number wherever one is wanted, and what
/// `gradient` takes. Computed anew whenever it becomes a number.
///
///     value = sum over terms t of weight[t] * sum over elements i of tree[t](i)
template <class... Trees>
class Reduction;

struct AnyReduction {
  // clang-format off
  template <IsReduction A, IsReduction B>
  friend constexpr auto operator+(const A& a, const B& b) { return a.plus(b); }
  template <IsReduction A, IsReduction B>
  friend constexpr auto operator-(const A& a, const B& b) { return a.plus(b.times(-1)); }
  template <IsReduction A>
  friend constexpr A operator-(const A& a) { return a.times(-1); }
  template <IsReduction A, IsNumber N>
  friend constexpr A operator*(const A& a, N n) { return a.times(static_cast<float>(n)); }
  template <IsNumber N, IsReduction A>
  friend constexpr A operator*(N n, const A& a) { return a.times(static_cast<float>(n)); }
  template <IsReduction A, IsNumber N>
  friend constexpr A operator/(const A& a, N n) { return a.times(1 / static_cast<float>(n)); }
  // clang-format on
};

template <class... Trees>
class Reduction final : public AnyReduction {
 public:
  constexpr explicit Reduction(const std::tuple<Term<Trees>...>& terms) : terms_(terms) {}

  /// The number.
  operator float() const {  // NOLINT: `float loss = cx::mean(e)`
    const double value = std::apply(
        [](const auto&... term) { return (0.0 + ... + detail::value_of(term)); }, terms_);
    return static_cast<float>(value);
  }

  constexpr const std::tuple<Term<Trees>...>& terms() const { return terms_; }

  constexpr Reduction times(float factor) const {
    Reduction scaled = *this;
    std::apply([&](auto&... term) { ((term.weight.value *= factor), ...); }, scaled.terms_);
    return scaled;
  }
  template <class... More>
  constexpr auto plus(const Reduction<More...>& other) const {
    return std::apply([this](const auto&... term) { return this->plus_terms(term...); },
                      other.terms());
  }

 private:
  template <class...>
  friend class Reduction;

  constexpr auto plus_terms() const { return *this; }
  template <class Tree, class... More>
  constexpr auto plus_terms(const Term<Tree>& term, const More&... more) const {
    return plus_term(term).plus_terms(more...);
  }
  /// Joins it with the term over the same elements, if there is one.
  template <class Tree>
  constexpr auto plus_term(const Term<Tree>& term) const {
    constexpr Domain domain = detail::domain_of<Tree>;
    constexpr std::size_t same = [&] {
      std::size_t i = 0;
      static_cast<void>(((detail::domain_of<Trees> == domain || (++i, false)) || ...));
      return i;
    }();
    if constexpr (same == sizeof...(Trees)) {
      return Reduction<Trees..., Tree>(std::tuple_cat(terms_, std::tuple(term)));
    } else {
      return joined<same>(term, std::index_sequence_for<Trees...>{});
    }
  }
  template <std::size_t Same, class Tree, std::size_t... I>
  constexpr auto joined(const Term<Tree>& term, std::index_sequence<I...>) const {
    const auto place = [&]<std::size_t J>() {
      if constexpr (J == Same) {
        return Term{detail::weighted(std::get<J>(terms_)) + detail::weighted(term), Weight()};
      } else {
        return std::get<J>(terms_);
      }
    };
    return reduction_of(std::tuple(place.template operator()<I>()...));
  }
  template <class... T>
  static constexpr Reduction<T...> reduction_of(const std::tuple<Term<T>...>& terms) {
    return Reduction<T...>(terms);
  }

  std::tuple<Term<Trees>...> terms_;
};

/// The sum of all elements.
///
/// Accuracy   within 1.3e-6 of the sum of all absolute values, besides what each is rounded to:
///            floats are added in blocks, the blocks in double; always in the same order
/// Errors     while compiling: shapes that differ; at run time, where it becomes a number:
///            std::invalid_argument if batches differ in their number of examples
template <HasElements X>
constexpr auto sum(X&& x) {
  insist_on_operands<X>();
  using Tree = std::remove_cvref_t<decltype(operand(x))>;
  return Reduction<Tree>(std::tuple(Term<Tree>{operand(x), Weight(1, false)}));
}

/// Their mean; of a batch, over all examples.
///
/// Errors     as for sum; std::invalid_argument of an empty batch
template <HasElements X>
constexpr auto mean(X&& x) {
  insist_on_operands<X>();
  using Tree = std::remove_cvref_t<decltype(operand(x))>;
  return Reduction<Tree>(std::tuple(Term<Tree>{operand(x), Weight(1, true)}));
}

/// The sum of all products of two elements at the same place.
template <class P, class Q>
  requires(HasElements<P> || HasElements<Q>)
constexpr auto dot(P&& p, Q&& q) {
  return sum(combine<Op::multiply, P, Q>(p, q));
}

}  // namespace convexpr::expr

namespace convexpr {

using expr::dot;
using expr::mean;
using expr::sum;

}  // namespace convexpr
