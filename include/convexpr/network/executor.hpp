// A plan bound to its kernels: a table of function pointers, and the loop over it.
//
// Next: network/dispatch.hpp.
#pragma once

#include <algorithm>
#include <convexpr/network/dispatch.hpp>
#include <convexpr/network/places.hpp>
#include <convexpr/network/scratch.hpp>

namespace convexpr::detail {

/// Runs a step that gives the gradient of one more use of a shared layer, and adds that.
inline void run_adding_gradient(void (*run)(const Call&), const Call& c) {
  float* const sum = c.frame.gradient + c.at.learned_begin;
  const std::ptrdiff_t floats = c.at.learned_end - c.at.learned_begin;
  std::fill_n(c.frame.use_gradient, floats, 0.0F);  // what kernels leave out stays zero in the sum
  Frame own = c.frame;
  own.gradient = c.frame.use_gradient;
  own.gradient_begin = c.at.learned_begin;
  run(Call{c.step, c.operands, c.uses, c.at, own});
  for (std::ptrdiff_t i = 0; i < floats; ++i) sum[i] += own.gradient[i];
}

/// Bands of rows whose input stays in the second-level cache, but no lower than any tile is.
inline kernels::Cut bands_in_cache(const Call& c) {
  constexpr std::ptrdiff_t budget = 256 * 1024 / sizeof(float);
  constexpr int lowest = 6;
  const kernels::Maps x = c.input(0);
  const std::ptrdiff_t row = x.row_stride * kernels::blocks(x.channels, c.step.interleave);
  const int height = c.output().height;
  const std::ptrdiff_t all = row * c.step.op.window.stride.h * height;
  const auto count = static_cast<int>(
      std::clamp<std::ptrdiff_t>((all + budget - 1) / budget, 1, std::max(1, height / lowest)));
  return {height, (height + count - 1) / count};
}

/// Runs the steps of `Plan`, whose layers' parameters lie as `Blueprint` says.
template <const auto& Plan, const auto& Blueprint>
struct Executor {
  using Run = void (*)(const Call&);
  static constexpr std::size_t count = Plan.steps.size();

  template <const auto& Steps, std::size_t... I>
  static constexpr std::array<Run, sizeof...(I)> kernels_of(std::index_sequence<I...>) {
    return {&run_step<choose<Plan, Steps, I>(), StepFunction<Plan, Steps[I].function>>...};
  }

  static constexpr std::array<Run, count> kernels =
      kernels_of<Plan.steps>(std::make_index_sequence<count>{});
  static constexpr std::array<Run, Plan.parts.size()> part_kernels =
      kernels_of<Plan.parts>(std::make_index_sequence<Plan.parts.size()>{});

  /// Whether parameters are constant while it runs, and examples come one at a time.
  static constexpr bool constant = is_constant(Plan);

  static constexpr StepPlaces<count> places = [] {
    StepPlaces<count> all = places_of<count>(Plan.steps, Blueprint);
    for (std::size_t i = 0; i < count; ++i) {
      const graph::Step& s = Plan.steps[i];
      ParameterOffsets& at = all.offsets[i];
      at.scratch = free_place(Plan.arrays, s.time, scratch_of(s, 1, constant));
      if (constant && s.tile_outputs > 0) {
        at.at_points = static_cast<std::ptrdiff_t>(all.at_points_floats);
        all.at_points_floats += floats_at_points(s);
      }
    }
    return all;
  }();

  static constexpr StepPlaces<Plan.parts.size()> part_places =
      places_of<Plan.parts.size()>(Plan.parts, Blueprint);

  static constexpr std::array<UsePlace, Plan.uses.size()> uses =
      places_of_uses<Plan.uses.size()>(Plan.uses, Blueprint);

  /// Floats for the batch's statistics: at the places of the running ones, and of further uses.
  static constexpr std::size_t statistics_floats = places.statistics_floats;
  /// Floats for the gradient of one further use of a shared layer.
  static constexpr std::size_t use_gradient_floats = places.use_gradient_floats;

  /// Floats of the arena for so many examples. Scratch grows more slowly than the gap that holds it.
  static constexpr std::size_t arena_floats(std::size_t examples) {
    std::size_t floats = Plan.arena_floats * examples;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t scratch = scratch_of(Plan.steps[i], static_cast<int>(examples), constant);
      floats = std::max(floats, places.offsets[i].scratch * examples + scratch);
    }
    return floats;
  }

  /// Floats of weights at the points of filterings, prepared by `transform_weights`.
  static constexpr std::size_t at_points_floats = places.at_points_floats;

  /// Prepares them.
  static void transform_weights(const float* parameters, float* at_points) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (transform_weights_of<I>(parameters, at_points), ...);
    }(std::make_index_sequence<count>{});
  }

  /// Runs steps `first` to `last`, the last excluded.
  static void run(const Frame& frame, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      const Call call{Plan.steps[i], Plan.operands.data(), uses.data(), places.offsets[i], frame};
      if (call.step.part_count > 0) {
        run_siblings(i, call);
      } else if (call.step.adds_gradient) {
        run_adding_gradient(kernels[i], call);
      } else {
        kernels[i](call);
      }
    }
  }
  static void run(const Frame& frame) { run(frame, 0, count); }

 private:
  template <std::size_t I>
  static void transform_weights_of(const float* parameters, float* at_points) {
    constexpr const graph::Step& s = Plan.steps[I];
    constexpr const ParameterOffsets& at = places.offsets[I];
    if constexpr (at.at_points >= 0) {
      detail::transform_weights<filtering_of(s), s.role>(s, parameters + at.weight,
                                                         at_points + at.at_points, nullptr);
    }
  }

  /// Runs sibling convolutions band by band.
  static void run_siblings(std::size_t i, Call leader) {
    const int parts = leader.step.part_count;
    const auto part = [&](int k) {
      const auto p = static_cast<std::size_t>(leader.step.first_part + k);
      return Call{Plan.parts[p],          leader.operands, leader.uses,
                  part_places.offsets[p], leader.frame,    leader.band};
    };
    clear_border(leader);
    for (int k = 0; k < parts; ++k) clear_border(part(k));
    const kernels::Cut bands = bands_in_cache(leader);
    for (int n = 0; n < leader.frame.examples; ++n) {
      for (int b = 0; b < bands.count(); ++b) {
        leader.band = {n, bands[b].start, bands[b].size};
        kernels[i](leader);
        for (int k = 0; k < parts; ++k) {
          part_kernels[static_cast<std::size_t>(leader.step.first_part + k)](part(k));
        }
      }
    }
  }
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
