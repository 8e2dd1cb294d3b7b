// The zeros that operations read around an image, so that their kernels have no edge cases.
//
// The arrays get room for them in layout.hpp; prune.hpp knows of them, since the channels of a
// pixel with a border are no vector.
#pragma once

#include <convexpr/layers/operation.hpp>
#include <convexpr/shape/adjoint.hpp>

namespace convexpr::graph {

/// Around the input of an operation.
constexpr Padding border_of_input(const Operation& op) {
  switch (op.kind) {
    case Kind::conv2d:
    case Kind::depthwise_conv2d:
    case Kind::filter2d: return op.window.padding;
    default: return {};
  }
}

/// Around the gradient of its output, for its adjoints.
constexpr Padding border_of_gradient(const Operation& op) {
  switch (op.kind) {
    case Kind::conv_transpose2d: return op.window.padding;  // backwards it is a convolution
    case Kind::depthwise_conv2d:
    case Kind::filter2d:
      return window::adjoint_border({op.in.height, op.in.width}, {op.out.height, op.out.width},
                                    op.window);
    default: return {};
  }
}

/// The same where Winograd's tiles compute the adjoint of a convolution.
constexpr Padding border_of_filtering(const Operation& op) {
  return window::adjoint_border({op.in.height, op.in.width}, {op.out.height, op.out.width},
                                op.window);
}

}  // namespace convexpr::graph
