// Labelled examples in memory: what a loader deals out in batches.
#pragma once

#include <convexpr/tensor/batch.hpp>
#include <cstddef>
#include <vector>

namespace convexpr {

/// Examples of one shape, each with the number of its class.
///
/// Requires   as many labels as images
template <int... Extents>
struct Dataset {
  Batch<float, Extents...> images;
  std::vector<int> labels;

  std::size_t size() const { return labels.size(); }
};

}  // namespace convexpr
