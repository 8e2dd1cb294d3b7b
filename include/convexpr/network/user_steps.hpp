// Steps of a user's own layers: their values in plain C, H, W order, one example at a time.
//
// The arena keeps values in blocks of lanes with borders; a user's function gets copies, in scratch
// memory, and gives its results there.
#pragma once

#include <algorithm>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/network/blueprint.hpp>
#include <convexpr/network/frame.hpp>

namespace convexpr::detail {

/// Floats for a copy of one example, up to the next cache line.
constexpr std::size_t copy_size(Shape s) { return (s.size() + 15) / 16 * 16; }

/// Floats of scratch that a step of a user's layer needs. The adjoint's operation goes from dy to dx.
constexpr std::size_t user_scratch(const graph::Step& s) {
  const bool keeps_x = s.role == graph::Role::adjoint && s.op.user->vjp_reads_input;
  return copy_size(s.op.in) + copy_size(s.op.out) * (keeps_x ? 2 : 1);
}

/// Deals out scratch memory.
class ScratchCopies {
 public:
  explicit ScratchCopies(float* memory) : next_(memory) {}

  LayerOutput take(Shape s) {
    float* const taken = next_;
    next_ += copy_size(s);
    return {taken, s};
  }

 private:
  float* next_;
};

inline kernels::Maps example_of(kernels::Maps m, int n) {
  m.data += n * m.example_stride;
  m.examples = 1;
  return m;
}

/// Copies example `n` of input number `i`.
inline void copy_in(const Call& c, int i, int n, LayerOutput to) {
  kernels::to_planar(example_of(c.input(i), n), to.data(),
                     c.operands[c.step.first_input + i].interleave);
}

inline void copy_out(const Call& c, LayerInput from, const kernels::Maps& y, int n) {
  kernels::from_planar(from.data(), example_of(y, n), c.operands[c.step.output].interleave);
}

inline LayerParameters parameters_of(const Call& c) {
  LayerParameters w;
  for (const ParameterSlot& p : std::span(c.at.slots, static_cast<std::size_t>(c.at.slot_count))) {
    w.add(p.spec.name, {c.parameter(static_cast<std::ptrdiff_t>(p.offset)), p.spec.size()});
  }
  return w;
}

/// The gradients of the layer's parameters, all 0.
inline LayerGradients cleared_gradients_of(const Call& c) {
  LayerGradients dw;
  for (const ParameterSlot& p : std::span(c.at.slots, static_cast<std::size_t>(c.at.slot_count))) {
    std::span<float> values;
    if (p.spec.learned) {
      values = {c.gradient(static_cast<std::ptrdiff_t>(p.offset)), p.spec.size()};
      std::ranges::fill(values, 0.0F);
    }
    dw.add(p.spec.name, values);
  }
  return dw;
}

inline void run_user_layer(const Call& c, const kernels::Maps& y_maps) {
  ScratchCopies scratch(c.scratch());
  const LayerOutput x = scratch.take(c.step.op.in);
  const LayerOutput y = scratch.take(c.step.op.out);
  const LayerParameters w = parameters_of(c);
  for (int n = 0; n < c.frame.examples; ++n) {
    copy_in(c, 0, n, x);
    y.fill(0);
    c.step.op.user->forward(x, w, y);
    copy_out(c, y, y_maps, n);
  }
}

inline void run_user_adjoint(const Call& c, const kernels::Maps& dx_maps) {
  const UserFunctions& user = *c.step.op.user;
  ScratchCopies scratch(c.scratch());
  const LayerOutput dy = scratch.take(c.step.op.in);
  const LayerOutput dx = scratch.take(c.step.op.out);
  const LayerOutput x = user.vjp_reads_input ? scratch.take(c.step.op.out) : dx;
  const LayerParameters w = parameters_of(c);
  const LayerGradients dw = cleared_gradients_of(c);
  for (int n = 0; n < c.frame.examples; ++n) {
    if (user.vjp_reads_input) copy_in(c, 0, n, x);
    copy_in(c, c.step.input_count - 1, n, dy);
    dx.fill(0);
    user.vjp(x, w, dy, dx, dw);
    copy_out(c, dx, dx_maps, n);
  }
}

}  // namespace convexpr::detail
