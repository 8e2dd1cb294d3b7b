// Batches that are too small to be trained on.
#pragma once

#include <convexpr/network/blueprint.hpp>
#include <stdexcept>
#include <string>

namespace convexpr::detail {

/// The first step of `Plan` that finds the statistics of a batch of one-pixel images, or none.
template <const auto& Plan>
inline constexpr std::size_t norm_of_one_pixel = [] {
  std::size_t i = 0;
  while (i < Plan.steps.size() &&
         !(Plan.steps[i].batch_statistics && Plan.steps[i].op.in.height == 1 &&
           Plan.steps[i].op.in.width == 1)) {
    ++i;
  }
  return i;
}();

/// One value has no variance that a running one could move towards (it would be divided by 0), and
/// its normalised value is 0 whatever it is.
///
/// Errors     std::invalid_argument where a channel of a batch norm has one value
template <const auto& Plan, const auto& Blueprint>
void require_two_values(std::size_t examples) {
  if constexpr (norm_of_one_pixel<Plan> < Plan.steps.size()) {
    constexpr const graph::Step& s = Plan.steps[norm_of_one_pixel<Plan>];
    if (examples > 1) return;
    const std::string path(Blueprint.layers[static_cast<std::size_t>(s.layer - 1)].path.view());
    throw std::invalid_argument(
        "forward: batch_norm2d at " + (path.empty() ? "the top" : "\"" + path + "\"") +
        ": each channel must have two or more values in training, a batch of one " +
        std::string(words(s.op.in).view()) + " image has one; train on more examples at a time");
  }
}

}  // namespace convexpr::detail
