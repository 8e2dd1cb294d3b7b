// The finished plan: which steps run in which order on which memory. A constexpr value.
//
// Offsets count floats for one example; with n examples every array is n times as large and stands
// n times as far from the arena's beginning.
// Next: network/dispatch.hpp, where each step picks its kernel.
#pragma once

#include <array>
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

/// Numbers that a plan's arrays and arena need.
struct PlanSize {
  std::size_t steps = 0;
  std::size_t operands = 0;
  std::size_t parts = 0;
  std::size_t formulas = 0;
  std::size_t uses = 0;
  std::size_t heads = 0;
};

/// The plan while it is made.
struct PlanDraft {
  std::vector<Step> steps;
  std::vector<Operand> operands;
  std::vector<Step> parts;
  std::vector<expr::Formula> formulas;
  std::vector<Use> uses;
  std::vector<Operand> heads;
  std::vector<Operand> head_adjoints;
  int forward_steps = 0;  // steps from here on belong to the backward pass
  int copies = 0;         // steps that only move values
  std::size_t arena_floats = 0;
  Operand input;
  Operand output;
  Operand output_adjoint;
  Operand input_adjoint;
  bool has_input_adjoint = false;
};

/// The plan as a constant.
template <PlanSize Size>
struct Plan {
  std::array<Step, Size.steps> steps{};
  std::array<Operand, Size.operands> operands{};
  std::array<Step, Size.parts> parts{};  // of steps that run several convolutions
  std::array<expr::Formula, Size.formulas> formulas{};
  std::array<Use, Size.uses> uses{};
  std::array<Operand, Size.heads> heads{};
  std::array<Operand, Size.heads> head_adjoints{};
  int forward_steps = 0;
  int copies = 0;
  std::size_t arena_floats = 0;
  Operand input;
  Operand output;
  Operand output_adjoint;
  Operand input_adjoint;
  bool has_input_adjoint = false;

  constexpr explicit Plan(const PlanDraft& d)
      : forward_steps(d.forward_steps),
        copies(d.copies),
        arena_floats(d.arena_floats),
        input(d.input),
        output(d.output),
        output_adjoint(d.output_adjoint),
        input_adjoint(d.input_adjoint),
        has_input_adjoint(d.has_input_adjoint) {
    copy(d.steps.data(), steps.data(), Size.steps);
    copy(d.operands.data(), operands.data(), Size.operands);
    copy(d.parts.data(), parts.data(), Size.parts);
    copy(d.formulas.data(), formulas.data(), Size.formulas);
    copy(d.uses.data(), uses.data(), Size.uses);
    copy(d.heads.data(), heads.data(), Size.heads);
    copy(d.head_adjoints.data(), head_adjoints.data(), d.head_adjoints.size());
  }

 private:
  template <class T>
  static constexpr void copy(const T* from, T* to, std::size_t count) {
    for (; count > 0; --count) *to++ = *from++;
  }
};

}  // namespace convexpr::graph
