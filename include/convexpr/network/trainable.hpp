// Networks that cannot be trained: a user's layer that the gradient must pass says not how.
#pragma once

#include <convexpr/network/blueprint.hpp>

namespace convexpr::detail {

/// The first step of `Plan` that would need the missing vjp of a user's layer, in words. A layer in
/// front of everything that learns needs none, as long as nobody asks for the input's gradient.
template <const auto& Plan, const auto& Blueprint>
inline constexpr Refusal no_vjp = [] {
  for (const graph::Step& s : Plan.steps) {
    if (s.op.kind != Kind::user || s.role != graph::Role::adjoint) continue;
    if (s.op.user->vjp != nullptr) continue;
    const graph::Path& path = Blueprint.layers[static_cast<std::size_t>(s.layer - 1)].path;
    return Refusal{path.empty() ? Sentence("the network") : Sentence(path.view()),
                   "user_layer: there must be a vjp where gradients pass",
                   Sentence() << name(s.op) << " without vjp",
                   "static void vjp(LayerInput x, LayerInput dy, LayerOutput dx)",
                   "write it, with LayerParameters w behind x and LayerGradients dw at the end "
                   "if the layer has parameters"};
  }
  return Refusal{};
}();

}  // namespace convexpr::detail
