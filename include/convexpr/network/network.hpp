// Where an architecture meets its input, its parameters and an arena, and runs.
//
// Next: network/executor.hpp, which walks the plan.
#pragma once

#include <concepts>
#include <convexpr/network/executor.hpp>
#include <convexpr/network/heads.hpp>
#include <convexpr/network/input.hpp>
#include <convexpr/network/lent_arena.hpp>
#include <convexpr/network/pack.hpp>
#include <convexpr/network/parameters.hpp>
#include <convexpr/network/prepare.hpp>
#include <convexpr/network/same_parameters.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <convexpr/tensor/of_shape.hpp>
#include <cstddef>
#include <vector>

namespace convexpr {

namespace detail {

/// A plan that is made only where one of its members is named.
template <class Architecture, Shape In, graph::Purpose For>
struct PlanOf {
  static constexpr const auto& steps = graph::plan<Architecture, In, For>.steps;
  static constexpr int forward_steps = graph::plan<Architecture, In, For>.forward_steps;
  static constexpr int copies = graph::plan<Architecture, In, For>.copies;
  static constexpr int launches = graph::plan<Architecture, In, For>.launches;
  static constexpr std::size_t arena_floats = graph::plan<Architecture, In, For>.arena_floats;
  static constexpr std::size_t arena_bytes = graph::plan<Architecture, In, For>.arena_bytes;
  static constexpr std::size_t busiest_bytes = graph::plan<Architecture, In, For>.busiest_bytes;
  static constexpr std::size_t separate_bytes = graph::plan<Architecture, In, For>.separate_bytes;
  static constexpr const auto& saved = graph::plan<Architecture, In, For>.saved;
  static constexpr std::size_t saved_bytes = graph::plan<Architecture, In, For>.saved_bytes;
  static constexpr int step_of(std::size_t row) {
    return graph::plan<Architecture, In, For>.step_of(row);
  }
  /// All of it.
  static constexpr const auto& whole() { return graph::plan<Architecture, In, For>; }
};

}  // namespace detail

/// A network: an architecture on inputs of one shape, with parameters of its own or those of another
/// network of the same architecture. `O` says how it is compiled.
///
/// Copies have parameters of their own. An assignment gives values, so that it changes all networks
/// that share the parameters assigned to. Parameters are constant while a network runs: several may
/// run at a time, as long as none that shares them is trained, loaded or assigned to.
///
/// Shapes     x: In::shape    y: output_shape, both without the batch
/// Cost       macs multiply-accumulates an example; memory: the parameters, and one arena of
///            inference_arena_bytes, whatever the number of examples
/// Requires   nothing: a new network's parameters are 0 (1 where a normalisation multiplies, 0.25
///            for PReLU) until `initialize` or `load_state_dict`
/// Errors     while compiling: whatever does not fit, with the path of the layer
/// See also   initialize, state_dict, load_state_dict, vjp
template <class Architecture, class In, Options O = Options{}>
class Network final : detail::Insist<detail::refusal<std::remove_cv_t<Architecture>, In::shape>> {
  using Layers = std::remove_cv_t<Architecture>;
  static constexpr const auto& blueprint_ = detail::blueprint<Layers, In::shape>;
  using Executor = detail::Executor<
      graph::plan<Layers, In::shape, graph::Purpose{.lanes = simd::lanes, .options = O}>,
      detail::blueprint<Layers, In::shape>>;

 public:
  static constexpr Shape input_shape =
      is_possible(In::shape) ? In::shape : convexpr::shape(1);  // a refusal says so, once
  static constexpr Shape output_shape = blueprint_.output_shape;
  /// Learned values, those of heads too.
  static constexpr long long parameter_count = blueprint_.parameter_count;
  /// Multiply-accumulates of `forward` for one example: without heads.
  static constexpr long long macs = blueprint_.macs;
  /// What one unit of the output sees of the input.
  static constexpr ReceptiveField receptive_field = blueprint_.receptive_field;
  /// One row per layer: path, kind, output shape, parameters, MACs. Layers of heads have theirs, too.
  static constexpr const auto& layers = blueprint_.layers;
  /// The side outputs: name, output_shape.
  static constexpr const auto& heads = blueprint_.heads;

  /// Output shape of the block called `Name`; blocks within blocks are written "outer.inner".
  ///
  /// Errors     while compiling: the network has no such block
  template <text Name>
  static constexpr Shape shape_at = detail::shape_of_block<Layers, In::shape, Name>();

  /// The plan of `forward`, so without heads: its `steps`, how many `copies` are among them, the
  /// step that computes each row of `layers` (`step_of`), its memory (graph/plan.hpp says it all).
  static constexpr const auto& plan =
      graph::plan<Layers, In::shape, graph::Purpose{.lanes = simd::lanes, .options = O}>;
  /// The plan of `vjp` in training, with heads, as `plan`, and what of the forward pass is `saved`
  /// for the backward pass; made when it is asked for.
  static constexpr detail::PlanOf<
      Layers, In::shape, graph::Purpose{Mode::training, true, true, simd::lanes, !heads.empty(), O}>
      training_plan{};
  /// Memory that `forward` of one example works in: the arena's values, and scratch for one step at a time.
  static constexpr std::size_t inference_arena_bytes = Executor::arena_floats(1) * sizeof(float);
  /// Memory of the values of one example of a batch in training; Backpropagation::arena_bytes(n) says
  /// all that a pass over n examples works in.
  static constexpr std::size_t training_arena_bytes = training_plan.arena_floats * sizeof(float);

  using InputView = TensorViewOf<const float, input_shape>;
  using OutputView = TensorViewOf<float, output_shape>;
  using OutputTensor = TensorOf<float, output_shape>;
  using InputBatch = BatchOf<float, input_shape>;
  using OutputBatch = BatchOf<float, output_shape>;
  using HeadBatches = convexpr::HeadBatches<Layers, In::shape>;

  Network()
      : parameters_(blueprint_.stored_floats, blueprint_.all_floats - blueprint_.stored_floats),
        weights_at_points_(Executor::at_points_floats),
        arena_(inference_arena_bytes / sizeof(float)) {
    float* const parameters = parameters_.span().data();
    for (const detail::ParameterSlot& slot : blueprint_.parameters) {
      if (slot.spec.initial == 0) continue;  // as the buffer is
      const std::vector<float> values(slot.spec.size(), slot.spec.initial);
      detail::pack(slot, values.data(), parameters);
    }
  }

  /// A network on inputs of another shape with the parameters of `net`, not a copy of them: what
  /// changes those of one changes those of the other. They live as long as one of the networks.
  ///
  ///     cx::Network<Architecture, cx::Input<3, 384, 512>> wide{net};
  ///
  /// Errors     while compiling: a parameter has one shape here and another in `net`
  template <class Same, class Other, Options OtherOptions>
    requires(std::same_as<std::remove_cv_t<Same>, Layers> &&
             !std::same_as<Network<Same, Other, OtherOptions>, Network>)
  explicit Network(Network<Same, Other, OtherOptions>& net)
      : parameters_(net.parameters_.with_another()),
        weights_at_points_(Executor::at_points_floats),
        arena_(inference_arena_bytes / sizeof(float)) {
    static_cast<void>(detail::Insist<detail::unlike_parameters<Layers, In::shape, Other::shape>>{});
  }

  /// The network's output for one example, in inference mode. Allocates nothing.
  ///
  /// Ensures    the result stays as it is until the next call
  const OutputTensor& forward(InputView x) {
    run(x.data(), output_.data(), arena_.data());
    return output_;
  }

  /// The network's output for each example of a batch, in inference mode: the same as for each alone.
  /// Allocates only where the batch is larger than all before it; the arena has room for four examples
  /// where a network has many weights, else for one.
  ///
  /// Several threads take examples of their own, in arenas of their own, and the last ones together.
  const OutputBatch& forward(const InputBatch& xs) {
    outputs_.resize(xs.size());
    const std::size_t apart = run_apart(xs);
    const std::size_t most = std::min(xs.size() - apart, Executor::examples_together);
    float* const arena = arena_for(most);
    for (std::size_t n = apart; n < xs.size(); n += most) {
      run(xs[n].data(), outputs_[n].data(), arena, std::min(most, xs.size() - n));
    }
    return outputs_;
  }

  /// The same in memory that the caller lends, so that several threads can run one network.
  ///
  /// Requires   arena: inference_arena_bytes or more, aligned to 64 bytes
  /// Errors     std::invalid_argument where the arena is too small or not aligned
  void forward(InputView x, OutputView y, std::span<std::byte> arena) const {
    run(x.data(), y.data(), detail::lent_arena(arena, inference_arena_bytes, "the network"));
  }

  /// The parameters as the kernels read them; for optimisers and for those who know the layout.
  ///
  /// Requires   of what is written: that the span was asked for since the last `forward`, which
  ///            prepares weights that have taken batch norms in when somebody has
  std::span<float> stored_parameters() { return parameters_.span(); }
  std::span<const float> stored_parameters() const { return parameters_.span(); }

  /// The blueprint, which says where each parameter lies.
  static constexpr const auto& blueprint() { return blueprint_; }

 private:
  detail::Frame frame_in(float* arena) const {
    detail::Frame frame;
    frame.arena = arena;
    frame.parameters =
        parameters_.prepared(&detail::prepare_all<detail::blueprint<Layers, In::shape>>);
    if constexpr (Executor::at_points_floats > 0) {
      frame.at_points = weights_at_points_.of(parameters_.version(), [&](float* to) {
        Executor::transform_weights(frame.parameters, to);
      });
    }
    return frame;
  }

  void run(const float* x, float* y, float* arena, std::size_t examples = 1) const {
    detail::Frame of_all = frame_in(arena);
    of_all.examples = static_cast<int>(examples);
    Executor::pass(
        of_all, 0, Executor::count,
        [x](const detail::Frame& frame, const detail::Share& share) {
          detail::put(plan.input, x, frame, share);
        },
        [y](const detail::Frame& frame, const detail::Share& share) {
          detail::get(plan.output, y, frame, share);
        });
  }

  /// An arena for some examples of a batch.
  float* arena_for(std::size_t examples) {
    if (examples <= 1) return arena_.data();
    const std::size_t floats = Executor::arena_floats(examples);
    if (batch_arena_.size() < floats) batch_arena_ = AlignedBuffer<float>(floats);
    return batch_arena_.data();
  }

  /// Runs as many of the first examples as several threads can take evenly, and says how many.
  std::size_t run_apart(const InputBatch& xs) {
    const auto examples = static_cast<int>(xs.size());
    const int members = std::min(threads(), examples);
    if (members <= 1 || Executor::work * examples < detail::least_work.of_pass) return 0;
    const int taken = examples - examples % members;
    const int most = std::min(taken / members, static_cast<int>(Executor::examples_together));
    const auto together = static_cast<std::size_t>(most);
    const detail::Frame frame = frame_in(arena_for(together));
    const std::size_t floats = detail::whole_lines(Executor::arena_floats(together));
    float* const arenas = detail::memory_of_members(floats * static_cast<std::size_t>(members - 1));
    detail::Failure failure;
    detail::in_team(members, [&](const detail::Share& share) {
      detail::Frame own = frame;
      if (share.index > 0) own.arena = arenas + static_cast<std::size_t>(share.index - 1) * floats;
      const detail::Range range = share.of(taken);
      for (int i = range.first; i < range.last; i += most) {
        const auto n = static_cast<std::size_t>(i);
        own.examples = std::min(most, range.last - i);
        failure.guard([&] {
          detail::put(plan.input, xs[n].data(), own);
          Executor::run(own);
          detail::get(plan.output, outputs_[n].data(), own);
        });
      }
    });
    failure.rethrow();
    return static_cast<std::size_t>(taken);
  }

  template <class, class, Options>
  friend class Network;

  detail::Parameters parameters_;
  detail::PreparedWeights weights_at_points_;
  AlignedBuffer<float> arena_;
  AlignedBuffer<float> batch_arena_;  // for several examples, when there were any
  OutputTensor output_;
  OutputBatch outputs_;
};

}  // namespace convexpr
