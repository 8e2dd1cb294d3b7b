// Where each step of a plan finds its parameters and its batch's statistics.
#pragma once

#include <array>
#include <convexpr/network/blueprint.hpp>
#include <convexpr/network/frame.hpp>
#include <span>
#include <vector>

namespace convexpr::detail {

/// Where the parameters of a layer lie, of which the first is given.
constexpr ParameterOffsets offsets_of(std::span<const ParameterSlot> slots, std::size_t first,
                                      std::size_t learned_floats) {
  ParameterOffsets at;
  at.statistics = static_cast<std::ptrdiff_t>(learned_floats);
  for (std::size_t i = first; i < slots.size(); ++i) {
    const ParameterSlot& slot = slots[i];
    if (slot.layer != slots[first].layer) break;  // they lie one behind the other
    if (at.slot_count++ == 0) at.slots = &slot;
    const auto offset = static_cast<std::ptrdiff_t>(slot.offset);
    if (slot.spec.learned) {  // so do they
      if (at.learned_end == 0) at.learned_begin = offset;
      at.learned_end = offset + static_cast<std::ptrdiff_t>(slot.stored);
    }
    if (slot.spec.name == "weight") at.weight = offset;
    if (slot.spec.name == "bias") at.bias = offset;
    if (slot.spec.name == "running_mean") at.mean = offset - at.statistics;
    if (slot.spec.name == "running_var") at.variance = offset - at.statistics;
  }
  at.batch_mean = at.mean;
  at.batch_variance = at.variance;
  return at;
}

/// The places of all steps, and what several uses of one layer need besides.
template <std::size_t Steps>
struct StepPlaces {
  std::array<ParameterOffsets, Steps> offsets{};
  std::size_t statistics_floats = 0;    // of the batch: as the running ones, and of further uses
  std::size_t use_gradient_floats = 0;  // the gradient of one further use of a shared layer
  std::size_t at_points_floats = 0;     // weights at the points of filterings
};

/// Where the uses of a plan's functions lie.
template <std::size_t Count, class Blueprint>
constexpr std::array<UsePlace, Count> places_of_uses(std::span<const graph::Use> uses,
                                                     const Blueprint& blueprint) {
  std::array<UsePlace, Count> places{};
  for (std::size_t i = 0; i < Count; ++i) {
    const graph::Use& u = uses[i];
    places[i] = {blueprint.offset_of(u.owner, u.name), u.per_channel};
    for (const PreparedNorm& n : blueprint.norms) {
      if (n.owner != u.owner) continue;
      if (u.name == graph::prepared_scale) places[i].offset = n.scale;
      if (u.name == graph::prepared_shift) places[i].offset = n.shift;
    }
  }
  return places;
}

/// Lets steps whose weights have taken a batch norm in read those.
template <std::size_t Steps, class Blueprint>
constexpr void read_folded(std::span<const graph::Step> steps, const Blueprint& blueprint,
                           StepPlaces<Steps>& places) {
  for (std::size_t i = 0; i < Steps; ++i) {
    if (!steps[i].folded) continue;
    for (const PreparedConvolution& c : blueprint.folds) {
      if (c.layer != steps[i].layer) continue;
      places.offsets[i].weight = c.folded_weight;
      places.offsets[i].bias = c.folded_bias;
    }
  }
}

/// The statistics that a further use of a batch norm sees must last until its adjoint, so they
/// cannot lie where the first use has them.
template <std::size_t Steps>
constexpr void place_statistics(std::span<const graph::Step> steps, std::size_t step,
                                StepPlaces<Steps>& places) {
  ParameterOffsets& at = places.offsets[step];
  for (std::size_t i = 0; i < step; ++i) {
    if (steps[i].layer != steps[step].layer || !steps[i].batch_statistics) continue;
    at.batch_mean = places.offsets[i].batch_mean;
    at.batch_variance = places.offsets[i].batch_variance;
    return;
  }
  const std::ptrdiff_t floats = at.variance - at.mean;  // the variance stands behind the mean
  at.batch_mean = static_cast<std::ptrdiff_t>(places.statistics_floats);
  at.batch_variance = at.batch_mean + floats;
  places.statistics_floats += static_cast<std::size_t>(2 * floats);
}

template <std::size_t Steps, class Blueprint>
constexpr StepPlaces<Steps> places_of(std::span<const graph::Step> steps,
                                      const Blueprint& blueprint) {
  StepPlaces<Steps> places;
  places.statistics_floats = blueprint.stored_floats - blueprint.learned_floats;
  const std::span<const ParameterSlot> slots = blueprint.parameters;
  std::vector<std::size_t> first_slot;  // of each layer
  for (std::size_t i = slots.size(); i-- > 0;) {
    const auto layer = static_cast<std::size_t>(slots[i].layer);
    if (layer >= first_slot.size()) first_slot.resize(layer + 1, slots.size());
    first_slot[layer] = i;
  }
  for (std::size_t i = 0; i < Steps; ++i) {
    const graph::Step& s = steps[i];
    ParameterOffsets& at = places.offsets[i];
    const auto owner = static_cast<std::size_t>(s.owner);
    const bool has_slots = s.owner >= 0 && owner < first_slot.size();
    at = offsets_of(slots, has_slots ? first_slot[owner] : slots.size(), blueprint.learned_floats);
    if (s.batch_statistics && s.layer != s.owner) place_statistics(steps, i, places);
    if (!s.adds_gradient) continue;
    const auto floats = static_cast<std::size_t>(at.learned_end - at.learned_begin);
    if (floats > places.use_gradient_floats) places.use_gradient_floats = floats;
  }
  read_folded(steps, blueprint, places);
  return places;
}

}  // namespace convexpr::detail
