// A plan of a network, any of whose steps can be run by itself.
#pragma once

#include <convexpr/network/vjp.hpp>
#include <cstddef>
#include <string>
#include <type_traits>

#include "numbers.hpp"

namespace convexpr::bench {

/// How a step computes a convolution or a product, in words.
inline std::string algorithm_of(const graph::Step& step) {
  if (step.op.kind == Kind::depthwise_conv2d) return "depthwise";
  if (step.tile_outputs == 0) return "direct";
  const std::string extent = std::to_string(step.tile_outputs);
  return std::string("Winograd ").append(extent).append("x").append(extent);
}

/// A plan on memory of its own, any of whose steps can be run: what they read are small numbers
/// until `put_input` and the steps before give others.
template <class Architecture, Shape In, graph::Purpose P>
class PlanRunner {
  using Layers = std::remove_cv_t<Architecture>;
  static constexpr const auto& blueprint = detail::blueprint<Layers, In>;
  using Executor = detail::Executor<graph::plan<Layers, In, P>, blueprint>;

 public:
  static constexpr const auto& plan = graph::plan<Layers, In, P>;

  explicit PlanRunner(std::size_t examples, const float* parameters = nullptr)
      : arena_(Executor::arena_floats(examples)),
        own_parameters_(parameters == nullptr ? blueprint.all_floats : 0) {
    fill_with_numbers(arena_.span());
    fill_with_numbers(own_parameters_.span());
    frame_.arena = arena_.data();
    frame_.parameters = parameters == nullptr ? own_parameters_.data() : parameters;
    frame_.gradient = gradient_.data();
    frame_.statistics = statistics_.data();
    if constexpr (Executor::constant) {
      Executor::transform_weights(frame_.parameters, at_points_.data());
      frame_.at_points = at_points_.data();
    }
    frame_.examples = static_cast<int>(examples);
  }

  int examples() const { return frame_.examples; }
  void put_input(const float* xs) { detail::put(plan.input, xs, frame_); }
  void run() { Executor::run(frame_); }
  void run_step(std::size_t i, const detail::Share& share = {}) {
    Executor::run(frame_, i, i + 1, share);
  }
  /// Scratch for the members of a team of `threads`.
  void lend_to_members(int threads) {
    const std::size_t floats = Executor::member_floats(static_cast<std::size_t>(examples()));
    frame_.member_floats = static_cast<std::ptrdiff_t>(floats);
    frame_.member_scratch =
        detail::memory_of_members(floats * static_cast<std::size_t>(threads - 1));
  }
  /// Steps `first` to `last`, the last excluded.
  void run_steps(std::size_t first, std::size_t last) { Executor::run(frame_, first, last); }

 private:
  AlignedBuffer<float> arena_;
  AlignedBuffer<float> own_parameters_;
  AlignedBuffer<float> gradient_{blueprint.learned_floats};
  AlignedBuffer<float> statistics_{Executor::statistics_floats};
  AlignedBuffer<float> at_points_{Executor::at_points_floats};
  detail::Frame frame_;
};

}  // namespace convexpr::bench
