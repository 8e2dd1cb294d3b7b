// A plan bound to its kernels: a table of function pointers, and the loop over it.
//
// Next: network/dispatch.hpp.
#pragma once

#include <algorithm>
#include <convexpr/network/dispatch.hpp>
#include <convexpr/network/lent_arena.hpp>
#include <convexpr/network/places.hpp>
#include <convexpr/network/scratch.hpp>
#include <convexpr/network/threads.hpp>

namespace convexpr::detail {

/// A step's function, and how it cuts an image.
struct StepKernel {
  RunStep run;
  kernels::ConvTile tile;
  TransformWeights* transform_weights;  // of a filtering
};

// Depends on what is chosen, not on the plan, whose name is as long as the architecture's.
template <Choice C, class F>
inline constexpr StepKernel step_kernel{&run_step<C, F>, C.tile, transform_of<C>()};

/// Runs a step, or a member's part of it.
inline void run_step_of(const StepKernel& k, const Call& c) {
  if (c.share.count == 1) {
    run_cleared(c, k.run);
  } else {
    run_shared(c, k.tile, k.run);
  }
}

/// Runs a step that gives the gradient of one more use of a shared layer, and adds that.
inline void run_adding_gradient(const StepKernel& k, const Call& c) {
  float* const sum = c.frame.gradient + c.at.learned_begin;
  const Range floats = c.share.of(static_cast<int>(c.at.learned_end - c.at.learned_begin));
  // What kernels leave out stays zero in the sum.
  std::fill_n(c.frame.use_gradient + floats.first, floats.size(), 0.0F);
  c.share.wait();
  Frame own = c.frame;
  own.gradient = c.frame.use_gradient;
  own.gradient_begin = c.at.learned_begin;
  run_step_of(k, Call{c.step, c.operands, c.uses, c.at, own, {}, c.share});
  c.share.wait();
  for (int i = floats.first; i < floats.last; ++i) sum[i] += own.gradient[i];
}

/// An image cut into bands of whole tiles, where the tiles divide it.
struct Bands {
  kernels::Cut tiles;
  int rows;  // of a tile

  int count() const { return tiles.count(); }
  kernels::Piece operator[](int i) const { return {tiles[i].start * rows, tiles[i].size * rows}; }
};

/// Bands of rows whose input stays in the second-level cache, but no lower than any tile is; as many
/// as the team has members, if it can be.
inline Bands bands_in_cache(const Call& c, kernels::ConvTile tile) {
  constexpr std::ptrdiff_t budget = 256 * 1024 / sizeof(float);
  constexpr int lowest = 6;
  const kernels::Maps x = c.whole_input(0);
  const std::ptrdiff_t row = x.row_stride * kernels::blocks(x.channels, c.step.interleave);
  const int height = c.step.op.out.height;
  const std::ptrdiff_t all = row * c.step.op.window.stride.h * height;
  const std::ptrdiff_t least = c.frame.examples >= c.share.count ? 1 : c.share.count;
  const auto count = static_cast<int>(std::clamp<std::ptrdiff_t>(
      std::max((all + budget - 1) / budget, least), 1, std::max(1, height / lowest)));
  const int rows = height % tile.rows == 0 ? tile.rows : 1;
  const int tiles = height / rows;
  return {{tiles, (tiles + count - 1) / count}, rows};
}

/// A sibling convolution, and the groups of its blocks among those of all.
struct Sibling {
  Call call;
  StepKernel kernel;
  TileCuts cuts;
  int first_group = 0;

  /// The blocks of the groups that are a member's own; none if `blocks` is 0.
  Part part_of(const Range& own) const {
    const int first = std::clamp(own.first - first_group, 0, cuts.group_count());
    const int last = std::clamp(own.last - first_group, 0, cuts.group_count());
    return {.first_block = cuts.block(first), .blocks = cuts.block(last) - cuts.block(first)};
  }
};

/// Work of a step and of the siblings that run along: see work_of.
template <class Plan>
constexpr long long work_with_siblings(const Plan& plan, const graph::Step& s) {
  long long sum = work_of(s);
  for (int k = 0; k < s.part_count; ++k) {
    sum += work_of(plan.parts[static_cast<std::size_t>(s.first_part + k)]);
  }
  return sum;
}

/// Runs the steps of `Plan`, whose layers' parameters lie as `Blueprint` says.
template <const auto& Plan, const auto& Blueprint>
struct Executor {
  static constexpr std::size_t count = Plan.steps.size();

  template <const auto& Steps, bool Parts, std::size_t... I>
  static constexpr std::array<StepKernel, sizeof...(I)> kernels_of(std::index_sequence<I...>) {
    return {step_kernel<choose(Plan, Steps[I], tile_of<tiled_image_of(Steps[I])>, Parts),
                        StepFunction<Plan, Steps[I].function>>...};
  }

  static constexpr std::array<StepKernel, count> kernels =
      kernels_of<Plan.steps, false>(std::make_index_sequence<count>{});
  static constexpr std::array<StepKernel, Plan.parts.size()> part_kernels =
      kernels_of<Plan.parts, true>(std::make_index_sequence<Plan.parts.size()>{});

  /// Whether parameters are constant while it runs.
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

  /// Examples of a batch that go through the plan together. Weights that no second-level cache keeps
  /// come once for several; else the values of one example stay there. A product of as many rows takes
  /// them one by one, so that each has the bits that it has alone.
  static constexpr std::size_t examples_together =
      Blueprint.learned_floats + at_points_floats > graph::most_cached_weights ? 4 : 1;
  static_assert(examples_together < kernels::detail::product_rows);

  /// Prepares them.
  static void transform_weights(const float* parameters, float* at_points) {
    for (std::size_t i = 0; i < count; ++i) {
      const ParameterOffsets& at = places.offsets[i];
      if (at.at_points < 0) continue;
      const graph::Step& s = Plan.steps[i];
      kernels[i].transform_weights(s, parameters + at.weight, at_points + at.at_points, nullptr,
                                   {0, kernels::blocks(s.op.out.channels, simd::lanes)});
    }
  }

  /// Floats of scratch for each member of a team but the first.
  static constexpr std::size_t member_floats(std::size_t examples) {
    std::size_t most = 0;
    for (const graph::Step& s : Plan.steps) {
      most = std::max(most, own_scratch_of(s, static_cast<int>(examples), constant));
    }
    return whole_lines(most);
  }

  /// What a pass over all steps takes: see work_of.
  static constexpr long long work = [] {
    long long sum = 0;
    for (const graph::Step& s : Plan.steps) sum += work_with_siblings(Plan, s);
    return sum;
  }();

  /// The threads on which a pass over some steps runs: one where that is little work, or where there
  /// is nothing to share.
  static int team_of(const Frame& frame, std::size_t first, std::size_t last) {
    const int wanted = threads();
    if (wanted == 1) return 1;
    long long sum = 0;
    for (std::size_t i = first; i < last; ++i) {
      const Call call = call_of(i, frame, {});
      if (is_shared(call)) sum += work_with_siblings(Plan, call.step) * frame.examples;
    }
    return sum > least_work.of_pass ? wanted : 1;
  }

  /// Runs steps `first` to `last`, the last excluded: before them `before`, then `after`, both called
  /// by each member of the team with its share.
  template <class Before, class After>
  static void pass(Frame frame, std::size_t first, std::size_t last, Before before, After after) {
    const int members = team_of(frame, first, last);
    if (members == 1) {
      before(frame, Share{});
      run(frame, first, last);
      after(frame, Share{});
      return;
    }
    const std::size_t floats = member_floats(static_cast<std::size_t>(frame.examples));
    frame.member_floats = static_cast<std::ptrdiff_t>(floats);
    frame.member_scratch = memory_of_members(floats * static_cast<std::size_t>(members - 1));
    Failure failure;
    in_team(members, [&](const Share& share) {
      before(frame, share);
      share.wait();
      run(frame, first, last, share, &failure);
      share.wait();
      after(frame, share);
    });
    failure.rethrow();
  }

  /// Runs steps as a member of a team. One after the other that are not shared need no waiting.
  static void run(const Frame& frame, std::size_t first, std::size_t last, const Share& share = {},
                  Failure* failure = nullptr) {
    bool shared_before = false;
    for (std::size_t i = first; i < last; ++i) {
      const Call call = call_of(i, frame, share);
      const bool shared = share.count > 1 && is_shared(call);
      if (i > first && (shared || shared_before)) share.wait();
      shared_before = shared;
      if (shared) {
        run_any(i, call);
      } else if (share.index == 0) {
        const auto alone = [&] { run_any(i, call_of(i, frame, {})); };
        failure == nullptr ? alone() : failure->guard(alone);
      }
    }
  }
  static void run(const Frame& frame) { run(frame, 0, count); }

 private:
  static Call call_of(std::size_t i, const Frame& frame, const Share& share) {
    return {Plan.steps[i], Plan.operands.data(), uses.data(), places.offsets[i], frame, {}, share};
  }

  static bool is_shared(const Call& c) {
    return work_with_siblings(Plan, c.step) * c.frame.examples >= least_work.of_step &&
           split_of(c) != Split::none;
  }

  static void run_any(std::size_t i, const Call& call) {
    if (call.step.part_count > 0) {
      run_siblings(i, call);
    } else if (call.step.adds_gradient) {
      run_adding_gradient(kernels[i], call);
    } else {
      run_step_of(kernels[i], call);
    }
  }

  /// Number `k` of the siblings that run with step `i`, which is the first.
  static Sibling sibling(std::size_t i, const Call& leader, int k) {
    if (k == 0) return {leader, kernels[i], {leader.step, kernels[i].tile}};
    const auto p = static_cast<std::size_t>(leader.step.first_part + k - 1);
    const Call call{
        Plan.parts[p], leader.operands, leader.uses, part_places.offsets[p], leader.frame, {},
        leader.share};
    return {call, part_kernels[p], {call.step, part_kernels[p].tile}};
  }

  /// Runs sibling convolutions band by band; of a team, each member those of its groups of output
  /// channels, or its bands.
  static void run_siblings(std::size_t i, const Call& leader) {
    const int siblings = leader.step.part_count + 1;
    const Bands bands = bands_in_cache(leader, kernels[i].tile);
    const Share& share = leader.share;
    const int examples = leader.frame.examples;
    int groups = 0;
    long long weights = 0;
    bool by_groups = share.count > 1;
    for (int k = 0; k < siblings; ++k) {
      const Sibling s = sibling(i, leader, k);
      groups += s.cuts.group_count();
      weights += weights_of(s.call.step.op);
      by_groups = by_groups && s.cuts.by_groups;
    }
    by_groups =
        by_groups && !rows_are_better(leader, weights, examples * bands.count(), examples * groups);
    const Range own_groups = by_groups ? share.of(groups) : Range{0, groups};
    const Range own_bands =
        by_groups ? Range{0, examples * bands.count()} : share.of(examples * bands.count());
    // Bands do not have their borders, so those are cleared apart.
    const auto for_each_sibling = [&](auto f) {
      int first_group = 0;
      for (int k = 0; k < siblings; ++k) {
        Sibling s = sibling(i, leader, k);
        s.first_group = first_group;
        first_group += s.cuts.group_count();
        const Part part = s.part_of(own_groups);
        if (part.blocks > 0) f(s, part);
      }
    };
    for_each_sibling([&](const Sibling& s, const Part& part) {
      by_groups ? clear_border(s.call.of(part)) : clear_own_border(s.call);
    });
    for (int band = own_bands.first; band < own_bands.last; ++band) {
      for_each_sibling([&](const Sibling& s, Part part) {
        const kernels::Piece rows = bands[band % bands.count()];
        part.first_example = band / bands.count();
        part.examples = 1;
        part.first_row = rows.start;
        part.rows = rows.size;
        s.kernel.run(s.call.of(part));
      });
    }
  }
};

/// Calls f(maps, channel) for a member's part of a value, whose first channel has that number among
/// those of all examples.
template <class F>
void for_each_part_of_value(const graph::Operand& o, const Frame& frame, const Share& share, F f) {
  const int blocks = kernels::blocks(o.shape.channels, o.interleave);
  for_each_piece(
      share.of(frame.examples * blocks), blocks, [&](int first, int count, int begin, int end) {
        kernels::Maps maps = Call::maps(o, frame);
        maps.data += first * maps.example_stride + begin * maps.block_stride;
        maps.examples = count;
        maps.channels = std::min(end * o.interleave, maps.channels) - begin * o.interleave;
        f(maps, std::ptrdiff_t{first} * o.shape.channels + begin * o.interleave);
      });
}

/// Brings values from the API's plain C, H, W order into the arena: a member's part of them.
inline void put(const graph::Operand& to, const float* from, const Frame& frame,
                const Share& share = {}) {
  for_each_part_of_value(to, frame, share, [&](const kernels::Maps& maps, std::ptrdiff_t channel) {
    if (to.border != Padding{}) kernels::clear_border(maps, to.border, to.interleave);
    kernels::from_planar(from + channel * maps.height * maps.width, maps, to.interleave);
  });
}

/// Brings values from the arena into plain C, H, W order.
inline void get(const graph::Operand& from, float* to, const Frame& frame,
                const Share& share = {}) {
  for_each_part_of_value(
      from, frame, share, [&](const kernels::Maps& maps, std::ptrdiff_t channel) {
        kernels::to_planar(maps, to + channel * maps.height * maps.width, from.interleave);
      });
}

}  // namespace convexpr::detail
