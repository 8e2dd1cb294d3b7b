// What the type of an expression over tensors says of the loop that computes it.
//
// The leaves are visited in order, here as types and again at run time as objects: leaf number i is
// input i of the formula, and what it points to is stream i of the loop (loop.hpp).
#pragma once

#include <convexpr/expr/call.hpp>
#include <convexpr/expr/formula_builder.hpp>
#include <convexpr/expr/tensor_leaf.hpp>
#include <convexpr/shape/words.hpp>
#include <span>

namespace convexpr::expr {

/// What has elements: a tensor, a view, a batch, or an expression over them.
template <class T>
concept HasElements = HoldsValues<T> || IsExpression<T>;

/// How the elements of an expression read a leaf.
enum class Reads : unsigned char {
  each,     // a value for each element
  row,      // a value for each feature, the same in all examples
  channel,  // a value for each channel of images or sequences
  number,   // one for all
};

struct LeafFacts {
  Reads reads = Reads::number;
  Shape shape;             // of the tensor; none for a number
  bool is_batch = false;   //
  bool is_scalar = false;  // a variable, which is no constant to a gradient
};

/// The elements of an expression: one for each value of a tensor of this shape, or of each example
/// of a batch.
struct Domain {
  Shape shape;
  bool is_batch = false;

  constexpr bool is_known() const { return shape.rank > 0; }
  friend constexpr bool operator==(const Domain&, const Domain&) = default;
};

struct LoopFacts {
  Domain domain;
  LeafFacts leaves[most_inputs]{};
  int leaf_count = 0;
  bool has_weights = false;
  Refusal refusal;

  constexpr bool reads(Reads how) const {
    for (int i = 0; i < leaf_count; ++i) {
      if (leaves[i].reads == how) return true;
    }
    return false;
  }
  /// The inputs that are numbers, as bits.
  constexpr unsigned numbers() const {
    unsigned bits = 0;
    for (int i = 0; i < leaf_count; ++i) {
      if (leaves[i].reads == Reads::number && !leaves[i].is_scalar) bits |= 1U << i;
    }
    return bits;
  }
};

/// A factor of a sum over the elements: a number, or a number divided by how many they are.
struct Weight final : Expression {
  float value = 1;
  bool is_mean = false;

  constexpr Weight() = default;
  constexpr Weight(float v, bool mean) : value(v), is_mean(mean) {}
  template <class Visitor>
  constexpr int flatten(Visitor& visitor) const {
    return visitor.leaf(*this);
  }
};

namespace detail {

constexpr Refusal loop_refusal(Sentence fact, Sentence got, Sentence wanted, Sentence hint) {
  return {"an expression over tensors", fact, got, wanted, hint};
}

constexpr Sentence words(const Domain& d) {
  return Sentence() << (d.is_batch ? "a batch of " : "a tensor of ") << convexpr::words(d.shape);
}

constexpr Refusal other_domain(const Domain& found, const Domain& first) {
  Sentence hint =
      "write per_channel(b) for a Tensor<float, C> b that is to be repeated over the rest";
  if (found.shape == first.shape) hint = "write ys[i] for one example of a batch, which is a view";
  return loop_refusal("elementwise: all tensors, and the one assigned to, must have one shape",
                      words(found), words(first), hint);
}

/// Collects what the leaves say.
class FactsVisitor {
 public:
  LoopFacts facts;

  constexpr explicit FactsVisitor(const Domain& domain) { facts.domain = domain; }

  constexpr int leaf(const Number&) { return add({}); }
  constexpr int leaf(const Weight&) {
    facts.has_weights = true;
    return add({});
  }
  constexpr int leaf(const ScalarLeaf&) { return add({Reads::number, {}, false, true}); }
  template <class M>
  constexpr int leaf(const TensorLeaf<M>&) {
    const Domain found{M::shape, detail::is_batch<M>};
    if (!facts.domain.is_known()) facts.domain = found;
    if (!(found == facts.domain)) refuse(other_domain(found, facts.domain));
    return add({Reads::each, M::shape, found.is_batch, false});
  }
  template <class M>
  constexpr int leaf(const ChannelLeaf<M>&) {
    return add({Reads::channel, M::shape, false, false});
  }
  template <class Leaf>
  constexpr int leaf(const Leaf&) {
    refuse(loop_refusal("elementwise: symbols have no values outside of their function",
                        "an argument of an elementwise function", "tensors and numbers",
                        "call the function with tensors"));
    return 0;
  }
  constexpr int emit(Op op, int, int = 0, int = 0, float = 0) {
    if (op == Op::pow) {
      refuse(loop_refusal("elementwise: an exponent must be known while compiling",
                          "pow(x, number) of a tensor", "the exponent in angle brackets",
                          "write pow<3>(x) for pow(x, 3)"));
    }
    return 0;
  }
  constexpr int include(const Formula&, std::span<const int>) { return 0; }

  /// Once the shape is known.
  constexpr void settle_channels() {
    const Shape& shape = facts.domain.shape;
    if (!facts.domain.is_known()) {
      refuse(loop_refusal("elementwise: one operand must be a tensor, which says the shape",
                          "numbers, or one number for each channel", "a tensor or a batch",
                          "write y.fill(number) to give all elements of y one value"));
    }
    for (int i = 0; i < facts.leaf_count; ++i) {
      LeafFacts& leaf = facts.leaves[i];
      if (leaf.reads != Reads::channel) continue;
      if (leaf.shape.channels != shape.channels) {
        refuse(loop_refusal(
            "per_channel: there must be one number for each channel",
            Sentence() << leaf.shape.channels << " numbers",
            Sentence() << shape.channels << ", for " << words(facts.domain),
            Sentence() << "write per_channel(b) for a Tensor<float, " << shape.channels << "> b"));
      }
      const bool one_pixel = shape.height * shape.width == 1;
      if (one_pixel) leaf.reads = facts.domain.is_batch ? Reads::row : Reads::each;
    }
  }

 private:
  constexpr void refuse(const Refusal& refusal) {
    if (!facts.refusal.happened()) facts.refusal = refusal;
  }
  constexpr int add(const LeafFacts& leaf) {
    if (facts.leaf_count == most_inputs) {
      refuse(loop_refusal("elementwise: the expression has too many operands",
                          Sentence() << "more than " << most_inputs,
                          Sentence() << "at most " << most_inputs << " tensors and numbers",
                          "write call<f>(x, y), with a lambda f that may use x and y often"));
      return 0;
    }
    facts.leaves[facts.leaf_count++] = leaf;
    return 0;
  }
};

/// Flattens a tree over tensors: every leaf is an input.
struct LoopVisitor {
  FormulaBuilder builder;
  int count = 0;

  template <class Leaf>
  constexpr int leaf(const Leaf&) {
    return builder.input(count++);
  }
  constexpr int emit(Op op, int a, int b = 0, int c = 0, float value = 0) {
    return builder.emit(op, a, b, c, value);
  }
  constexpr int include(const Formula& f, std::span<const int> inputs) {
    return builder.include(f, inputs);
  }
};

/// An object of a tree's type, which visitors of types can meet: its leaves refer to nothing.
template <class Tree>
struct Blank {
  static constexpr Tree make() { return Tree(); }
};
template <>
struct Blank<Number> {
  static constexpr Number make() { return Number(0); }
};
template <Op O, class... X>
struct Blank<Apply<O, X...>> {
  static constexpr Apply<O, X...> make() { return Apply<O, X...>(Blank<X>::make()...); }
};
template <auto F, class... X>
struct Blank<Call<F, X...>> {
  static constexpr Call<F, X...> make() { return Call<F, X...>(Blank<X>::make()...); }
};

template <class Tree>
constexpr LoopFacts facts_of(const Domain& domain) {
  FactsVisitor visitor(domain);
  static_cast<void>(Blank<Tree>::make().flatten(visitor));
  visitor.settle_channels();
  return visitor.facts;
}

template <class Tree>
constexpr Formula program_of(const LoopFacts& facts) {
  LoopVisitor visitor;
  // Numbers come first, for of a maximum the second operand's NaN is the one that is seen.
  for (int i = 0; i < facts.leaf_count; ++i) {
    if (facts.leaves[i].reads == Reads::number) visitor.builder.input(i);
  }
  for (int i = 0; i < facts.leaf_count; ++i) visitor.builder.input(i);
  const int y = Blank<Tree>::make().flatten(visitor);
  return visitor.builder.finish(y);
}

}  // namespace detail

/// The loop that computes a tree. `In` are the elements, where more is known of them than the tree
/// says: those of a tensor that is assigned to.
template <class Tree, Domain In = Domain{}>
struct Loop {
  static constexpr LoopFacts facts = detail::facts_of<Tree>(In);
  static constexpr Formula formula =
      facts.refusal.happened() ? Formula{} : detail::program_of<Tree>(facts);
  static constexpr Refusal refusal = facts.refusal.happened() ? facts.refusal
                                     : formula.size == 0      ? detail::too_long()
                                                              : Refusal{};
};

}  // namespace convexpr::expr
