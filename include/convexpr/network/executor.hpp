// A plan bound to its kernels: a table of function pointers, and the loop over it.
//
// Next: network/dispatch.hpp.
#pragma once

#include <convexpr/network/dispatch.hpp>
#include <span>

namespace convexpr::detail {

/// Where the parameters of a step's layer lie.
constexpr ParameterOffsets offsets_of(const graph::Step& step, std::span<const ParameterSlot> slots,
                                      std::size_t learned_floats) {
  ParameterOffsets at;
  at.statistics = static_cast<std::ptrdiff_t>(learned_floats);
  for (const ParameterSlot& slot : slots) {
    if (slot.layer != step.layer) continue;
    const auto offset = static_cast<std::ptrdiff_t>(slot.offset);
    if (slot.spec.name == "weight") at.weight = offset;
    if (slot.spec.name == "bias") at.bias = offset;
    if (slot.spec.name == "running_mean") at.mean = offset - at.statistics;
    if (slot.spec.name == "running_var") at.variance = offset - at.statistics;
  }
  return at;
}

/// Runs the steps of `Plan`, whose layers' parameters lie as `Blueprint` says.
template <const auto& Plan, const auto& Blueprint>
struct Executor {
  using Run = void (*)(const Call&);
  static constexpr std::size_t count = Plan.steps.size();

  static constexpr std::array<Run, count> kernels =
      []<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<Run, count>{&run_step<choose<Plan, I>()>...};
      }(std::make_index_sequence<count>{});

  static constexpr std::array<ParameterOffsets, count> offsets = [] {
    std::array<ParameterOffsets, count> out{};
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = offsets_of(Plan.steps[i], Blueprint.parameters, Blueprint.learned_floats);
    }
    return out;
  }();

  /// Floats of scratch that the plan needs, whatever the number of examples.
  static constexpr std::size_t scratch_floats = [] {
    std::size_t most = 0;
    for (const graph::Step& s : Plan.steps) {
      const std::size_t floats = scratch_of(s);
      if (floats > most) most = floats;
    }
    return most;
  }();

  /// Runs steps `first` to `last`, the last excluded.
  static void run(const Frame& frame, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      kernels[i](Call{Plan.steps[i], Plan.operands.data(), offsets[i], frame});
    }
  }
  static void run(const Frame& frame) { run(frame, 0, count); }
};

/// Brings values from the API's plain C, H, W order into the arena.
inline void put(const graph::Operand& to, const float* from, const Frame& frame) {
  const kernels::Maps maps = Call::maps(to, frame);
  if (to.border != Padding{}) kernels::clear_border(maps, to.border, to.interleave);
  kernels::from_planar(from, maps, to.interleave);
}

/// Brings values from the arena into plain C, H, W order.
inline void get(const graph::Operand& from, float* to, const Frame& frame) {
  kernels::to_planar(Call::maps(from, frame), to, from.interleave);
}

}  // namespace convexpr::detail
