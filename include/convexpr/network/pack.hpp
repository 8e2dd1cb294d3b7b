// Parameters between the API's order, which is PyTorch's, and the order in which kernels read them.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/network/blueprint.hpp>
#include <span>
#include <string>

namespace convexpr::detail {

/// Arranges the values of one parameter for the kernels; padding becomes 0.
inline void pack(const ParameterSlot& slot, const float* plain, float* parameters) {
  float* to = parameters + slot.offset;
  switch (slot.spec.packing) {
    case Packing::conv2d: kernels::pack(slot.geometry, plain, to); break;
    case Packing::depthwise_conv2d:
      kernels::pack_depthwise(slot.geometry.out_channels, slot.geometry.window.kernel, plain, to);
      break;
    case Packing::conv_transpose2d: kernels::pack_turned(slot.geometry, plain, to); break;
    case Packing::linear:
      kernels::pack_linear(slot.spec.extents[1], slot.spec.extents[0], plain, to);
      break;
    case Packing::image: kernels::from_planar(plain, maps_of(slot.spec, to), simd::lanes); break;
    case Packing::plain: std::copy_n(plain, slot.spec.size(), to); break;
  }
}

/// The values of one parameter in the API's order.
inline void unpack(const ParameterSlot& slot, const float* parameters, float* plain) {
  const float* from = parameters + slot.offset;
  switch (slot.spec.packing) {
    case Packing::conv2d: kernels::unpack(slot.geometry, from, plain); break;
    case Packing::depthwise_conv2d:
      kernels::unpack_depthwise(slot.geometry.out_channels, slot.geometry.window.kernel, from,
                                plain);
      break;
    case Packing::conv_transpose2d: kernels::unpack_turned(slot.geometry, from, plain); break;
    case Packing::linear:
      kernels::unpack_linear(slot.spec.extents[1], slot.spec.extents[0], from, plain);
      break;
    case Packing::image: kernels::to_planar(maps_of(slot.spec, from), plain, simd::lanes); break;
    case Packing::plain: std::copy_n(from, slot.spec.size(), plain); break;
  }
}

/// "inception_3a.1.2.bias"
inline std::string parameter_name(const ParameterSlot& slot, std::span<const graph::Scope> scopes) {
  std::string out(graph::path(scopes, slot.scope).view());
  if (!out.empty()) out += ".";
  return out += slot.spec.name;
}

}  // namespace convexpr::detail
