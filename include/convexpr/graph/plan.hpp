// The finished plan: which steps run in which order on which memory. A constexpr value.
//
// Offsets count floats for one example; with n examples every array is n times as large and stands
// n times as far from the arena's beginning.
// Next: network/dispatch.hpp, where each step picks its kernel.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/graph/arena.hpp>
#include <convexpr/graph/graph.hpp>

namespace convexpr::graph {

/// A value as a step sees it: a batch of feature maps in the arena.
struct Operand {
  Shape shape;
  int interleave = 1;
  Padding border;
  std::size_t array = 0;        // where the array begins
  std::size_t array_size = 0;   // floats per example
  std::size_t first_pixel = 0;  // from the array's beginning to pixel (0, 0) of the first channel
  std::size_t row_stride = 0;
  std::size_t block_stride = 0;
};

/// What a step does, beyond what its layer's operation says.
enum class Action {
  run,           // the operation itself, in the node's role
  copy_channels  // a part of a concat goes to its place, or an adjoint comes from it
};

/// One kernel call.
struct Step {
  Operation op;
  Role role = Role::forward;
  Action action = Action::run;
  Pooling pool{};           // of a convolution: what becomes of its output
  bool folded = false;      // a convolution whose weights have taken a batch norm in
  int tile_outputs = 0;     // of a convolution by Winograd's filtering, along an axis
  int time = 0;             // when arrays are in use (Block::first, Block::last)
  int function = -1;        // in Plan::formulas: of an elementwise step, or its epilogue
  int interleave = 0;       // of a convolution's input
  int layer = -1;           // whose mask, whose statistics
  int owner = -1;           // whose parameters
  int first_channel_x = 0;  // copy_channels
  int first_channel_y = 0;
  int channels = 0;
  int first_input = 0;  // in Plan::operands
  int input_count = 0;
  int own_inputs = 0;    // the rest are the epilogue's
  int output = -1;       // in Plan::operands; none for a parameter's gradient
  int output_count = 0;  // several of an elementwise adjoint
  int first_use = 0;     // in Plan::uses
  int use_count = 0;
  int gradient_uses = 0;       // the last of them: whose gradient it gives
  bool clears_border = false;  // the output's border is its to clear
  bool batch_statistics = false;
  bool adds_gradient = false;  // another step has written the parameters' gradient before
  int first_part = 0;          // in Plan::parts: siblings that run along
  int part_count = 0;
};

/// A value of the forward pass that the backward pass reads: its array is kept until then.
struct SavedArray {
  int layer = -1;  // whose value it is, as a step's; 0 the network's input, -1 a border's
  Shape shape;
  int array = 0;          // in Plan::arrays
  std::size_t bytes = 0;  // for one example
};

/// Numbers that a plan's arrays and arena need.
struct PlanSize {
  std::size_t steps = 0;
  std::size_t operands = 0;
  std::size_t parts = 0;
  std::size_t formulas = 0;
  std::size_t uses = 0;
  std::size_t heads = 0;
  std::size_t riders = 0;
  std::size_t arrays = 0;
  std::size_t saved = 0;

  /// Whether a plan of that size fits.
  constexpr bool holds(const PlanSize& s) const {
    return s.steps <= steps && s.operands <= operands && s.parts <= parts &&
           s.formulas <= formulas && s.uses <= uses && s.heads <= heads && s.riders <= riders &&
           s.arrays <= arrays && s.saved <= saved;
  }
};

/// What a plan and its draft have in common. All bytes and floats are those of one example.
struct PlanFacts {
  int forward_steps = 0;           // steps from here on belong to the backward pass
  int copies = 0;                  // steps that only move values
  std::size_t arena_floats = 0;    // memory of all values, by liveness
  std::size_t arena_bytes = 0;     // the same
  std::size_t busiest_bytes = 0;   // in use at the busiest time: no arena can be smaller
  std::size_t separate_bytes = 0;  // what an array of its own for each value would take
  std::size_t saved_bytes = 0;     // of `saved`
  Operand input;
  Operand output;
  Operand output_adjoint;
  Operand input_adjoint;
  bool has_input_adjoint = false;
};

/// The plan while it is made.
struct PlanDraft : PlanFacts {
  std::vector<Step> steps;
  std::vector<Operand> operands;
  std::vector<Step> parts;
  std::vector<expr::Formula> formulas;
  std::vector<Use> uses;
  std::vector<Operand> heads;
  std::vector<Operand> head_adjoints;
  std::vector<Rider> riders;
  std::vector<Block> arrays;
  std::vector<SavedArray> saved;
};

constexpr PlanSize size_of(const PlanDraft& draft) {
  return {draft.steps.size(),    draft.operands.size(), draft.parts.size(),
          draft.formulas.size(), draft.uses.size(),     draft.heads.size(),
          draft.riders.size(),   draft.arrays.size(),   draft.saved.size()};
}

/// The step whose result is the value of a layer, or -1: a layer that did nothing, or whose parts
/// are written where the whole lies, has none. Several layers may share a step.
constexpr int step_of_layer(std::span<const Step> forward, std::span<const Rider> riders,
                            int layer) {
  for (const Rider& r : riders) {
    if (r.layer == layer && r.role == Role::forward) return r.on;
  }
  for (std::size_t i = forward.size(); i-- > 0;) {
    if (forward[i].layer == layer) return static_cast<int>(i);
  }
  return -1;
}

/// The plan as a constant.
template <PlanSize Size>
struct Plan : PlanFacts {
  static constexpr int launches = static_cast<int>(Size.steps);  // calls of a kernel

  std::array<Step, Size.steps> steps{};
  std::array<Operand, Size.operands> operands{};
  std::array<Step, Size.parts> parts{};  // of steps that run several convolutions
  std::array<expr::Formula, Size.formulas> formulas{};
  std::array<Use, Size.uses> uses{};
  std::array<Operand, Size.heads> heads{};
  std::array<Operand, Size.heads> head_adjoints{};
  std::array<Rider, Size.riders> riders{};     // layers that share a step, but for its first
  std::array<Block, Size.arrays> arrays{};     // all that lie in the arena
  std::array<SavedArray, Size.saved> saved{};  // those that the backward pass needs

  /// Of a draft, or of a plan in more room: as much as there is, and as there is room for.
  template <class AnyPlan>
  constexpr explicit Plan(const AnyPlan& from) : PlanFacts(from) {
    copy(from.steps, steps);
    copy(from.operands, operands);
    copy(from.parts, parts);
    copy(from.formulas, formulas);
    copy(from.uses, uses);
    copy(from.heads, heads);
    copy(from.head_adjoints, head_adjoints);
    copy(from.riders, riders);
    copy(from.arrays, arrays);
    copy(from.saved, saved);
  }

  /// The step that computes a layer, given by its row in `Net::layers`; -1 if no step does.
  constexpr int step_of(std::size_t row) const {
    return step_of_layer({steps.data(), static_cast<std::size_t>(forward_steps)}, riders,
                         static_cast<int>(row) + 1);
  }

 private:
  template <class From, class To>
  static constexpr void copy(const From& from, To& to) {
    auto* value = from.data();
    auto* place = to.data();
    for (std::size_t n = std::min(from.size(), to.size()); n > 0; --n) *place++ = *value++;
  }
};

/// A plan as the lowering has made it, in more room than it needs, and how much that is. The size of a
/// constant must be known before its value is: so the lowering need not run twice.
template <PlanSize Room>
struct RoomyPlan {
  static constexpr PlanSize room = Room;

  PlanSize size;
  Plan<Room> plan;  // cut short if the room does not hold it

  constexpr explicit RoomyPlan(const PlanDraft& d) : size(size_of(d)), plan(d) {}
};

/// Gives every array of a plan its place, and lets operands, which know their array by its number,
/// know where it begins. `search` lets several orders of placement be tried.
template <class AnyPlan>
constexpr void place_arrays(AnyPlan& plan, bool search = true) {
  const Block* const arrays = plan.arrays.data();
  const std::size_t least = busiest(plan.arrays);
  plan.arena_floats = place(plan.arrays, search ? least : any_arena);
  plan.arena_bytes = plan.arena_floats * sizeof(float);
  plan.busiest_bytes = least * sizeof(float);
  const auto settle = [arrays](Operand& o) { o.array = arrays[o.array].offset; };
  for (Operand& o : plan.operands) settle(o);
  for (Operand& o : plan.heads) settle(o);
  for (Operand& o : plan.head_adjoints) settle(o);
  settle(plan.input);
  settle(plan.output);
  settle(plan.output_adjoint);
  settle(plan.input_adjoint);
}

}  // namespace convexpr::graph
