// What is known of a network once its architecture has met its input: facts and parameters, as
// constants.
//
// Here parameters get their place in one array: the learned ones first, then running statistics,
// each arranged as its kernel reads it.
#pragma once

#include <array>
#include <convexpr/graph/facts.hpp>
#include <convexpr/graph/lower.hpp>
#include <convexpr/kernels/conv2d_turned_weights.hpp>
#include <convexpr/kernels/conv2d_weights.hpp>
#include <convexpr/kernels/depthwise_weights.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/kernels/linear.hpp>

namespace convexpr {

/// A side output of a network.
struct HeadInfo {
  std::string_view name;
  Shape output_shape;
};

}  // namespace convexpr

namespace convexpr::detail {

/// One parameter: what it is called, and where and how it is stored.
struct ParameterSlot {
  ParameterSpec spec;
  int layer = -1;
  int scope = -1;
  kernels::ConvGeometry geometry;  // of convolutions
  std::size_t offset = 0;          // floats from the beginning of the parameters
  std::size_t stored = 0;          // floats, padding included
};

constexpr kernels::ConvGeometry geometry_of(const Operation& op, int in_channels, int out_channels,
                                            int interleave) {
  return {in_channels, out_channels, op.groups, op.window, interleave};
}

/// The same of a layer's forward operation, on blocked maps or as it reads a planar image; of a
/// transposed convolution, that of the convolution whose adjoint it is.
constexpr kernels::ConvGeometry geometry_of(const Operation& op, bool planar) {
  const bool transposed = op.kind == Kind::conv_transpose2d;
  return geometry_of(op, (transposed ? op.out : op.in).channels,
                     (transposed ? op.in : op.out).channels, planar ? 1 : simd::lanes);
}

/// A parameter of the shape of an image, a sequence or a vector, as feature maps without a border.
template <class T>
constexpr kernels::FeatureMaps<T> maps_of(const ParameterSpec& spec, T* values) {
  kernels::FeatureMaps<T> maps;
  maps.data = values;
  maps.channels = spec.extents[0];
  maps.height = spec.rank == 3 ? spec.extents[1] : 1;
  maps.width = spec.rank == 1 ? 1 : spec.extents[static_cast<std::size_t>(spec.rank - 1)];
  maps.row_stride = std::ptrdiff_t{maps.width} * simd::lanes;
  maps.block_stride = maps.height * maps.row_stride;
  return maps;
}

constexpr std::size_t stored_size(const ParameterSlot& slot) {
  switch (slot.spec.packing) {
    case Packing::conv2d: return kernels::packed_size(slot.geometry);
    case Packing::depthwise_conv2d:
      return kernels::packed_depthwise_size(slot.geometry.out_channels,
                                            slot.geometry.window.kernel);
    case Packing::conv_transpose2d: return kernels::turned_size(slot.geometry);
    case Packing::linear:
      return kernels::packed_linear_size(slot.spec.extents[1], slot.spec.extents[0]);
    case Packing::image: {
      const kernels::ConstMaps maps = maps_of<const float>(slot.spec, nullptr);
      return static_cast<std::size_t>(kernels::blocks(maps.channels, simd::lanes) *
                                      maps.block_stride);
    }
    case Packing::plain: break;
  }
  return slot.spec.size();
}

/// What is made of a batch norm's parameters for inference: a factor and a shift for each channel.
struct PreparedNorm {
  int owner = -1;
  int channels = 0;
  float epsilon = 0;
  std::ptrdiff_t weight = -1;  // the norm's parameters, as offsets; -1 for those it has not
  std::ptrdiff_t bias = -1;
  std::ptrdiff_t mean = -1;
  std::ptrdiff_t variance = -1;
  std::ptrdiff_t scale = -1;  // where the results go
  std::ptrdiff_t shift = -1;
};

/// What is made of a convolution's weights and bias with those.
struct PreparedConvolution {
  int layer = -1;
  int channels = 0;  // of the output
  std::ptrdiff_t block_stride = 0;
  std::size_t norm = 0;  // which PreparedNorm
  std::ptrdiff_t weight = -1;
  std::ptrdiff_t bias = -1;
  std::ptrdiff_t folded_weight = -1;
  std::ptrdiff_t folded_bias = -1;
};

/// Floats from the weights of one block of a convolution's output channels to those of the next.
constexpr std::ptrdiff_t block_stride_of(const Operation& op, const kernels::ConvGeometry& g) {
  switch (op.kind) {
    case Kind::conv2d: return kernels::packed_block_stride(g);
    case Kind::conv_transpose2d: return kernels::turned_block_stride(g);
    default: return kernels::depthwise_block_stride(op.window.kernel);
  }
}

struct BlueprintSize {
  std::size_t layers = 0;
  std::size_t scopes = 0;
  std::size_t parameters = 0;
  std::size_t heads = 0;
  std::size_t norms = 0;
  std::size_t folds = 0;
};

/// Whether a node is a batch norm whose parameters are its own or the first use of shared ones.
constexpr bool owns_norm(const graph::Node& n) {
  return n.op.kind == Kind::batch_norm2d && n.owner == n.layer;
}

constexpr BlueprintSize size_of(const graph::Graph& g) {
  BlueprintSize s{graph::layer_count(g), g.scopes.size(), g.parameters.size(), g.heads.size()};
  for (const graph::Node& n : g.nodes) {
    if (owns_norm(n)) ++s.norms;
    if (n.norm >= 0) ++s.folds;
  }
  return s;
}

template <BlueprintSize Size>
struct Blueprint {
  Refusal refusal;
  Shape output_shape;
  long long parameter_count = 0;
  long long macs = 0;
  ReceptiveField receptive_field;
  std::array<LayerRow, Size.layers> layers{};
  std::array<graph::Scope, Size.scopes> scopes{};
  std::array<Shape, Size.scopes> scope_shapes{};
  std::array<ParameterSlot, Size.parameters> parameters{};
  std::array<HeadInfo, Size.heads> heads{};
  std::array<PreparedNorm, Size.norms> norms{};
  std::array<PreparedConvolution, Size.folds> folds{};
  std::size_t learned_floats = 0;  // the learned parameters with their padding
  std::size_t stored_floats = 0;   // all of them
  std::size_t all_floats = 0;      // with what is prepared of them for inference

  constexpr explicit Blueprint(const graph::Graph& g)
      : refusal(g.refusal),
        output_shape(g.node(g.output).op.out),
        parameter_count(graph::parameter_count(g)),
        macs(graph::macs(g)),
        receptive_field(graph::receptive_field(g)) {
    graph::write_rows(g, layers);
    for (std::size_t i = 0; i < Size.scopes; ++i) {
      scopes[i] = g.scopes[i];
      const int output = i == 0 ? g.output : scopes[i].output;
      scope_shapes[i] = g.node(output < 0 ? 0 : output).op.out;
    }
    for (std::size_t i = 0; i < Size.parameters; ++i) {
      const graph::Node& n = g.node(g.parameters[i].layer);
      ParameterSlot& slot = parameters[i];
      slot.spec = g.parameters[i].spec;
      slot.layer = g.parameters[i].layer;
      slot.scope = n.scope;
      slot.geometry = geometry_of(n.op, n.interleave == 1);
    }
    for (std::size_t i = 0; i < Size.heads; ++i) {
      heads[i] = {g.heads[i].name, g.node(g.heads[i].node).op.out};
    }
    stored_floats = learned_floats = place(true, 0);
    stored_floats = place(false, learned_floats);
    all_floats = stored_floats;
    prepare(g);
  }

  /// Where a parameter of a layer lies, or -1.
  constexpr std::ptrdiff_t offset_of(int layer, std::string_view name) const {
    for (const ParameterSlot& slot : parameters) {
      if (slot.layer == layer && slot.spec.name == name) {
        return static_cast<std::ptrdiff_t>(slot.offset);
      }
    }
    return -1;
  }

 private:
  constexpr std::ptrdiff_t take(std::size_t floats) {
    const std::size_t offset = all_floats;
    all_floats += (floats + 15) / 16 * 16;
    return static_cast<std::ptrdiff_t>(offset);
  }

  constexpr void prepare(const graph::Graph& g) {
    std::size_t count = 0;
    for (const graph::Node& n : g.nodes) {
      if (!owns_norm(n)) continue;
      const auto channels = static_cast<std::size_t>(n.op.in.channels);
      norms[count++] = {n.layer,
                        n.op.in.channels,
                        n.op.epsilon,
                        offset_of(n.layer, "weight"),
                        offset_of(n.layer, "bias"),
                        offset_of(n.layer, "running_mean"),
                        offset_of(n.layer, "running_var"),
                        take(channels),
                        take(channels)};
    }
    count = 0;
    for (const graph::Node& n : g.nodes) {
      if (n.norm >= 0) folds[count++] = prepared_convolution(g, n);
    }
  }

  constexpr PreparedConvolution prepared_convolution(const graph::Graph& g, const graph::Node& n) {
    PreparedConvolution c;
    c.layer = n.layer;
    c.channels = n.op.out.channels;
    const int norm = g.node(n.norm).owner;
    while (norms[c.norm].owner != norm) ++c.norm;
    const kernels::ConvGeometry geometry = geometry_of(n.op, n.interleave == 1);
    c.block_stride = block_stride_of(n.op, geometry);
    c.weight = offset_of(n.layer, "weight");
    c.bias = offset_of(n.layer, "bias");
    const int blocks = kernels::blocks(c.channels, simd::lanes);
    c.folded_weight = take(static_cast<std::size_t>(blocks * c.block_stride));
    c.folded_bias = take(static_cast<std::size_t>(c.channels));
    return c;
  }

  constexpr std::size_t place(bool learned, std::size_t offset) {
    for (ParameterSlot& slot : parameters) {
      if (slot.spec.learned != learned) continue;
      slot.offset = offset;
      slot.stored = (stored_size(slot) + 15) / 16 * 16;  // a cache line
      offset += slot.stored;
    }
    return offset;
  }
};

template <class Architecture, Shape In>
inline constexpr BlueprintSize blueprint_size =
    size_of(graph::build_for<Architecture>(In, simd::lanes));

template <class Architecture, Shape In>
inline constexpr Blueprint<blueprint_size<Architecture, In>> blueprint{
    graph::build_for<Architecture>(In, simd::lanes)};

template <class Architecture, Shape In>
inline constexpr Refusal refusal = blueprint<Architecture, In>.refusal;

template <text Name>
inline constexpr Refusal no_such_block{"shape_at",
                                       "shape_at: the network has no block of this name",
                                       Name.view(), "the name of a block, with those around it",
                                       "write named<\"stem\">(block), shape_at<\"stem\">"};

/// Output shape of the block whose path is `Name`.
template <class Architecture, Shape In, text Name>
consteval Shape shape_of_block() {
  constexpr const auto& b = blueprint<Architecture, In>;
  constexpr std::size_t scope = [] {
    std::size_t i = 1;
    while (i < b.scopes.size() &&
           graph::path(b.scopes, static_cast<int>(i)).view() != Name.view()) {
      ++i;
    }
    return i;
  }();
  if constexpr (scope < b.scopes.size()) {
    return b.scope_shapes[scope];
  } else {
    static_cast<void>(Insist<no_such_block<Name>>{});
    return {};
  }
}

}  // namespace convexpr::detail
