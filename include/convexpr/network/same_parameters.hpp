// Whether networks of one architecture on two inputs can have one set of parameters.
#pragma once

#include <convexpr/network/blueprint.hpp>

namespace convexpr::detail {

/// "10x9216 for 3x224x224"
constexpr Sentence words_for(const ParameterSpec& p, Shape in) {
  return Sentence() << words(p) << " for " << words(in);
}

/// The first parameter whose shape or arrangement differs, in words.
template <class Architecture, Shape Here, Shape There>
constexpr Refusal find_unlike_parameter() {
  constexpr const auto& here = blueprint<Architecture, Here>;
  constexpr const auto& there = blueprint<Architecture, There>;
  if (here.refusal.happened() || there.refusal.happened()) return {};
  for (std::size_t i = 0; i < here.parameters.size(); ++i) {
    const ParameterSlot& a = here.parameters[i];
    const ParameterSlot& b = there.parameters[i];
    const bool one_shape = a.spec.rank == b.spec.rank && a.spec.extents == b.spec.extents;
    const bool one_geometry = a.spec.packing == Packing::plain || a.geometry == b.geometry;
    if (one_shape && one_geometry && a.offset == b.offset && a.stored == b.stored) continue;
    const graph::Path path = graph::path(here.scopes, a.scope);
    return {path.empty() ? Sentence("the network") : Sentence(path.view()),
            one_shape ? "network: shared parameters must be stored in one way for both inputs"
                      : "network: shared parameters must have one shape for both inputs",
            words_for(a.spec, Here), words_for(b.spec, There),
            "write global_avg_pool2d before flatten, or make the dense layers convolutional"};
  }
  return {};
}

template <class Architecture, Shape Here, Shape There>
inline constexpr Refusal unlike_parameters = find_unlike_parameter<Architecture, Here, There>();

}  // namespace convexpr::detail
