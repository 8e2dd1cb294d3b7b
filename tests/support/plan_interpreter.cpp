// The one place where plans are interpreted.
#include "plan_interpreter.hpp"

#include <array>
#include <convexpr/graph/fold.hpp>

#include "interpret.hpp"
#include "plan_places.hpp"
#include "reference_operation.hpp"

namespace support {

using cx::Kind;
using graph::Operand;
using graph::Role;
using graph::Step;

namespace {

std::string full_name(const graph::Graph& g, int layer, std::string_view name) {
  std::string full(graph::path(g.scopes, g.node(layer).scope).view());
  if (!full.empty()) full += ".";
  return full += name;
}

/// "step 3 (Conv2d, adjoint)"
std::string about(const graph::PlanDraft& plan, const Step& s) {
  constexpr const char* roles[] = {"forward", "adjoint", "parameters' adjoint"};
  return "step " + std::to_string(&s - plan.steps.data()) + " (" + std::string(cx::name(s.op)) +
         ", " + roles[static_cast<std::size_t>(s.role)] + ")";
}

/// A function's inputs at one place: what it reads of maps, then of channels.
class FunctionInputs {
 public:
  void add(const Images& map) { maps_.push_back(&map); }
  void add(const Values& values, bool per_channel) { channels_.push_back({&values, per_channel}); }
  std::size_t size() const { return maps_.size() + channels_.size(); }

  /// The values of all instructions of f at the place number `at`, in channel c.
  const double* interpret(const cx::expr::Formula& f, std::size_t at, int c) {
    std::size_t count = 0;
    for (const Images* map : maps_) inputs_.at(count++) = map->values.at(at);
    for (const auto& [values, per_channel] : channels_) {
      inputs_.at(count++) = values->at(per_channel ? static_cast<std::size_t>(c) : 0);
    }
    reference::interpret(f, std::span(inputs_).first(count), values_.data());
    return values_.data();
  }

 private:
  std::vector<const Images*> maps_;
  std::vector<std::pair<const Values*, bool>> channels_;
  std::array<double, cx::expr::most_inputs> inputs_{};
  std::array<double, cx::expr::most_instructions> values_{};
};

/// A vector and an image of one pixel are alike.
bool are_alike(const cx::Shape& a, const cx::Shape& b) {
  return a.channels == b.channels && a.height == b.height && a.width == b.width;
}

void require(bool fact, const char* fault) {
  if (!fact) throw PlanFault(fault);
}

}  // namespace

PlanInterpreter::PlanInterpreter(const graph::PlanDraft& plan, const graph::Graph& built,
                                 const std::vector<cx::NamedTensor>& dict, int lanes)
    : plan_(plan), built_(built), lanes_(lanes) {
  for (const graph::Parameter& p : built.parameters) {
    Parameter& mine = parameter(p.layer, p.spec.name);
    mine.name = full_name(built, p.layer, p.spec.name);
    for (const cx::NamedTensor& t : dict) {
      if (t.name == mine.name) mine.values.assign(t.values.begin(), t.values.end());
    }
  }
  for (const graph::Node& n : built.nodes) {
    if (n.op.kind == Kind::batch_norm2d && n.owner == n.layer) prepare_norm(n);
  }
  check_places();
}

/// The factor and the shift of a batch norm in inference.
void PlanInterpreter::prepare_norm(const graph::Node& norm) {
  const auto read = [&](std::string_view name) { return parameter(norm.owner, name).values; };
  const Values weight = read("weight");
  const Values bias = read("bias");
  const Values mean = read("running_mean");
  const Values variance = read("running_var");
  Values& scale = parameter(norm.owner, graph::prepared_scale).values;
  Values& shift = parameter(norm.owner, graph::prepared_shift).values;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    scale.push_back((weight.empty() ? 1 : weight[c]) /
                    std::sqrt(variance[c] + double{norm.op.epsilon}));
    shift.push_back((bias.empty() ? 0 : bias[c]) - mean[c] * scale[c]);
  }
}

/// Those of the layer, or what they are once they have taken a batch norm in.
PlanInterpreter::Weights PlanInterpreter::weights(const Step& s) {
  Weights w{parameter(s.owner, "weight").values, parameter(s.owner, "bias").values};
  if (!s.folded) return w;
  const int norm = built_.node(built_.node(s.layer).norm).owner;
  const Values& scale = parameter(norm, graph::prepared_scale).values;
  const Values& shift = parameter(norm, graph::prepared_shift).values;
  const std::size_t channels = scale.size();
  require(static_cast<int>(channels) == s.op.out.channels, "a norm has other channels");
  if (s.op.kind == Kind::conv_transpose2d) {  // C x O/g x kh x kw
    const auto groups = static_cast<std::size_t>(s.op.groups);
    const std::size_t in_group = static_cast<std::size_t>(s.op.in.channels) / groups;
    const std::size_t taps = w.weight.size() / (groups * in_group * (channels / groups));
    for (std::size_t i = 0; i < w.weight.size(); ++i) {
      const std::size_t in = i / taps / (channels / groups);
      w.weight[i] *= scale[in / in_group * (channels / groups) + i / taps % (channels / groups)];
    }
  } else {
    const std::size_t each = w.weight.size() / channels;
    for (std::size_t i = 0; i < w.weight.size(); ++i) w.weight[i] *= scale[i / each];
  }
  w.bias.resize(channels, 0.0);
  for (std::size_t c = 0; c < channels; ++c) w.bias[c] = w.bias[c] * scale[c] + shift[c];
  return w;
}

PlanInterpreter::Parameter& PlanInterpreter::parameter(int owner, std::string_view name) {
  return parameters_[{owner, std::string(name)}];
}

const Values& PlanInterpreter::parameter(const std::string& name) const {
  for (const auto& [key, p] : parameters_) {
    if (p.name == name) return p.values;
  }
  throw std::out_of_range("no parameter is called " + name);
}

Values PlanInterpreter::gradient(const std::string& name) const {
  for (const auto& [key, p] : parameters_) {
    if (p.name == name && !p.gradient.empty()) return p.gradient;
  }
  return Values(parameter(name).size(), 0.0);
}

void PlanInterpreter::put(const Operand& to, const Values& values) {
  Images x(to.shape, memory_.examples());
  x.values = values;
  memory_.clear_border(to);
  memory_.write(to, x);
}

Values PlanInterpreter::get(const Operand& from) { return memory_.read(from).values; }

void PlanInterpreter::forward(const Values& x, int examples) {
  memory_ = PlanMemory(plan_.arena_floats, examples);
  statistics_.clear();
  masks_.clear();
  put(plan_.input, x);
  run(0, static_cast<std::size_t>(plan_.forward_steps));
  output_ = get(plan_.output);
  heads_.clear();
  for (const Operand& head : plan_.heads) heads_.push_back(get(head));
}

void PlanInterpreter::backward(const Values& dy, const std::vector<Values>& dheads) {
  for (auto& [key, p] : parameters_) p.gradient.clear();
  for (std::size_t h = 0; h < plan_.head_adjoints.size(); ++h) {
    put(plan_.head_adjoints[h], dheads.at(h));
  }
  put(plan_.output_adjoint, dy);
  run(static_cast<std::size_t>(plan_.forward_steps), plan_.steps.size());
  input_gradient_.clear();
  if (plan_.has_input_adjoint) input_gradient_ = get(plan_.input_adjoint);
}

/// A step and the siblings that run along.
std::vector<const Step*> PlanInterpreter::together_with(const Step& s) const {
  std::vector<const Step*> all{&s};
  for (int k = 0; k < s.part_count; ++k) {
    all.push_back(&plan_.parts.at(static_cast<std::size_t>(s.first_part + k)));
  }
  return all;
}

void PlanInterpreter::check_places() {
  PlanPlaces places(plan_, lanes_);
  places.check(plan_.input);
  places.check(plan_.output);
  for (const Operand& o : plan_.heads) places.check(o);
  for (const Operand& o : plan_.head_adjoints) places.check(o);
  if (plan_.has_input_adjoint) places.check(plan_.input_adjoint);
  for (const Step& s : plan_.steps) {
    try {
      places.check(together_with(s));
    } catch (const std::exception& e) {
      throw PlanFault(about(plan_, s) + ": " + e.what());
    }
  }
}

void PlanInterpreter::run(std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    try {
      const std::vector<const Step*> all = together_with(plan_.steps[i]);
      for (const Step* s : all) {
        for (int k = 0; k < s->output_count; ++k) {
          if (clears_border(plan_, *s, k)) memory_.clear_border(operand(s->output + k));
        }
      }
      for (const Step* s : all) run(*s);
    } catch (const std::exception& e) {
      throw PlanFault(about(plan_, plan_.steps[i]) + ": " + e.what());
    }
  }
}

void PlanInterpreter::run(const Step& s) {
  for (int k = 0; k < s.input_count; ++k) {
    memory_.expect_zeros_around(operand(s.first_input + k), border_read(s, k));
  }
  if (s.action == graph::Action::copy_channels) {
    copy(s);
  } else if (cx::is_elementwise(s.op.kind)) {
    run_function(s);
  } else if (s.role == Role::forward) {
    run_forward(s);
  } else {
    run_adjoint(s);
  }
}

void PlanInterpreter::copy(const Step& s) {
  const Operand& from = operand(s.first_input);
  const Operand& to = operand(s.output);
  cx::Shape shape = to.shape;
  shape.channels = s.channels;
  require(from.shape.height == shape.height && from.shape.width == shape.width &&
              s.first_channel_x + s.channels <= from.shape.channels &&
              s.first_channel_y + s.channels <= to.shape.channels,
          "the channels to copy do not fit");
  Images moved(shape, memory_.examples());
  memory_.read(from, s.first_channel_x, moved);
  memory_.write(to, s.first_channel_y, moved);
}

void PlanInterpreter::run_forward(const Step& s) {
  const Operand& to = operand(s.output);
  require(are_alike(to.shape, s.op.out), "its result has another shape than its operation gives");
  cx::Shape computed = to.shape;
  computed.height *= s.pool.window.h;
  computed.width *= s.pool.window.w;
  Images y(computed, memory_.examples());
  if (s.op.kind == Kind::sum) {
    run_sum(s, y);
  } else {
    require(s.own_inputs == 1, "a layer has another number of inputs");
    const Images x = input(s, 0);
    require(x.shape.size() == s.op.in.size(), "its input has another shape than it takes");
    run_layer(s, x, y);
  }
  if (s.function >= 0) ride(s, y);
  if (s.pool != graph::Pooling{}) pool(s, y);
  memory_.write(to, y);
}

void PlanInterpreter::run_layer(const Step& s, const Images& x, Images& y) {
  if (s.op.kind == Kind::batch_norm2d) return run_batch_norm(s, x, y);
  if (s.op.kind == Kind::dropout || s.op.kind == Kind::dropout2d) masks_[s.layer] = s.op.kind;
  const Weights w = weights(s);
  cx::Operation op = s.op;
  op.out = y.shape;
  op.bias = op.bias || s.folded;
  reference::run_layer(op, x, {w.weight, w.bias}, y);
}

/// Pools what a step has computed, window beside window.
void PlanInterpreter::pool(const Step& s, Images& y) const {
  require(s.op.kind == Kind::conv2d, "a pool rides on what is no convolution");
  cx::Operation op;
  op.kind = s.pool.maximum ? Kind::max_pool2d : Kind::avg_pool2d;
  op.window = {s.pool.window, s.pool.window, {1}, {0}};
  op.in = y.shape;
  op.out = s.op.out;
  Images pooled(op.out, memory_.examples());
  reference::run_layer(op, y, {{}, {}}, pooled);
  y = pooled;
}

void PlanInterpreter::run_sum(const Step& s, Images& y) const {
  for (int k = 0; k < s.own_inputs; ++k) {
    const Images part = input(s, k);
    require(are_alike(part.shape, y.shape), "a part of a sum has another shape");
    for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] += part.values[i];
  }
}

void PlanInterpreter::run_batch_norm(const Step& s, const Images& x, Images& y) {
  Values& mean = parameter(s.owner, "running_mean").values;
  Values& variance = parameter(s.owner, "running_var").values;
  const Values& w = parameter(s.owner, "weight").values;
  const Values& b = parameter(s.owner, "bias").values;
  if (!s.batch_statistics) {
    reference::batch_norm(s.op, x, mean, variance, w, b, y);
    return;
  }
  const reference::Moments& m =
      statistics_.insert_or_assign(s.layer, reference::Moments(x)).first->second;
  reference::batch_norm(s.op, x, m.mean, m.variance, w, b, y);
  reference::move_running_statistics(s.op, m, mean, variance);
}

void PlanInterpreter::run_batch_norm_adjoint(const Step& s, const Images& x, const Images& dy,
                                             Images& dx, Values& dw, Values& db) {
  const cx::Operation op = forward_operation(s);
  const Values& w = parameter(s.owner, "weight").values;
  if (s.batch_statistics) {
    const reference::Moments& m = statistics_.at(s.layer);
    reference::batch_norm_adjoint(op, x, m.mean, m.variance, true, w, dy, dx, dw, db);
  } else {
    reference::batch_norm_adjoint(op, x, parameter(s.owner, "running_mean").values,
                                  parameter(s.owner, "running_var").values, false, w, dy, dx, dw,
                                  db);
  }
}

/// The values that an adjoint reads of the forward pass, by its kind (differentiate.hpp).
void PlanInterpreter::run_adjoint(const Step& s) {
  const bool carries = s.op.kind == Kind::conv2d || s.op.kind == Kind::local_response_norm;
  require(s.function < 0 || carries, "something rides on an adjoint");
  const cx::Operation op = forward_operation(s);
  const bool gives_dx = s.role == Role::adjoint;
  const bool weighted =
      op.kind == Kind::linear || (cx::is_convolution(op.kind) && op.kind != Kind::filter2d);
  const bool by_output = op.kind == Kind::softmax || op.kind == Kind::log_softmax;
  Images x(op.in, memory_.examples());
  Images y(op.out, memory_.examples());
  if (s.own_inputs == 3) {
    x = input(s, 0);
    y = input(s, 1);
    check_saved_output(op, x, y);
  } else if (s.own_inputs == 2) {
    (by_output ? y : x) = input(s, 0);
  }
  const Images dy = input(s, s.own_inputs - 1);
  require(x.shape.size() == op.in.size() && dy.shape.size() == op.out.size(),
          "an input has another shape than it takes");
  if (op.kind == Kind::dropout || op.kind == Kind::dropout2d) {
    require(masks_.count(s.layer) == 1 && masks_[s.layer] == op.kind, "no layer has its mask");
  }
  Images dx(gives_dx ? operand(s.output).shape : op.in, memory_.examples());
  require(dx.shape.size() == op.in.size(), "its result has another shape than its operation gives");
  Values dw(parameter(s.owner, "weight").values.size(), 0.0);
  Values db(parameter(s.owner, "bias").values.size(), 0.0);
  if (op.kind == Kind::batch_norm2d) {
    run_batch_norm_adjoint(s, x, dy, dx, dw, db);
  } else {
    reference::run_layer_adjoint(op, x, y, parameter(s.owner, "weight").values, dy, dx, {dw, db});
  }
  if (s.function >= 0) ride(s, dx);
  if (gives_dx) memory_.write(operand(s.output), dx);
  if (weighted && gives_dx) return;  // whose gradient a step of its own gives
  give(s, s.owner, "weight", dw);
  give(s, s.owner, "bias", db);
}

void PlanInterpreter::check_saved_output(const cx::Operation& op, const Images& x,
                                         const Images& y) const {
  Images expected(op.out, memory_.examples());
  reference::run_layer(op, x, {{}, {}}, expected);
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    require(std::abs(y.values[i] - expected.values.at(i)) <= 1e-9 * (1 + std::abs(y.values[i])),
            "the output that it reads is not its layer's");
  }
}

/// An elementwise step in either direction: maps in, maps and sums over all places out.
void PlanInterpreter::run_function(const Step& s) {
  const cx::expr::Formula& f = formula(s);
  FunctionInputs inputs;
  std::vector<Images> xs;
  for (int k = 0; k < s.input_count; ++k) xs.push_back(input(s, k));
  for (const Images& x : xs) {
    require(are_alike(x.shape, xs[0].shape), "a function reads maps of several shapes");
    inputs.add(x);
  }
  const int read_uses = s.use_count - s.gradient_uses;
  for (int u = 0; u < read_uses; ++u) {
    inputs.add(parameter(use(s, u).owner, use(s, u).name).values, use(s, u).per_channel);
  }
  require(static_cast<int>(inputs.size()) == f.input_count &&
              f.result_count == s.output_count + s.gradient_uses,
          "a function reads or gives another number of values than its step");
  std::vector<Images> ys;
  for (int k = 0; k < s.output_count; ++k) {
    ys.emplace_back(operand(s.output + k).shape, memory_.examples());
    require(are_alike(ys.back().shape, xs[0].shape), "a function gives a map of another shape");
  }
  std::vector<Values> sums;
  for (int u = read_uses; u < s.use_count; ++u) {
    sums.emplace_back(parameter(use(s, u).owner, use(s, u).name).values.size(), 0.0);
  }
  std::size_t at = 0;
  reference::for_each(xs.at(0), [&](int, int c, int, int) {
    const double* const values = inputs.interpret(f, at, c);
    for (std::size_t k = 0; k < ys.size(); ++k) ys[k].values[at] = values[f.results[k]];
    for (std::size_t u = 0; u < sums.size(); ++u) {
      const bool per_channel = use(s, read_uses + static_cast<int>(u)).per_channel;
      sums[u].at(per_channel ? static_cast<std::size_t>(c) : 0) += values[f.results[ys.size() + u]];
    }
    ++at;
  });
  for (std::size_t k = 0; k < ys.size(); ++k) {
    memory_.write(operand(s.output + static_cast<int>(k)), ys[k]);
  }
  for (std::size_t u = 0; u < sums.size(); ++u) {
    const graph::Use& of = use(s, read_uses + static_cast<int>(u));
    give(s, of.owner, of.name, sums[u]);
  }
}

/// Applies what rides on a step to its own result.
void PlanInterpreter::ride(const Step& s, Images& y) {
  const cx::expr::Formula& f = formula(s);
  const Images own = y;
  FunctionInputs inputs;
  inputs.add(own);
  std::vector<Images> others;
  for (int k = s.own_inputs; k < s.input_count; ++k) others.push_back(input(s, k));
  for (const Images& x : others) {
    require(are_alike(x.shape, y.shape), "what rides reads a map of another shape");
    inputs.add(x);
  }
  for (int u = 0; u < s.use_count; ++u) {
    inputs.add(parameter(use(s, u).owner, use(s, u).name).values, use(s, u).per_channel);
  }
  require(static_cast<int>(inputs.size()) == f.input_count && f.result_count == 1,
          "what rides reads or gives another number of values than its step");
  std::size_t at = 0;
  reference::for_each(own, [&](int, int c, int, int) {
    y.values[at] = inputs.interpret(f, at, c)[f.results[0]];
    ++at;
  });
}

/// The first step that gives a gradient writes it, others add to it: as the executor has it, to all
/// that the step's own layer has learned.
void PlanInterpreter::give(const Step& s, int owner, std::string_view name,
                           const Values& gradient) {
  if (gradient.empty()) return;
  require(owner == s.owner, "a step gives the gradient of another layer's parameter");
  Values& sum = parameter(owner, name).gradient;
  require(sum.empty() != s.adds_gradient,
          s.adds_gradient ? "it adds to a gradient that nobody has written"
                          : "it writes over a gradient that another step has given");
  if (sum.empty()) sum.assign(gradient.size(), 0.0);
  for (std::size_t i = 0; i < gradient.size(); ++i) sum[i] += gradient[i];
}

}  // namespace support
