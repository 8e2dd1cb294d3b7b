// A plan as it is seen by what prints or draws it: without template arguments, its steps in words.
#pragma once

#include <algorithm>
#include <convexpr/network/network.hpp>
#include <span>
#include <string>
#include <vector>

namespace convexpr::detail {

/// The parts of a plan, and the layers that it computes.
struct PlanView {
  std::span<const graph::Step> steps;
  std::span<const graph::Step> parts;
  std::span<const graph::Operand> operands;
  std::span<const graph::Operand> heads;
  std::span<const graph::Operand> head_adjoints;
  std::span<const graph::Rider> riders;
  std::span<const graph::SavedArray> saved;
  const graph::PlanFacts& facts;
  std::span<const LayerRow> layers;
  std::span<const HeadInfo> head_names;
  std::size_t scratch_bytes;  // that one step at a time needs beyond the arena, where that is known

  bool is_backward(std::size_t step) const {
    return step >= static_cast<std::size_t>(facts.forward_steps);
  }
  const graph::Operand& operand(int i) const { return operands[static_cast<std::size_t>(i)]; }
  std::span<const graph::Operand> inputs(const graph::Step& s) const {
    return operands.subspan(static_cast<std::size_t>(s.first_input),
                            static_cast<std::size_t>(s.input_count));
  }
  std::span<const graph::Step> parts_of(const graph::Step& s) const {
    return parts.subspan(static_cast<std::size_t>(s.first_part),
                         static_cast<std::size_t>(s.part_count));
  }
  /// The step of a layer, by row; -1 if it has none.
  int step_of(std::size_t row) const {
    return graph::step_of_layer(steps.first(static_cast<std::size_t>(facts.forward_steps)), riders,
                                static_cast<int>(row) + 1);
  }
};

template <class Plan>
PlanView view_of(const Plan& plan, std::span<const LayerRow> layers,
                 std::span<const HeadInfo> heads, std::size_t scratch_bytes) {
  return {plan.steps, plan.parts, plan.operands, plan.heads, plan.head_adjoints, plan.riders,
          plan.saved, plan,       layers,        heads,      scratch_bytes};
}

/// The plan of `forward`, or that of training.
template <class Net, Mode M>
PlanView plan_view() {
  if constexpr (M == Mode::training) {
    return view_of(Net::training_plan.whole(), Net::layers, Net::heads, 0);
  } else {
    return view_of(Net::plan, Net::layers, {}, Net::inference_arena_bytes - Net::plan.arena_bytes);
  }
}

/// "inception_3a.0 Conv2d"
inline std::string name_of(const LayerRow& row) {
  const std::string path = row.path.empty() ? "(network)" : std::string(row.path.view());
  return path + " " + std::string(row.kind);
}

/// The layer whose border a step makes, or whose gradient it folds: the one that reads it, or that
/// wrote what the step reads.
inline int owner_of_border(const PlanView& plan, std::size_t step) {
  const graph::Step& s = plan.steps[step];
  if (s.role == graph::Role::forward) {
    for (std::size_t i = step + 1; i < plan.steps.size(); ++i) {
      for (const graph::Operand& x : plan.inputs(plan.steps[i])) {
        if (x.array == plan.operand(s.output).array) return plan.steps[i].layer;
      }
    }
  } else {
    for (std::size_t i = step; i-- > 0;) {
      const int y = plan.steps[i].output;
      if (y >= 0 && plan.operand(y).array == plan.inputs(s)[0].array) return plan.steps[i].layer;
    }
  }
  return -1;
}

/// What a step does for a layer: "adjoint of stem.0 Conv2d".
inline std::string work_for(const PlanView& plan, const graph::Step& s, int layer) {
  std::string words;
  if (s.action == graph::Action::copy_channels) {
    words = s.role == graph::Role::forward ? "copy into " : "copy out of the adjoint of ";
  } else if (s.role == graph::Role::adjoint) {
    words = "adjoint of ";
  } else if (s.role == graph::Role::parameter_adjoint) {
    words = "gradient of ";
  }
  words += name_of(plan.layers[static_cast<std::size_t>(layer - 1)]);
  if (s.tile_outputs > 0 && s.layer == layer) {
    const std::string extent = std::to_string(s.tile_outputs);
    words.append(", Winograd ").append(extent).append("x").append(extent);
  }
  return words;
}

/// What a step that no layer stands for does.
inline std::string work_of_no_layer(const PlanView& plan, std::size_t step) {
  const graph::Step& s = plan.steps[step];
  if (s.op.kind == Kind::sum) return "sum of gradients";
  if (s.op.kind != Kind::pad2d) return std::string(name(s.op.kind));
  const int owner = owner_of_border(plan, step);
  const std::string words =
      s.role == graph::Role::forward ? "border of " : "adjoint of the border of ";
  return words +
         (owner > 0 ? name_of(plan.layers[static_cast<std::size_t>(owner - 1)]) : "its reader");
}

/// What a step does, one line a layer, in the order of the work: an adjoint's goes back through the
/// layers. `part` is the number of one of its siblings in the plan, or -1 for the step itself.
inline std::vector<std::string> work_of(const PlanView& plan, std::size_t step, int part) {
  const graph::Step& s = part < 0 ? plan.steps[step] : plan.parts[static_cast<std::size_t>(part)];
  std::vector<int> layers;
  if (s.layer > 0) layers.push_back(s.layer);
  bool sums_gradients = false;
  for (const graph::Rider& r : plan.riders) {
    if (r.on != static_cast<int>(step) || r.part != part || r.layer == s.layer) continue;
    if (r.layer > 0) {
      layers.push_back(r.layer);
    } else {
      sums_gradients = s.role == graph::Role::adjoint;
    }
  }
  std::sort(layers.begin(), layers.end());
  if (s.role == graph::Role::adjoint) std::reverse(layers.begin(), layers.end());
  std::vector<std::string> lines;
  for (const int layer : layers) lines.push_back(work_for(plan, s, layer));
  if (s.layer <= 0) lines.insert(lines.begin(), work_of_no_layer(plan, step));
  if (sums_gradients) lines.insert(lines.begin() + 1, "sum of gradients");
  return lines;
}

/// The layers that no step computes.
inline std::vector<std::string> layers_without_step(const PlanView& plan) {
  std::vector<std::string> names;
  for (std::size_t row = 0; row < plan.layers.size(); ++row) {
    if (plan.step_of(row) < 0) names.push_back(name_of(plan.layers[row]));
  }
  return names;
}

}  // namespace convexpr::detail
