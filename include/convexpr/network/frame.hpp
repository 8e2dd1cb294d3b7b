// What a running plan works on, and a step's operands as the kernels take them.
#pragma once

#include <algorithm>
#include <convexpr/graph/plan.hpp>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/network/team.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstdint>

namespace convexpr::detail {

struct ParameterSlot;  // blueprint.hpp

/// The memory of one run. Parameters are read only; what a plan does not need is null.
struct Frame {
  float* arena = nullptr;               // activations and their adjoints
  const float* parameters = nullptr;    // as laid out by the blueprint
  float* gradient = nullptr;            // likewise
  std::ptrdiff_t gradient_begin = 0;    // the parameters' offset at which `gradient` begins
  float* use_gradient = nullptr;        // that of one further use of a shared layer
  float* statistics = nullptr;          // of the batch: at the places of the running ones
  float* running_statistics = nullptr;  // updated in training, if given
  const float* at_points = nullptr;     // weights by filtering; else each step makes its own
  float* member_scratch = nullptr;      // of each member of a team but the first, one after another
  std::ptrdiff_t member_floats = 0;     // of one of them
  int examples = 1;
  std::uint64_t seed = 0;           // of the dropout masks
  std::uint64_t first_example = 0;  // its number in the batch for which masks are drawn
};

/// Where a step's parameters lie, as offsets into the parameters; -1 for those it has not.
struct ParameterOffsets {
  std::ptrdiff_t weight = -1;
  std::ptrdiff_t bias = -1;
  std::ptrdiff_t mean = -1;            // from the end of the learned parameters
  std::ptrdiff_t variance = -1;        // likewise
  std::ptrdiff_t statistics = 0;       // where the learned parameters end
  std::ptrdiff_t batch_mean = -1;      // in the batch's statistics: `mean`, or this use's own place
  std::ptrdiff_t batch_variance = -1;  // likewise
  std::ptrdiff_t learned_begin = 0;    // all learned parameters of the layer
  std::ptrdiff_t learned_end = 0;
  std::ptrdiff_t at_points = -1;         // in the weights at points that are prepared
  std::size_t scratch = 0;               // in the arena, in floats for one example
  const ParameterSlot* slots = nullptr;  // all parameters of the layer
  int slot_count = 0;
};

/// The part of a step's output that a call computes; an axis of which it has 0 is taken whole.
struct Part {
  int first_example = 0;
  int examples = 0;
  int first_block = 0;  // of simd::lanes channels
  int blocks = 0;
  int first_row = 0;
  int rows = 0;

  int first_channel() const { return first_block * simd::lanes; }
};

/// Where a parameter that an elementwise function reads lies: an offset into the parameters.
struct UsePlace {
  std::ptrdiff_t offset = -1;
  bool per_channel = true;
};

/// Everything a kernel call needs.
struct Call {
  const graph::Step& step;
  const graph::Operand* operands;
  const UsePlace* uses;
  const ParameterOffsets& at;
  const Frame& frame;
  Part part{};
  Share share{};  // of what the step's own function deals out

  kernels::Maps maps(int operand) const { return maps(operands[operand], frame); }
  /// What the part reads of an input whose channels are those of the output.
  kernels::Maps input(int i) const { return blocks_of(whole_input(i)); }
  /// The same with all channels.
  kernels::Maps whole_input(int i) const {
    const int rows_apart = i == 0 ? step.op.window.stride.h * step.pool.window.h : 1;
    return rows_of(maps(step.first_input + i), rows_apart);
  }
  /// What a window reads that stands on the part's rows: no row is left out.
  kernels::Maps input_of_all_rows(int i) const {
    return of({part.first_example, part.examples, part.first_block, part.blocks}).input(i);
  }
  kernels::Maps output(int i = 0) const { return blocks_of(rows_of(maps(step.output + i), 1)); }
  int examples() const { return part.examples > 0 ? part.examples : frame.examples; }
  /// The same call for a part.
  Call of(const Part& p) const { return {step, operands, uses, at, frame, p, share}; }

  /// The parameter at an offset, or null where there is none.
  const float* parameter(std::ptrdiff_t offset) const {
    return offset < 0 ? nullptr : frame.parameters + offset;
  }
  /// The step's weights at the points of its filtering, or null where they are not prepared.
  const float* weights_at_points() const {
    return frame.at_points == nullptr ? nullptr : frame.at_points + at.at_points;
  }
  /// Values of the part's channels, given those of all channels; or null.
  template <class T>
  T* of_channels(T* values) const {
    return values == nullptr ? nullptr : values + part.first_channel();
  }
  /// Memory for this step alone.
  float* scratch() const {
    return frame.arena + at.scratch * static_cast<std::size_t>(frame.examples);
  }
  /// Memory for this step and this member of the team alone.
  float* own_scratch() const {
    if (share.index == 0) return scratch();
    return frame.member_scratch + (share.index - 1) * frame.member_floats;
  }
  float* gradient(std::ptrdiff_t offset) const {
    return offset < 0 ? nullptr : frame.gradient + (offset - frame.gradient_begin);
  }

  /// The examples and rows of the part; of rows there is one every `apart`.
  kernels::Maps rows_of(kernels::Maps m, int apart) const {
    if (part.examples > 0) {
      m.data += part.first_example * m.example_stride;
      m.examples = part.examples;
    }
    if (part.rows > 0) {
      m.data += std::ptrdiff_t{part.first_row} * apart * m.row_stride;
      m.height = part.rows;
    }
    return m;
  }
  /// The channels of the part.
  kernels::Maps blocks_of(kernels::Maps m) const {
    if (part.blocks > 0) {
      m.data += part.first_block * m.block_stride;
      m.channels = std::min(part.blocks * simd::lanes, m.channels - part.first_channel());
    }
    return m;
  }

  static kernels::Maps maps(const graph::Operand& o, const Frame& f) {
    kernels::Maps m;
    m.data = f.arena + o.array * static_cast<std::size_t>(f.examples) + o.first_pixel;
    m.channels = o.shape.channels;
    m.height = o.shape.height;
    m.width = o.shape.width;
    m.row_stride = static_cast<std::ptrdiff_t>(o.row_stride);
    m.block_stride = static_cast<std::ptrdiff_t>(o.block_stride);
    m.example_stride = static_cast<std::ptrdiff_t>(o.array_size);
    m.examples = f.examples;
    return m;
  }
};

}  // namespace convexpr::detail
