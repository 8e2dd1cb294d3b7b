// Elementwise functions that grow as passes join others to them.
#pragma once

#include <array>
#include <convexpr/expr/formula_builder.hpp>
#include <convexpr/graph/graph.hpp>

namespace convexpr::graph {

/// Values and uses that a function may read which passes have joined: more would not fit registers.
inline constexpr std::size_t most_joined_inputs = 8;

/// A formula whose input i was called map[i] before: each keeps its meaning.
constexpr expr::Formula renumbered(expr::Formula f, std::span<const int> map, int inputs) {
  for (int k = 0; k < f.size; ++k) {
    expr::Instruction& step = f.code[k];
    if (step.op == expr::Op::input) {
      step.a = static_cast<std::uint8_t>(map[static_cast<std::size_t>(step.a)]);
    }
  }
  f.input_count = inputs;
  return f;
}

/// A function of values of nodes and of uses. Its formula has the nodes first, then the uses, each
/// once and in the order in which they were met.
class JoinedFunction {
 public:
  /// Stands for the result of the node that the function rides on.
  static constexpr int carried = -1;

  /// The value of a node, as the builder numbers it.
  constexpr int value_of(int node) { return found(node, nodes_, node_values_); }
  constexpr int value_of(const Use& use) { return found(use, uses_, use_values_); }

  /// What `f` gives for these values and uses.
  constexpr int apply(const expr::Formula& f, std::span<const int> values,
                      std::span<const Use> uses) {
    std::array<int, expr::most_inputs> inputs{};
    std::size_t count = 0;
    for (const int v : values) inputs[count++] = v;
    for (const Use& u : uses) inputs[count++] = value_of(u);
    return builder_.include(f, std::span(inputs).first(count));
  }

  constexpr int add(int a, int b) { return builder_.emit(expr::Op::add, a, b); }

  /// Whether it is still no longer than a formula may be.
  constexpr bool fits() const {
    return !builder_.overflowed() && nodes_.size() + uses_.size() <= most_joined_inputs;
  }

  constexpr expr::Formula finish(int result) {
    const expr::Formula f = builder_.finish(result);
    std::array<int, FormulaInputs> map{};
    int next = 0;
    for (const int v : node_values_) map[number_of(v)] = next++;
    for (const int v : use_values_) map[number_of(v)] = next++;
    return renumbered(f, map, next);
  }

  constexpr const std::vector<int>& nodes() const { return nodes_; }
  constexpr const std::vector<Use>& uses() const { return uses_; }

 private:
  static constexpr std::size_t FormulaInputs = 32;

  template <class T>
  constexpr int found(const T& wanted, std::vector<T>& known, std::vector<int>& values) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (known[i] == wanted) return values[i];
    }
    known.push_back(wanted);
    values.push_back(builder_.input(next_input_++ % static_cast<int>(FormulaInputs)));
    return values.back();
  }
  constexpr std::size_t number_of(int value) const {
    return static_cast<std::size_t>(builder_[value].a);
  }

  expr::FormulaBuilder builder_;
  int next_input_ = 0;
  std::vector<int> nodes_;
  std::vector<int> node_values_;
  std::vector<Use> uses_;
  std::vector<int> use_values_;
};

}  // namespace convexpr::graph
