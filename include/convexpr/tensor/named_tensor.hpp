// A tensor by name, with its shape as values: how parameters enter and leave a network.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace convexpr {

/// One entry of a state dict or of a file of weights.
///
/// Ensures    values.size() is the product of the extents (1 for a scalar, which has none); whoever
///            takes one from outside checks it
struct NamedTensor {
  std::string name;
  std::vector<std::size_t> shape;
  std::vector<float> values;

  friend bool operator==(const NamedTensor&, const NamedTensor&) = default;
};

}  // namespace convexpr
