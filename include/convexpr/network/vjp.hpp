// Reverse mode: the forward pass that remembers, and the backward pass that was derived from it.
#pragma once

#include <algorithm>
#include <convexpr/network/batch_check.hpp>
#include <convexpr/network/state_dict.hpp>
#include <convexpr/network/trainable.hpp>
#include <string_view>

namespace convexpr {

/// dL/dw for every learned parameter of a network, summed over a batch.
template <class Net>
class Gradient final {
 public:
  Gradient() : values_(Net::blueprint().learned_floats) {}

  /// The values as the kernels arrange them: at the places of the network's own parameters.
  std::span<float> stored() { return values_.span(); }
  std::span<const float> stored() const { return values_.span(); }

 private:
  AlignedBuffer<float> values_;
};

/// The gradient by name, with the names and shapes of the network's parameters.
template <class Net>
std::vector<NamedTensor> state_dict(const Gradient<Net>& gradient) {
  return detail::named_tensors(Net::blueprint(), gradient.stored().data(), true);
}

/// Whether the gradient of a network's input is wanted besides that of its parameters.
enum class InputGradient { skip, compute };

/// Whether the side outputs of a network are wanted besides its output.
enum class Heads { skip, compute };

/// A forward pass over a batch that keeps what the backward pass needs, and that backward pass.
///
/// Where heads are skipped they are not run, and the gradients of their parameters are 0.
///
/// It works in an arena of arena_bytes(n) for a batch of n examples. Its own grows with the largest
/// batch so far; a pass over a batch of that size or smaller allocates nothing. Where the caller lends
/// one, that must not be touched between `forward` and `backward`.
///
///     cx::AlignedBuffer<std::byte> arena(cx::Backpropagation<Net>::arena_bytes(64));
///     cx::Backpropagation<Net> pass(arena.span());
///
/// See also   vjp, for one pass without an object
template <class Net, Mode In = Mode::training, InputGradient Wanted = InputGradient::compute,
          Heads Side = Heads::compute>
class Backpropagation;

template <class Architecture, class In, Options O, Mode M, InputGradient Wanted, Heads Side>
class Backpropagation<Network<Architecture, In, O>, M, Wanted, Side> final {
  using Layers = std::remove_cv_t<Architecture>;
  static constexpr graph::Purpose purpose_{
      M,
      true,
      Wanted == InputGradient::compute,
      simd::lanes,
      Side == Heads::compute && !Network<Architecture, In, O>::heads.empty(),
      O};
  static constexpr const auto& plan_ = graph::plan<Layers, In::shape, purpose_>;

 public:
  using Net = Network<Architecture, In, O>;

  /// Bytes that a batch works in, known before it is there: the values of each example, and what one
  /// step at a time needs. The results that the pass holds come on top.
  static constexpr std::size_t arena_bytes(std::size_t examples) {
    return (detail::whole_lines(Executor::arena_floats(examples)) + floats_for_all_examples_) *
           sizeof(float);
  }

  /// Of these, what the values of one example take.
  static constexpr std::size_t bytes_of_example = plan_.arena_bytes;

  /// Whether an output depends on the other examples of its batch: batch norms in training.
  static constexpr bool needs_whole_batch =
      std::ranges::any_of(plan_.steps, &graph::Step::batch_statistics);

  Backpropagation() = default;
  /// A pass in memory that the caller lends.
  ///
  /// Requires   arena: arena_bytes(n) or more for batches of n examples, aligned to 64 bytes
  explicit Backpropagation(std::span<std::byte> arena) : lent_(arena), is_lent_(true) {}

  /// The outputs of a batch; in training mode with its own statistics and with dropout masks drawn
  /// from `seed`. The running statistics of the network are updated as PyTorch does.
  ///
  /// Errors     std::invalid_argument where the batch is empty, where a lent arena is too small or not
  ///            aligned, or, in training mode, where the batch has one example of which a batch norm
  ///            sees one pixel; nothing has changed then
  const typename Net::OutputBatch& forward(Net& net, const typename Net::InputBatch& xs,
                                           std::uint64_t seed = 0) {
    float* running = net.stored_parameters().data() + Net::blueprint().learned_floats;
    return forward(net, xs, 0, xs.size(), seed, running);
  }
  /// The same, but a constant network keeps its running statistics.
  const typename Net::OutputBatch& forward(const Net& net, const typename Net::InputBatch& xs,
                                           std::uint64_t seed = 0) {
    return forward(net, xs, 0, xs.size(), seed, nullptr);
  }
  /// The same for `count` examples of a batch from number `first` on, with the masks that they have in
  /// a pass over all of it.
  ///
  /// Requires   xs has these examples
  const typename Net::OutputBatch& forward(const Net& net, const typename Net::InputBatch& xs,
                                           std::size_t first, std::size_t count,
                                           std::uint64_t seed) {
    return forward(net, xs, first, count, seed, nullptr);
  }

  /// The gradients that belong to the last forward pass, given dL/dy for each of its outputs.
  ///
  /// Requires   the network's parameters as they were in that pass
  /// Errors     std::invalid_argument where dys has another number of examples
  void backward(const Net& net, const typename Net::OutputBatch& dys) {
    check_size(dys.size(), "dys", "");
    run_backward(net, dys, [&](const detail::Frame& frame, const detail::Share& share) {
      if (share.index > 0) return;
      for (const graph::Operand& o : plan_.head_adjoints) {
        std::fill_n(frame.arena + o.array * dys.size(), o.array_size * dys.size(), 0.0F);
      }
    });
  }
  /// The same, given dL/dh for each output of each head as well: `at<"name">()` of dheads.
  ///
  /// Errors     likewise for each batch of dheads
  void backward(const Net& net, const typename Net::OutputBatch& dys,
                const typename Net::HeadBatches& dheads)
    requires(Side == Heads::compute)
  {
    check_size(dys.size(), "dys", "");
    dheads.for_each([this](std::size_t i, const auto& batch) {
      check_size(batch.size(), "dheads", Net::heads[i].name);
    });
    run_backward(net, dys, [&](const detail::Frame& frame, const detail::Share& share) {
      dheads.for_each([&](std::size_t i, const auto& batch) {
        detail::put(plan_.head_adjoints[i], batch.data(), frame, share);
      });
    });
  }

  const typename Net::OutputBatch& outputs() const { return outputs_; }
  /// The outputs of all heads in the last forward pass.
  const typename Net::HeadBatches& heads() const
    requires(Side == Heads::compute)
  {
    return heads_;
  }
  /// Those of the head called `Name`.
  ///
  /// Errors     while compiling: the network has no head of this name
  template <text Name>
    requires(Side == Heads::compute)
  const auto& head() const {
    return heads_.template at<Name>();
  }
  const typename Net::InputBatch& input_gradient() const { return input_gradient_; }
  const Gradient<Net>& gradient() const { return gradient_; }

  /// Bytes of the arena: as many as the largest batch so far needed, or as were lent.
  std::size_t arena_bytes() const {
    return is_lent_ ? lent_.size() : arena_.size() * sizeof(float);
  }

 private:
  /// `put_heads` brings what is given of the heads into the arena.
  template <class PutHeads>
  void run_backward(const Net& net, const typename Net::OutputBatch& dys, PutHeads put_heads) {
    if constexpr (Wanted == InputGradient::compute) {
      input_gradient_.resize(dys.size());
      if (!plan_.has_input_adjoint) input_gradient_.fill(0);
    }
    Executor::pass(
        frame_for(net, outputs_.size()), static_cast<std::size_t>(plan_.forward_steps),
        Executor::count,
        [&](const detail::Frame& frame, const detail::Share& share) {
          put_heads(frame, share);
          detail::put(plan_.output_adjoint, dys.data(), frame, share);
        },
        [&](const detail::Frame& frame, const detail::Share& share) {
          if constexpr (Wanted == InputGradient::compute && plan_.has_input_adjoint) {
            detail::get(plan_.input_adjoint, input_gradient_.data(), frame, share);
          }
        });
  }

  void check_size(std::size_t size, const char* what, std::string_view head) const {
    if (size == outputs_.size()) return;
    std::string message = "backward: the forward pass had " + std::to_string(outputs_.size()) +
                          " examples, " + what + " has " + std::to_string(size);
    if (!head.empty()) message.append(" for ").append(head);
    throw std::invalid_argument(message);
  }

  using Executor = detail::Executor<graph::plan<Layers, In::shape, purpose_>,
                                    detail::blueprint<Layers, In::shape>>;

  // Behind the values lie two arrays, whatever the number of examples.
  static constexpr std::size_t statistics_floats_ =
      detail::whole_lines(Executor::statistics_floats);
  static constexpr std::size_t use_gradient_floats_ =
      detail::whole_lines(Executor::use_gradient_floats);
  static constexpr std::size_t floats_for_all_examples_ = statistics_floats_ + use_gradient_floats_;

  const typename Net::OutputBatch& forward(const Net& net, const typename Net::InputBatch& xs,
                                           std::size_t first, std::size_t examples,
                                           std::uint64_t seed, float* running_statistics) {
    if (examples == 0) throw std::invalid_argument("forward: the batch is empty");
    static_cast<void>(
        detail::Insist<detail::no_vjp<plan_, detail::blueprint<Layers, In::shape>>>{});
    detail::require_two_values<plan_, detail::blueprint<Layers, In::shape>>(examples);
    find_arena(examples);
    seed_ = seed;
    first_example_ = first;
    outputs_.resize(examples);
    detail::Frame frame = frame_for(net, examples);
    frame.running_statistics = running_statistics;
    heads_.for_each([&](std::size_t, auto& batch) {
      if (Side == Heads::compute) batch.resize(examples);
    });
    const float* const x = xs.data() + first * Net::InputBatch::example_size;
    Executor::pass(
        frame, 0, static_cast<std::size_t>(plan_.forward_steps),
        [&](const detail::Frame& f, const detail::Share& share) {
          detail::put(plan_.input, x, f, share);
        },
        [&](const detail::Frame& f, const detail::Share& share) {
          detail::get(plan_.output, outputs_.data(), f, share);
          if constexpr (Side == Heads::compute) {
            heads_.for_each([&](std::size_t i, auto& batch) {
              detail::get(plan_.heads[i], batch.data(), f, share);
            });
          }
        });
    return outputs_;
  }

  void find_arena(std::size_t examples) {
    const std::size_t bytes = arena_bytes(examples);
    if (is_lent_) {
      detail::lent_arena(lent_, bytes, "a pass over a batch of ", examples);
    } else if (arena_bytes() < bytes) {
      arena_ = AlignedBuffer<float>(bytes / sizeof(float));
    }
  }

  detail::Frame frame_for(const Net& net, std::size_t examples) {
    detail::Frame frame;
    frame.arena = is_lent_ ? reinterpret_cast<float*>(lent_.data()) : arena_.data();
    frame.parameters = net.stored_parameters().data();
    frame.gradient = gradient_.stored().data();
    frame.statistics = frame.arena + detail::whole_lines(Executor::arena_floats(examples));
    frame.use_gradient = frame.statistics + statistics_floats_;
    frame.examples = static_cast<int>(examples);
    frame.seed = seed_;
    frame.first_example = first_example_;
    return frame;
  }

  std::span<std::byte> lent_;
  bool is_lent_ = false;
  AlignedBuffer<float> arena_;
  Gradient<Net> gradient_;
  typename Net::OutputBatch outputs_;
  typename Net::HeadBatches heads_;
  typename Net::InputBatch input_gradient_;
  std::uint64_t seed_ = 0;
  std::uint64_t first_example_ = 0;  // in the batch of the last forward pass
};

/// What `vjp` gives: `auto [ys, dxs, gradient] = cx::vjp(net, xs, dys);`
template <class Net>
struct VjpResult {
  typename Net::OutputBatch ys;
  typename Net::InputBatch dxs;
  Gradient<Net> gradient;
};

/// What `vjp` gives of a network with heads:
/// `auto [ys, dxs, gradient, heads] = cx::vjp(net, xs, dys, dheads);`
template <class Net>
struct VjpWithHeadsResult {
  typename Net::OutputBatch ys;
  typename Net::InputBatch dxs;
  Gradient<Net> gradient;
  typename Net::HeadBatches heads;
};

/// Vector-Jacobian product: the outputs of a batch, and given dL/dy for each of them, dL/dx for
/// each example and dL/dw summed over the batch.
///
/// In training mode, as unless `Mode::inference` is given, batch norms use the batch's statistics
/// and update the running ones of a network that is not const. Heads are left out, as if nothing
/// was asked of them, unless dL/dh is given for them too.
///
/// Shapes     xs: N examples of input_shape    dys: N of output_shape    dheads: N of each head's
/// Cost       memory: training_arena_bytes for each example
/// Errors     std::invalid_argument where the batch is empty, dys or dheads have another size, or a
///            batch norm is to train on a single value a channel
template <Mode M, class Net>
auto vjp(Net& net, const typename Net::InputBatch& xs, const typename Net::OutputBatch& dys,
         std::uint64_t seed = 0) {
  using Plain = std::remove_const_t<Net>;
  constexpr Heads side = Plain::heads.empty() ? Heads::compute : Heads::skip;
  Backpropagation<Plain, M, InputGradient::compute, side> pass;
  pass.forward(net, xs, seed);
  pass.backward(net, dys);
  return VjpResult<Plain>{pass.outputs(), pass.input_gradient(), pass.gradient()};
}

template <class Net>
auto vjp(Net& net, const typename Net::InputBatch& xs, const typename Net::OutputBatch& dys) {
  return vjp<Mode::training>(net, xs, dys);
}

template <class Net>
auto vjp(Net& net, const typename Net::InputBatch& xs, const typename Net::OutputBatch& dys,
         Mode mode, std::uint64_t seed = 0) {
  return mode == Mode::training ? vjp<Mode::training>(net, xs, dys, seed)
                                : vjp<Mode::inference>(net, xs, dys, seed);
}

template <Mode M, class Net>
auto vjp(Net& net, const typename Net::InputBatch& xs, const typename Net::OutputBatch& dys,
         const typename Net::HeadBatches& dheads, std::uint64_t seed = 0) {
  using Plain = std::remove_const_t<Net>;
  Backpropagation<Plain, M> pass;
  pass.forward(net, xs, seed);
  pass.backward(net, dys, dheads);
  return VjpWithHeadsResult<Plain>{pass.outputs(), pass.input_gradient(), pass.gradient(),
                                   pass.heads()};
}

template <class Net>
auto vjp(Net& net, const typename Net::InputBatch& xs, const typename Net::OutputBatch& dys,
         const typename Net::HeadBatches& dheads) {
  return vjp<Mode::training>(net, xs, dys, dheads);
}

template <class Net>
auto vjp(Net& net, const typename Net::InputBatch& xs, const typename Net::OutputBatch& dys,
         const typename Net::HeadBatches& dheads, Mode mode, std::uint64_t seed = 0) {
  return mode == Mode::training ? vjp<Mode::training>(net, xs, dys, dheads, seed)
                                : vjp<Mode::inference>(net, xs, dys, dheads, seed);
}

}  // namespace convexpr
