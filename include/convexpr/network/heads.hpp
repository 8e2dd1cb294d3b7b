// The side outputs of a network: their names and shapes, and a batch for each.
#pragma once

#include <convexpr/network/blueprint.hpp>
#include <convexpr/tensor/of_shape.hpp>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace convexpr {

namespace detail {

template <const auto& Heads, text Name>
inline constexpr Refusal no_such_head = [] {
  Sentence known;
  for (const HeadInfo& h : Heads) known << (known.empty() ? "" : ", ") << graph::quoted(h.name);
  return Refusal{"head", "head: the network has no head of this name", graph::quoted(Name.view()),
                 known.empty() ? Sentence("a head; there is none") : Sentence("one of ") << known,
                 "write head<\"aux1\">(branch) in the network, and its name here"};
}();

/// The number of the head called `Name`.
template <const auto& Heads, text Name>
consteval std::size_t head_index() {
  constexpr std::size_t found = [] {
    std::size_t i = 0;
    while (i < Heads.size() && Heads[i].name != Name.view()) ++i;
    return i;
  }();
  if constexpr (found == Heads.size()) {
    static_cast<void>(Insist<no_such_head<Heads, Name>>{});
    return 0;  // one error is enough
  } else {
    return found;
  }
}

template <const auto& Heads, std::size_t I>
struct BatchOfHead {
  static constexpr Shape shape = Heads[I].output_shape;
  using type = BatchOf<float, shape>;
};
template <const auto& Heads, class Indices>
struct BatchOfEach;
template <const auto& Heads, std::size_t... I>
struct BatchOfEach<Heads, std::index_sequence<I...>> {
  using type = std::tuple<typename BatchOfHead<Heads, I>::type...>;
};

}  // namespace detail

/// A batch for each head of a network: outputs, or gradients with respect to them.
///
///     typename Net::HeadBatches dheads(xs.size());       // zeros
///     dheads.template at<"aux1">()[0](2) = 1;            // a Batch of that head's shape
///
/// See also   head, Backpropagation, vjp
template <class Architecture, Shape In>
class HeadBatches final {
  static constexpr const auto& heads_ = detail::blueprint<Architecture, In>.heads;

  using Indices = std::make_index_sequence<heads_.size()>;

 public:
  HeadBatches() = default;
  /// `examples` zeros for each head.
  explicit HeadBatches(std::size_t examples) { resize(examples); }

  /// The batch of one head.
  ///
  /// Errors     while compiling: the network has no head of this name
  template <text Name>
  auto& at() {
    return std::get<detail::head_index<heads_, Name>()>(batches_);
  }
  template <text Name>
  const auto& at() const {
    return std::get<detail::head_index<heads_, Name>()>(batches_);
  }

  /// That of head number I, as `for_each` gives it.
  template <std::size_t I>
  auto& at(std::integral_constant<std::size_t, I>) {
    return std::get<I>(batches_);
  }
  template <std::size_t I>
  const auto& at(std::integral_constant<std::size_t, I>) const {
    return std::get<I>(batches_);
  }

  /// Calls f(number of the head, its batch) for each, in the order of `Net::heads`; the number is a
  /// std::integral_constant.
  template <class F>
  void for_each(F f) {
    visit(*this, f, Indices{});
  }
  template <class F>
  void for_each(F f) const {
    visit(*this, f, Indices{});
  }

  /// Makes each batch `examples` long: examples that stay keep their values, others are zero.
  void resize(std::size_t examples) {
    for_each([examples](std::size_t, auto& batch) { batch.resize(examples); });
  }

  friend bool operator==(const HeadBatches&, const HeadBatches&) = default;

 private:
  template <class Self, class F, std::size_t... I>
  static void visit(Self& self, F& f, std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>{}, std::get<I>(self.batches_)), ...);
  }

  typename detail::BatchOfEach<heads_, Indices>::type batches_;
};

}  // namespace convexpr
