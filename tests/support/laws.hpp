// What must hold of a layer whatever its numbers are. Each law is written once, in laws.cpp, and
// run by every layer that claims it, in tests/laws/.
#pragma once

#include <algorithm>
#include <convexpr/meta/type_name.hpp>
#include <convexpr/network/vjp.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "check_network.hpp"

namespace laws {

namespace cx = convexpr;
using Values = std::vector<double>;

/// The laws, and sets of them. f is a layer with its parameters, x and z are random inputs.
///
/// Where nothing else is said, equal means within single precision's rounding of sums with as many
/// terms as the layer's input or output has values (`rounding` in laws.cpp).
enum class Law : unsigned {
  none = 0,
  linear = 1U << 0,        // f(a x + b z) - f(0) = a (f(x) - f(0)) + b (f(z) - f(0))
  adjoint = 1U << 1,       // <f(x) - f(0), y> = <x, A^T y>, with A^T y from vjp
  slope = 1U << 2,         // vjp gives the slope of <dy, f> along any direction of x and parameters
  separate = 1U << 3,      // an example's y and dx do not depend on its batch, bit for bit
  modes_agree = 1U << 4,   // training gives the y of inference
  shifts = 1U << 5,        // f of the moved x is the moved f(x), away from the border
  rolls = 1U << 6,         // the same everywhere, on a torus
  scales = 1U << 7,        // f(2 x) = 2 f(x)
  selects = 1U << 8,       // f(m(x)) = m(f(x)) for a rising m with m(0) = 0, bit for bit
  idempotent = 1U << 9,    // f(f(x)) = f(x), bit for bit
  level_blind = 1U << 10,  // f(x + c) = f(x)
  distributes = 1U << 11,  // over the channels: none negative, the sum 1 (log_softmax: of exp)
  odd = 1U << 12,          // f(-x) = -f(x)
  splits = 1U << 13,       // f(x) - f(-x) = x
  complements = 1U << 14,  // f(x) + f(-x) = 1
};
inline constexpr int law_count = 15;

constexpr Law operator|(Law a, Law b) {
  return static_cast<Law>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(Law set, Law law) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(law)) != 0;
}

/// What layers of a kind claim: where their modes agree, and in either mode where not.
struct Claims {
  Law always = Law::none;
  Law training = Law::none;
  Law inference = Law::none;
};

/// A layer on inputs of one shape.
template <class Layer, class In>
struct On;

/// An entry of the roster: a kind, the laws that its layers keep, and layers that show it.
template <cx::Kind K, Claims C, class... Subjects>
struct Claim;

/// Entries of one family of layers.
template <class... Entries>
struct Family;

struct Pullback {
  Values y;
  Values dx;
  std::map<std::string, Values> gradient;
};

/// A layer with random parameters as the laws see it: numbers in, numbers out.
class Subject {
 public:
  Subject(std::string what, cx::graph::Graph g, cx::ReceptiveField seen)
      : name(std::move(what)), graph(std::move(g)), field(seen) {}
  virtual ~Subject() = default;

  /// The outputs of a batch. Training draws the same dropout masks each time.
  virtual Values run(cx::Mode mode, const Values& xs) = 0;
  virtual Pullback pull(cx::Mode mode, const Values& xs, const Values& dys) = 0;
  virtual std::vector<cx::NamedTensor> parameters() const = 0;

  cx::Shape in() const { return graph.nodes[0].op.out; }
  const cx::Operation& op() const { return graph.node(graph.output).op; }

  std::string name;
  cx::graph::Graph graph;
  cx::ReceptiveField field;
};

/// vjp in inference mode is compiled only where `BothModes` asks for it.
template <class Layer, class In, bool BothModes>
class SubjectOf final : public Subject {
  using Net = cx::Network<Layer, In>;
  static constexpr std::uint64_t seed = 7;

 public:
  SubjectOf()
      : Subject(std::string(cx::type_name<Layer>()) + " on " + std::string(cx::type_name<In>()),
                cx::graph::build<Layer>(In::shape), Net::receptive_field) {
    support::Numbers numbers(1);
    cx::load_state_dict(net_, support::random_parameters(cx::state_dict(net_), numbers));
  }

  Values run(cx::Mode mode, const Values& xs) override {
    const auto batch = batch_of<typename Net::InputBatch>(xs);
    if (mode == cx::Mode::inference) return values_of(net_.forward(batch));
    cx::Backpropagation<Net> pass;
    return values_of(pass.forward(std::as_const(net_), batch, seed));
  }

  Pullback pull(cx::Mode mode, const Values& xs, const Values& dys) override {
    if (mode == cx::Mode::training) return pull<cx::Mode::training>(xs, dys);
    if constexpr (BothModes) return pull<cx::Mode::inference>(xs, dys);
    throw std::logic_error("vjp in inference mode was not asked for");
  }

  std::vector<cx::NamedTensor> parameters() const override { return cx::state_dict(net_); }

 private:
  template <cx::Mode M>
  Pullback pull(const Values& xs, const Values& dys) {
    const auto found = cx::vjp<M>(std::as_const(net_), batch_of<typename Net::InputBatch>(xs),
                                  batch_of<typename Net::OutputBatch>(dys), seed);
    Pullback out{values_of(found.ys), values_of(found.dxs), {}};
    for (const cx::NamedTensor& t : cx::state_dict(found.gradient)) {
      out.gradient[t.name].assign(t.values.begin(), t.values.end());
    }
    return out;
  }

  template <class Batch>
  static Batch batch_of(const Values& values) {
    Batch batch(values.size() / Batch::example_size);
    std::transform(values.begin(), values.end(), batch.data(),
                   [](double v) { return static_cast<float>(v); });
    return batch;
  }
  template <class Batch>
  static Values values_of(const Batch& batch) {
    return support::doubles(support::all_of(batch));
  }

  Net net_;
};

/// How a subject breaks the laws in `claimed`, a sentence for each breach. Laws about values are
/// checked in the one mode, those about gradients in the other.
std::vector<std::string> breaches(Subject& subject, Law claimed, cx::Mode values,
                                  cx::Mode gradients);

/// The subject is made of layers of the kind that it stands for.
void check_kind(const Subject& subject, cx::Kind kind);

namespace detail {

template <cx::Kind K, Claims C, class Layer, class In>
void uphold(std::type_identity<On<Layer, In>>) {
  SubjectOf<Layer, In, C.inference != Law::none> subject;
  check_kind(subject, K);
  const auto hold_to = [&](Law claimed, cx::Mode values, cx::Mode gradients) {
    for (const std::string& breach : breaches(subject, claimed, values, gradients)) {
      BOOST_ERROR(subject.name << ": " << breach);
    }
  };
  hold_to(C.always, cx::Mode::inference, cx::Mode::training);
  hold_to(C.training, cx::Mode::training, cx::Mode::training);
  hold_to(C.inference, cx::Mode::inference, cx::Mode::inference);
}

template <cx::Kind K, Claims C, class... Subjects>
void uphold(std::type_identity<Claim<K, C, Subjects...>>) {
  (uphold<K, C>(std::type_identity<Subjects>{}), ...);
}

}  // namespace detail

/// Holds every layer of a family to what it claims.
template <class... Entries>
void uphold(std::type_identity<Family<Entries...>>) {
  (detail::uphold(std::type_identity<Entries>{}), ...);
}

}  // namespace laws
