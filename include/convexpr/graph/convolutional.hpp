// Fully connected layers as convolutions: what becomes of each layer, and the type that follows.
//
// The decisions are values, found in one walk over the graph; types come back leaf by leaf, each
// by its number in that graph. So both are linear in the number of layers.
#pragma once

#include <array>
#include <convexpr/graph/build.hpp>
#include <convexpr/layers/conv2d.hpp>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace convexpr::graph {

/// What a layer becomes in the convolutional form.
struct Turned {
  enum class Into { itself, identity, conv2d };
  Into into = Into::itself;
  Extent2 kernel{1};  // of the convolution
  int out = 0;
  bool bias = true;

  friend constexpr bool operator==(const Turned&, const Turned&) = default;
};

/// Walks a graph and says what each of its nodes becomes, or why that cannot be.
///
/// The features behind `flatten` stay where they were: C channels of h x w, until a linear layer,
/// which reads all h x w places, makes them channels of 1 x 1.
class Convolutionalisation {
 public:
  constexpr explicit Convolutionalisation(const Graph& g)
      : turned(g.nodes.size(), Turned{}),
        refusal(g.refusal),
        g_(g),
        images_(g.nodes.size(), Image{}) {
    if (refusal.happened()) return;
    const Shape in = g.node(0).op.out;
    if (in.rank != 3) {
      refuse(0, "convolutional: the input must be an image", words(in), "channels x height x width",
             "declare Input<C, H, W>");
    }
    for (int i = 1; i < g.size(); ++i) visit(i);
    if (linear_layers_ == 0) {
      refuse(0, "convolutional: there must be a linear layer behind flatten", "no linear layer",
             "flatten | ... | linear<10>",
             "use the network as it is: it has nothing to turn into convolutions");
    }
  }

  std::vector<Turned> turned;  // node by node
  Refusal refusal;             // what stands in the way; what was turned is then not complete

 private:
  /// How a node's value lies in the convolutional form.
  struct Image {
    bool flattened = false;
    Extent2 extent;  // where it was flattened

    friend constexpr bool operator==(const Image&, const Image&) = default;
  };

  constexpr Image& image(int i) { return images_[static_cast<std::size_t>(i)]; }

  constexpr void visit(int i) {
    const Node& n = g_.node(i);
    const Image from = image(g_.inputs(n)[0]);
    Turned& to = turned[static_cast<std::size_t>(i)];
    image(i) = from;
    switch (n.op.kind) {
      case Kind::flatten:
        to.into = Turned::Into::identity;
        if (!from.flattened) image(i) = {true, {n.op.in.height, n.op.in.width}};
        break;
      case Kind::linear:
        if (!from.flattened) {
          refuse(i, "convolutional: there must be a flatten before a linear layer", "no flatten",
                 "flatten | ... | linear<10>", "write flatten between the image and the features");
        }
        to = {Turned::Into::conv2d, from.extent, n.op.out.channels, n.op.bias};
        image(i).extent = Extent2(1);
        ++linear_layers_;
        break;
      case Kind::concat:
      case Kind::sum: check_branches(i); break;
      default:
        if (n.input_count > 1) check_branches(i);
        if (from.flattened && !keeps_places_apart(n, from.extent)) refuse_mixing(i, from);
    }
  }

  /// Whether a layer over features does the same to channels at every place.
  static constexpr bool keeps_places_apart(const Node& n, Extent2 extent) {
    const Kind kind = n.op.kind;
    if (kind == Kind::softmax || kind == Kind::log_softmax || n.use_count > 0) {
      return extent == Extent2(1);
    }
    return is_elementwise(kind) || kind == Kind::identity || kind == Kind::dropout;
  }

  constexpr void check_branches(int i) {
    const std::span<const int> branches = g_.inputs(g_.node(i));
    for (std::size_t k = 1; k < branches.size(); ++k) {
      const Image& first = image(branches[0]);
      const Image& other = image(branches[k]);
      if (other == first) continue;
      refuse(i, "convolutional: the branches must flatten one height and width",
             Sentence() << words(other.extent) << " in branch " << static_cast<int>(k),
             Sentence() << words(first.extent) << " as in branch 0",
             "flatten behind the branches, or end each with a linear layer");
    }
  }

  constexpr void refuse_mixing(int i, const Image& from) {
    refuse(i, "convolutional: only linear layers may mix the features behind flatten",
           Sentence() << name(g_.node(i).op) << " over features of " << words(from.extent)
                      << " places",
           "activations, dropout, concat, sum; softmax behind a linear layer",
           "move the layer before flatten, or leave it out");
  }

  constexpr void refuse(int i, const Sentence& fact, const Sentence& got, const Sentence& wanted,
                        const Sentence& hint) {
    if (refusal.happened()) return;
    const Path where = path(g_.scopes, g_.node(i).scope);
    refusal = {where.empty() ? Sentence("the network") : Sentence(where.view()), fact, got, wanted,
               hint};
  }

  const Graph& g_;
  std::vector<Image> images_;
  int linear_layers_ = 0;
};

/// The nodes that a layer gives a graph; 0 for a block that is not known here.
template <class L>
inline constexpr int node_count = Leaf<L> ? 1 : 0;
template <class... L>
inline constexpr int node_count<Sequential<L...>> = (0 + ... + node_count<std::remove_cv_t<L>>);
template <class... B>
inline constexpr int node_count<Concat<B...>> = (1 + ... + node_count<std::remove_cv_t<B>>);
template <class... B>
inline constexpr int node_count<Sum<B...>> = (1 + ... + node_count<std::remove_cv_t<B>>);
template <class Body, class Shortcut>
inline constexpr int node_count<Residual<Body, Shortcut>> =
    1 + node_count<std::remove_cv_t<Body>> + node_count<std::remove_cv_t<Shortcut>>;
template <int N, class Block>
inline constexpr int node_count<Repeat<N, Block>> =
    (N > 0 ? N : 0) * node_count<std::remove_cv_t<Block>>;
template <text Name, class Block>
inline constexpr int node_count<Named<Name, Block>> = node_count<std::remove_cv_t<Block>>;
template <text Name, class Block>
inline constexpr int node_count<Shared<Name, Block>> = node_count<std::remove_cv_t<Block>>;
template <text Name, class Branch>
inline constexpr int node_count<Head<Name, Branch>> = node_count<std::remove_cv_t<Branch>>;
template <text Name>
inline constexpr int node_count<Tap<Name>> = 1;
template <text Name, SkipOptions O>
inline constexpr int node_count<ConcatWith<Name, O>> = O.crop ? 2 : 1;
template <text Name, SkipOptions O>
inline constexpr int node_count<SumWith<Name, O>> = O.crop ? 2 : 1;

/// What becomes of an architecture, node by node.
template <std::size_t Nodes>
struct ConvolutionalForm {
  std::array<Turned, Nodes> turned{};
  Refusal refusal;
};

template <class Architecture, Shape In>
inline constexpr auto convolutional_form = [] {
  constexpr int nodes = 1 + node_count<Architecture>;
  const Graph g = build<Architecture>(In);
  const Convolutionalisation walk(g);
  ConvolutionalForm<static_cast<std::size_t>(nodes)> form;
  form.refusal = walk.refusal;
  if (!form.refusal.happened() && g.size() != nodes) {
    form.refusal = {
        "the network", "convolutional: the network has a block that cannot be rewritten",
        Sentence() << g.size() - 1 << " layers",
        Sentence() << nodes - 1 << " layers in blocks that can", "use the blocks of the library"};
  }
  if (form.refusal.happened()) return form;
  for (std::size_t i = 0; i < form.turned.size(); ++i) form.turned[i] = walk.turned[i];
  return form;
}();

namespace detail {

/// Layer `L`, whose first node is number `First`, in the convolutional form `Form`; a layer that is
/// not made of layers becomes what its one node becomes.
template <const auto& Form, int First, class L>
struct Rewritten {
  using type = L;
};
template <const auto& Form, int First, Leaf L>
  requires(Form.turned[First].into == Turned::Into::identity)
struct Rewritten<Form, First, L> {
  using type = Identity;
};
template <const auto& Form, int First, Leaf L>
  requires(Form.turned[First].into == Turned::Into::conv2d)
struct Rewritten<Form, First, L> {
  static constexpr const Turned& to = Form.turned[First];
  using type = Conv2d<to.out, {.kernel = to.kernel, .bias = to.bias}>;
};

template <const auto& Form, int First, class L>
using rewritten = typename Rewritten<Form, First, std::remove_cv_t<L>>::type;

/// Where each of several blocks begins, counted in nodes.
template <class... L>
inline constexpr auto starts = [] {
  std::array<int, sizeof...(L)> at{};
  const std::array<int, sizeof...(L)> counts{node_count<std::remove_cv_t<L>>...};
  for (std::size_t i = 1; i < sizeof...(L); ++i) at[i] = at[i - 1] + counts[i - 1];
  return at;
}();

/// Several blocks, one behind the other in the graph, in a block of their own.
template <const auto& Form, int First, template <class...> class Block, class... L>
struct RewrittenBlocks {
  template <std::size_t... I>
  static Block<rewritten<Form, First + starts<L...>[I], L>...> blocks(std::index_sequence<I...>);
  using type = decltype(blocks(std::index_sequence_for<L...>{}));
};

template <const auto& Form, int First, class... L>
struct Rewritten<Form, First, Sequential<L...>> : RewrittenBlocks<Form, First, Sequential, L...> {};
template <const auto& Form, int First, class... B>
struct Rewritten<Form, First, Concat<B...>> : RewrittenBlocks<Form, First, Concat, B...> {};
template <const auto& Form, int First, class... B>
struct Rewritten<Form, First, Sum<B...>> : RewrittenBlocks<Form, First, Sum, B...> {};
template <const auto& Form, int First, class Body, class Shortcut>
struct Rewritten<Form, First, Residual<Body, Shortcut>> {
  using type = Residual<rewritten<Form, First, Body>,
                        rewritten<Form, First + node_count<std::remove_cv_t<Body>>, Shortcut>>;
};
template <const auto& Form, int First, text Name, class Block>
struct Rewritten<Form, First, Named<Name, Block>> {
  using type = Named<Name, rewritten<Form, First, Block>>;
};

template <const auto& Form, int First, text Name, class Block>
struct Rewritten<Form, First, Shared<Name, Block>> {
  using type = Shared<Name, rewritten<Form, First, Block>>;
};
template <const auto& Form, int First, text Name, class Branch>
struct Rewritten<Form, First, Head<Name, Branch>> {
  using type = Head<Name, rewritten<Form, First, Branch>>;
};

/// Whether each copy of a repeated block of so many nodes becomes what the first becomes.
template <const auto& Form>
constexpr bool copies_are_alike(int first, int copies, int nodes) {
  for (int i = first + nodes; i < first + copies * nodes; ++i) {
    const Turned& to = Form.turned[static_cast<std::size_t>(i)];
    if (!(to == Form.turned[static_cast<std::size_t>(i - nodes)])) return false;
  }
  return true;
}

template <const auto& Form, int First, int N, class Block>
  requires(copies_are_alike<Form>(First, N, node_count<std::remove_cv_t<Block>>))
struct Rewritten<Form, First, Repeat<N, Block>> {
  using type = Repeat<N, rewritten<Form, First, Block>>;
};

/// A copy in a chain, with the path that it had in the repetition: "0.name".
template <class Block>
struct Copy {
  using type = Block;
};
template <class Block>
  requires(is_called<Block>)
struct Copy<Block> {
  using type = Sequential<Block>;
};

/// Copies that are no longer alike become a chain.
template <const auto& Form, int First, int N, class Block>
struct Rewritten<Form, First, Repeat<N, Block>> {
  static constexpr int nodes = node_count<std::remove_cv_t<Block>>;
  template <int... I>
  static Sequential<typename Copy<rewritten<Form, First + I * nodes, Block>>::type...> chain(
      std::integer_sequence<int, I...>);
  using type = decltype(chain(std::make_integer_sequence<int, N>{}));
};

}  // namespace detail
}  // namespace convexpr::graph
