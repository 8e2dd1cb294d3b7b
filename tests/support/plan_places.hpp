// What kernels require of the places of their operands, checked of every step of a plan.
#pragma once

#include <algorithm>
#include <convexpr/graph/borders.hpp>
#include <convexpr/graph/plan.hpp>
#include <span>
#include <vector>

#include "plan_memory.hpp"

namespace support {

/// A step's operation as its layer has it forward.
inline cx::Operation forward_operation(const graph::Step& s) {
  cx::Operation op = s.op;
  if (s.role == graph::Role::forward) return op;
  op.in = s.op.out;
  op.out = s.op.in;
  return op;
}

/// The zeros that a step reads around its input number k.
inline cx::Padding border_read(const graph::Step& s, int k) {
  const cx::Operation op = forward_operation(s);
  if (k >= s.own_inputs || !cx::is_convolution(op.kind)) return {};
  const bool gradient = s.role != graph::Role::forward && k == s.own_inputs - 1;
  return gradient ? graph::border_of_gradient(op) : graph::border_of_input(op);
}

/// Whether a step clears the border of its result number k.
inline bool clears_border(const graph::PlanDraft& plan, const graph::Step& s, int k) {
  const graph::Operand& y = plan.operands.at(static_cast<std::size_t>(s.output + k));
  return k == 0 ? s.clears_border : y.border != cx::Padding{};
}

class PlanPlaces {
 public:
  PlanPlaces(const graph::PlanDraft& plan, int lanes)
      : plan_(plan), lanes_(lanes), marks_(plan.arena_floats, 0) {}

  /// Throws a PlanFault where steps that run together would read or write what they must not.
  void check(std::span<const graph::Step* const> together) {
    outputs_.clear();
    for (const graph::Step* s : together) check_operands(*s);
    for (const graph::Step* s : together) mark_outputs(*s);
    for (const graph::Step* s : together) check_inputs(*s);
    std::fill(marks_.begin(), marks_.end(), 0);
  }

  /// The same of what users write and read.
  void check(const graph::Operand& o) const {
    const auto row = static_cast<std::ptrdiff_t>(o.row_stride);
    const cx::Padding& p = o.border;
    const int blocks = (o.shape.channels + o.interleave - 1) / o.interleave;
    const auto first = static_cast<std::ptrdiff_t>(o.first_pixel);
    const std::ptrdiff_t begin = first - p.top * row - std::ptrdiff_t{p.left} * o.interleave;
    const std::ptrdiff_t end = first + (blocks - 1) * static_cast<std::ptrdiff_t>(o.block_stride) +
                               (o.shape.height - 1 + p.bottom) * row +
                               std::ptrdiff_t{o.shape.width + p.right} * o.interleave;
    require(begin >= 0 && end <= static_cast<std::ptrdiff_t>(o.array_size) &&
                o.array + o.array_size <= plan_.arena_floats,
            "an operand is not within its array, or its array not within the arena");
    require(row == std::ptrdiff_t{p.left + o.shape.width + p.right} * o.interleave,
            "the border is not all that lies between rows");
  }

 private:
  /// A result, or for a copy the channels of it that are written.
  struct Output {
    graph::Operand operand;
    int first = 0;
    int count = 0;
    cx::Padding border;
    const graph::Step* step = nullptr;
  };

  static void require(bool fact, const char* fault) {
    if (!fact) throw PlanFault(fault);
  }

  const graph::Operand& operand(int i) const {
    return plan_.operands.at(static_cast<std::size_t>(i));
  }

  void check_operands(const graph::Step& s) const {
    const bool slides = s.op.kind == cx::Kind::conv2d;
    for (int k = 0; k < s.input_count; ++k) {
      const graph::Operand& x = operand(s.first_input + k);
      const bool image = slides && k == 0 && s.role != graph::Role::adjoint;
      require(x.interleave == (image ? s.interleave : lanes_), "an input has another interleave");
      check(x);
      check_vector(s, x);
    }
    for (int k = 0; k < s.output_count; ++k) {
      const graph::Operand& y = operand(s.output + k);
      const bool image = slides && s.role == graph::Role::adjoint;
      require(y.interleave == (image ? s.interleave : lanes_), "a result has another interleave");
      check(y);
      check_vector(s, y);
    }
  }

  /// Dense layers and flattening take the blocks of a vector to follow one another.
  void check_vector(const graph::Step& s, const graph::Operand& o) const {
    const bool dense = s.op.kind == cx::Kind::linear ||
                       (s.op.kind == cx::Kind::flatten &&
                        o.shape == (s.role == graph::Role::forward ? s.op.out : s.op.in));
    if (dense) {
      require(o.block_stride == static_cast<std::size_t>(lanes_), "a vector is not in one row");
    }
  }

  void mark_outputs(const graph::Step& s) {
    for (int k = 0; k < s.output_count; ++k) {
      const graph::Operand& y = operand(s.output + k);
      const bool copies = s.action == graph::Action::copy_channels;
      const bool clears = !copies && clears_border(plan_, s, k);
      outputs_.push_back({y, copies ? s.first_channel_y : 0, copies ? s.channels : y.shape.channels,
                          clears ? y.border : cx::Padding{}, &s});
      const int mark = static_cast<int>(outputs_.size());
      mark_all(outputs_.back(), [&](int& at) {
        require(at == 0, "two results lie in one place");
        at = mark;
      });
    }
  }

  template <class F>
  void mark_all(const Output& o, F f) {
    for_each_place(o.operand, o.first, o.count, o.border,
                   [&](std::ptrdiff_t at, int, int, int) { f(mark(o.operand, at)); });
  }
  int& mark(const graph::Operand& o, std::ptrdiff_t at) {
    return marks_[o.array + static_cast<std::size_t>(at)];
  }

  void check_inputs(const graph::Step& s) {
    const bool copies = s.action == graph::Action::copy_channels;
    for (int k = 0; k < s.input_count; ++k) {
      const graph::Operand& x = operand(s.first_input + k);
      for_each_place(x, copies ? s.first_channel_x : 0, copies ? s.channels : x.shape.channels,
                     border_read(s, k), [&](std::ptrdiff_t at, int, int, int) {
                       const int by = mark(x, at);
                       if (by == 0) return;
                       const Output& y = outputs_[static_cast<std::size_t>(by - 1)];
                       require(y.step == &s && is_same_place(x, y.operand) && may_be_in_place(s, k),
                               "it writes where it, or what runs along, still reads");
                     });
    }
  }

  static bool is_same_place(const graph::Operand& x, const graph::Operand& y) {
    return x.array == y.array && x.first_pixel == y.first_pixel && x.row_stride == y.row_stride &&
           x.block_stride == y.block_stride && x.shape.channels == y.shape.channels;
  }

  /// Whether the documentation of a step's kernel allows its result in place of its input number k.
  bool may_be_in_place(const graph::Step& s, int k) const {
    if (s.action == graph::Action::copy_channels) return false;
    const bool forward = s.role == graph::Role::forward;
    const bool last = k == s.own_inputs - 1;
    if (cx::is_elementwise(s.op.kind)) return true;
    switch (s.op.kind) {
      case cx::Kind::sum:
      case cx::Kind::dropout:
      case cx::Kind::dropout2d:
      case cx::Kind::softmax:
      case cx::Kind::log_softmax: return true;
      case cx::Kind::layer_norm:
      case cx::Kind::group_norm:
      case cx::Kind::instance_norm2d:
      case cx::Kind::batch_norm2d: return forward || last;
      case cx::Kind::local_response_norm: return forward && s.op.in.channels <= 1000;
      case cx::Kind::linear: return forward && is_read_from_registers(s, k);
      default: return false;
    }
  }

  /// Whether what rides on a step reads its input number k, and is applied before anything is stored.
  bool is_read_from_registers(const graph::Step& s, int k) const {
    return k >= s.own_inputs && s.function >= 0 &&
           cx::expr::few_instructions(plan_.formulas.at(static_cast<std::size_t>(s.function)));
  }

  const graph::PlanDraft& plan_;
  int lanes_;
  std::vector<int> marks_;  // by which output, 0 for none; of one example
  std::vector<Output> outputs_;
};

}  // namespace support
