// An independent oracle: a network's values and gradients by plain loops in double precision.
//
// Of the library it takes the graph as built, for which layer reads which, and the names of the
// parameters; every number comes from the definitions in reference_operation.hpp.
#pragma once

#include <cmath>
#include <convexpr/graph/build.hpp>
#include <convexpr/graph/mode.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "interpret.hpp"
#include "oracle.hpp"
#include "reference_operation.hpp"

namespace reference {

using convexpr::Kind;
using convexpr::Mode;
using convexpr::NamedTensor;

/// The layers that the oracle was told of.
inline std::map<const convexpr::UserFunctions*, UserInDouble>& told() {
  static std::map<const convexpr::UserFunctions*, UserInDouble> layers;
  return layers;
}

/// Dropout is the identity here: its mask is the library's own.
class Model {
 public:
  Model(convexpr::graph::Graph graph, const std::vector<NamedTensor>& dict, Mode mode)
      : graph_(std::move(graph)), mode_(mode) {
    for (const NamedTensor& t : dict) {
      parameters_[t.name].assign(t.values.begin(), t.values.end());
    }
  }

  /// The outputs of a batch, example after example.
  const Values& forward(const Values& x, int examples) {
    values_.clear();
    for (const convexpr::graph::Node& n : graph_.nodes) {
      values_.emplace_back(n.op.out, examples);
    }
    values_[0].values = x;
    for (std::size_t i = 1; i < values_.size(); ++i) {
      if (!graph_.nodes[i].removed) run(graph_.nodes[i], values_[i]);
    }
    return value(graph_.output).values;
  }

  /// The gradients that belong to the last forward pass.
  void backward(const Values& dy, const std::vector<Values>& dheads = {}) {
    adjoints_.clear();
    gradients_.clear();
    for (const Images& v : values_) adjoints_.emplace_back(v.shape, v.examples);
    for (const auto& [name, values] : parameters_) gradients_[name].assign(values.size(), 0.0);
    add_to(adjoints_[static_cast<std::size_t>(graph_.output)].values, dy);
    for (std::size_t h = 0; h < dheads.size(); ++h) {
      add_to(adjoints_[static_cast<std::size_t>(graph_.heads[h].node)].values, dheads[h]);
    }
    for (std::size_t i = values_.size() - 1; i > 0; --i) {
      if (!graph_.nodes[i].removed) run_adjoint(graph_.nodes[i], values_[i], adjoints_[i]);
    }
  }

  const Values& output() const { return value(graph_.output).values; }
  const Values& head(std::size_t h) const { return value(graph_.heads[h].node).values; }
  const Values& input_gradient() const { return adjoints_[0].values; }
  const Values& gradient(const std::string& name) const { return gradients_.at(name); }
  /// Parameters by name; training changes the running statistics.
  std::map<std::string, Values>& parameters() { return parameters_; }

 private:
  using Node = convexpr::graph::Node;

  const Images& value(int node) const { return values_[static_cast<std::size_t>(node)]; }
  const Images& input(const Node& n, int k = 0) const {
    return value(graph_.inputs(n)[static_cast<std::size_t>(k)]);
  }
  Images& input_adjoint(const Node& n, int k = 0) {
    return adjoints_[static_cast<std::size_t>(graph_.inputs(n)[static_cast<std::size_t>(k)])];
  }

  std::string name_of(const Node& n, std::string_view parameter) const {
    const Node& owner = graph_.node(n.owner);  // of a shared block, the layer in its first use
    std::string name(convexpr::graph::path(graph_.scopes, owner.scope).view());
    if (!name.empty()) name += ".";
    return name += parameter;
  }
  /// Empty where the layer has no such parameter.
  Values& parameter(const Node& n, std::string_view which) {
    return find(parameters_, name_of(n, which));
  }
  Values& parameter_gradient(const Node& n, std::string_view which) {
    return find(gradients_, name_of(n, which));
  }
  Values& find(std::map<std::string, Values>& in, const std::string& name) {
    const auto found = in.find(name);
    return found == in.end() ? none_ : found->second;
  }

  void run(const Node& n, Images& y) {
    switch (n.op.kind) {
      case Kind::input: break;
      case Kind::concat: run_concat(n, y); break;
      case Kind::sum:
        for (int k = 0; k < n.input_count; ++k) add_to(y.values, input(n, k).values);
        break;
      case Kind::batch_norm2d: run_batch_norm(n, y); break;
      case Kind::elementwise: run_function(n, y); break;
      case Kind::user: run_user(n, y); break;
      default: run_layer(n.op, input(n), {parameter(n, "weight"), parameter(n, "bias")}, y);
    }
  }

  /// What a function of users reads at one place: of each input, then of each parameter.
  Values function_inputs(const Node& n, std::size_t at, int channel) {
    Values inputs;
    for (int k = 0; k < n.input_count; ++k) inputs.push_back(input(n, k).values[at]);
    for (const convexpr::graph::Use& u : graph_.uses_of(n)) {
      const Values& p = parameter(n, u.name);
      inputs.push_back(p[p.size() == 1 ? 0 : static_cast<std::size_t>(channel)]);
    }
    return inputs;
  }

  void run_function(const Node& n, Images& y) {
    std::size_t at = 0;
    for_each(y, [&](int, int c, int, int) {
      y.values[at] = interpret(*n.op.formula, function_inputs(n, at, c))[0];
      ++at;
    });
  }

  void run_function_adjoint(const Node& n, const Images& dy) {
    const auto branches = static_cast<std::size_t>(n.input_count);
    std::size_t at = 0;
    for_each(dy, [&](int, int c, int, int) {
      const Values slope = slopes(*n.op.formula, function_inputs(n, at, c));
      for (std::size_t k = 0; k < slope.size(); ++k) {
        if (k < branches) {
          input_adjoint(n, static_cast<int>(k)).values[at] += slope[k] * dy.values[at];
        } else {
          Values& dp = parameter_gradient(n, graph_.uses_of(n)[k - branches].name);
          dp[dp.size() == 1 ? 0 : static_cast<std::size_t>(c)] += slope[k] * dy.values[at];
        }
      }
      ++at;
    });
  }

  /// The parameters of a user's layer, or their gradients, out of those of the network.
  template <class T>
  convexpr::ParameterViews<T> views(std::map<std::string, Values>& of, const Node& n) {
    convexpr::ParameterViews<T> out;
    for (const convexpr::graph::Parameter& p : graph_.parameters) {
      if (p.layer == n.owner) out.add(p.spec.name, find(of, name_of(n, p.spec.name)));
    }
    return out;
  }
  template <class T>
  static convexpr::ExampleView<T> view(T* values, Shape s, int example) {
    return {values + static_cast<std::size_t>(example) * s.size(), s};
  }

  void run_user(const Node& n, Images& y) {
    const Images& x = input(n);
    for (int e = 0; e < y.examples; ++e) {
      told().at(n.op.user).forward(view(x.values.data(), x.shape, e),
                                   views<const double>(parameters_, n),
                                   view(y.values.data(), y.shape, e));
    }
  }

  void run_user_adjoint(const Node& n, const Images& dy) {
    const Images& x = input(n);
    Images dx(x.shape, x.examples);
    for (int e = 0; e < x.examples; ++e) {
      told().at(n.op.user).vjp(view(x.values.data(), x.shape, e),
                               views<const double>(parameters_, n),
                               view(dy.values.data(), dy.shape, e),
                               view(dx.values.data(), dx.shape, e), views<double>(gradients_, n));
    }
    add_to(input_adjoint(n).values, dx.values);
  }

  void run_concat(const Node& n, Images& y) {
    int first = 0;
    for (int k = 0; k < n.input_count; ++k) {
      const Images& part = input(n, k);
      for_each(part, [&](int e, int c, int i, int j) { y(e, first + c, i, j) = part(e, c, i, j); });
      first += part.shape.channels;
    }
  }

  void run_batch_norm(const Node& n, Images& y) {
    Values& mean = parameter(n, "running_mean");
    Values& variance = parameter(n, "running_var");
    const Values& w = parameter(n, "weight");
    const Values& b = parameter(n, "bias");
    if (mode_ == Mode::inference) {
      batch_norm(n.op, input(n), mean, variance, w, b, y);
      return;
    }
    const Moments m(input(n));
    batch_norm(n.op, input(n), m.mean, m.variance, w, b, y);
    move_running_statistics(n.op, m, mean, variance);
  }

  void run_adjoint(const Node& n, const Images& y, const Images& dy) {
    switch (n.op.kind) {
      case Kind::concat: run_concat_adjoint(n, dy); break;
      case Kind::sum:
        for (int k = 0; k < n.input_count; ++k) add_to(input_adjoint(n, k).values, dy.values);
        break;
      case Kind::batch_norm2d: run_batch_norm_adjoint(n, dy); break;
      case Kind::elementwise: run_function_adjoint(n, dy); break;
      case Kind::user: run_user_adjoint(n, dy); break;
      default:
        run_layer_adjoint(n.op, input(n), y, parameter(n, "weight"), dy, input_adjoint(n),
                          {parameter_gradient(n, "weight"), parameter_gradient(n, "bias")});
    }
  }

  void run_concat_adjoint(const Node& n, const Images& dy) {
    int first = 0;
    for (int k = 0; k < n.input_count; ++k) {
      Images& part = input_adjoint(n, k);
      for_each(part,
               [&](int e, int c, int i, int j) { part(e, c, i, j) += dy(e, first + c, i, j); });
      first += part.shape.channels;
    }
  }

  static void add_to(Values& sum, const Values& term) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += term[i];
  }

  void run_batch_norm_adjoint(const Node& n, const Images& dy) {
    const Moments m(input(n));
    const bool own = mode_ == Mode::training;
    batch_norm_adjoint(n.op, input(n), own ? m.mean : parameter(n, "running_mean"),
                       own ? m.variance : parameter(n, "running_var"), own, parameter(n, "weight"),
                       dy, input_adjoint(n), parameter_gradient(n, "weight"),
                       parameter_gradient(n, "bias"));
  }

  convexpr::graph::Graph graph_;
  Mode mode_;
  std::map<std::string, Values> parameters_;
  std::map<std::string, Values> gradients_;
  std::vector<Images> values_;
  std::vector<Images> adjoints_;
  Values none_;
};

}  // namespace reference
