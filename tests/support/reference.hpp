// An independent oracle: a network's values and gradients by plain loops in double precision.
//
// Of the library it takes the graph as built, for which layer reads which, and the names of the
// parameters; every number comes from the definitions in reference_layers.hpp.
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
#include "reference_activations.hpp"
#include "reference_depthwise.hpp"
#include "reference_layers.hpp"
#include "reference_norm.hpp"
#include "reference_padding.hpp"
#include "reference_pools.hpp"
#include "reference_upsample.hpp"

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
    for (std::size_t i = 1; i < values_.size(); ++i) run(graph_.nodes[i], values_[i]);
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
      run_adjoint(graph_.nodes[i], values_[i], adjoints_[i]);
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
    const Operation& op = n.op;
    const Images& x = input(n);
    switch (op.kind) {
      case Kind::input: break;
      case Kind::identity:
      case Kind::dropout:
      case Kind::dropout2d:
      case Kind::flatten: y.values = x.values; break;
      case Kind::conv2d: {
        const Values& w = parameter(n, "weight");
        const Images padded = with_border(op, x);
        for_each_product(behind_border(op), padded, y,
                         [&](std::size_t o, std::size_t k, std::size_t i) {
                           y.values[o] += w[k] * padded.values[i];
                         });
        add_bias(parameter(n, "bias"), y);
        break;
      }
      case Kind::depthwise_conv2d:
        depthwise(op, x, parameter(n, "weight"), y);
        add_bias(parameter(n, "bias"), y);
        break;
      case Kind::filter2d: depthwise(op, x, taps_of(op), y); break;
      case Kind::conv_transpose2d:
        transposed(op, x, parameter(n, "weight"), y);
        add_bias(parameter(n, "bias"), y);
        break;
      case Kind::linear: {
        const Values& w = parameter(n, "weight");
        for_each_dense_product(x, y, [&](std::size_t o, std::size_t k, std::size_t i) {
          y.values[o] += w[k] * x.values[i];
        });
        add_bias(parameter(n, "bias"), y);
        break;
      }
      case Kind::concat: run_concat(n, y); break;
      case Kind::sum:
        for (int k = 0; k < n.input_count; ++k) {
          for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] += input(n, k).values[i];
        }
        break;
      case Kind::pad2d: y = with_border(op, x); break;
      case Kind::batch_norm2d: run_batch_norm(n, y); break;
      case Kind::layer_norm:
      case Kind::group_norm:
      case Kind::instance_norm2d:
        group_norm(op, x, parameter(n, "weight"), parameter(n, "bias"), y);
        break;
      case Kind::prelu: prelu(x, parameter(n, "weight"), y); break;
      case Kind::elementwise: run_function(n, y); break;
      case Kind::local_response_norm: local_response_norm(op, x, y); break;
      case Kind::crop2d: crop(op, x, y); break;
      case Kind::lp_pool2d: lp_pool(op, x, y); break;
      case Kind::adaptive_avg_pool2d: adaptive_avg_pool(op, x, y); break;
      case Kind::adaptive_max_pool2d:
      case Kind::global_max_pool2d: adaptive_max_pool(op, x, y); break;
      case Kind::upsample_nearest:
      case Kind::upsample_bilinear: upsample(op, x, y); break;
      case Kind::user: run_user(n, y); break;
      default: run_elementwise(op, x, y);
    }
  }

  /// Layers whose output at a place follows from the input alone.
  static void run_elementwise(const Operation& op, const Images& x, Images& y) {
    for_each(y, [&](int n, int c, int i, int j) {
      double& out = y(n, c, i, j);
      switch (op.kind) {
        case Kind::softmax: out = std::exp(x(n, c, i, j) - log_sum(x, n, i, j)); break;
        case Kind::log_softmax: out = x(n, c, i, j) - log_sum(x, n, i, j); break;
        case Kind::max_pool2d: out = x.values[winner(op, x, n, c, i, j)]; break;
        case Kind::avg_pool2d:
        case Kind::global_avg_pool2d:
          for_each_tap(op, i, j, [&](int, int, int row, int column) {
            out += x(n, c, row, column) / divisor(op, i, j);
          });
          break;
        default: out = activation(op, x(n, c, i, j));
      }
    });
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

  /// Slopes are central differences of the function, not what anybody derived.
  void run_function_adjoint(const Node& n, const Images& dy) {
    constexpr double step = 1e-6;
    std::size_t at = 0;
    for_each(dy, [&](int, int c, int, int) {
      const Values inputs = function_inputs(n, at, c);
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        Values up = inputs;
        Values down = inputs;
        up[k] += step;
        down[k] -= step;
        const double slope =
            (interpret(*n.op.formula, up)[0] - interpret(*n.op.formula, down)[0]) / (2 * step);
        const auto branches = static_cast<std::size_t>(n.input_count);
        if (k < branches) {
          input_adjoint(n, static_cast<int>(k)).values[at] += slope * dy.values[at];
        } else {
          Values& dp = parameter_gradient(n, graph_.uses_of(n)[k - branches].name);
          dp[dp.size() == 1 ? 0 : static_cast<std::size_t>(c)] += slope * dy.values[at];
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
    const double momentum = double{n.op.momentum};
    for (std::size_t c = 0; c < mean.size(); ++c) {
      mean[c] = (1 - momentum) * mean[c] + momentum * m.mean[c];
      variance[c] =
          (1 - momentum) * variance[c] + momentum * m.variance[c] * m.count / (m.count - 1);
    }
  }

  void run_adjoint(const Node& n, const Images& y, const Images& dy) {
    const Operation& op = n.op;
    const Images& x = input(n);
    Images& dx = input_adjoint(n);
    switch (op.kind) {
      case Kind::conv2d:
      case Kind::linear: run_weighted_adjoint(n, dy); break;
      case Kind::depthwise_conv2d:
        depthwise_adjoint(op, x, parameter(n, "weight"), dy, dx, parameter_gradient(n, "weight"));
        sum_to_bias(dy, parameter_gradient(n, "bias"));
        break;
      case Kind::filter2d: {
        Values unused = taps_of(op);
        depthwise_adjoint(op, x, taps_of(op), dy, dx, unused);
        break;
      }
      case Kind::conv_transpose2d:
        transposed_adjoint(op, x, parameter(n, "weight"), dy, dx, parameter_gradient(n, "weight"));
        sum_to_bias(dy, parameter_gradient(n, "bias"));
        break;
      case Kind::concat: {
        int first = 0;
        for (int k = 0; k < n.input_count; ++k) {
          Images& part = input_adjoint(n, k);
          for_each(part,
                   [&](int e, int c, int i, int j) { part(e, c, i, j) += dy(e, first + c, i, j); });
          first += part.shape.channels;
        }
        break;
      }
      case Kind::sum:
        for (int k = 0; k < n.input_count; ++k) add_to(input_adjoint(n, k).values, dy.values);
        break;
      case Kind::identity:
      case Kind::dropout:
      case Kind::dropout2d:
      case Kind::flatten: add_to(dx.values, dy.values); break;
      case Kind::pad2d: fold_border(op, dy, dx); break;
      case Kind::batch_norm2d: run_batch_norm_adjoint(n, dy); break;
      case Kind::layer_norm:
      case Kind::group_norm:
      case Kind::instance_norm2d:
        group_norm_adjoint(op, x, parameter(n, "weight"), dy, dx, parameter_gradient(n, "weight"),
                           parameter_gradient(n, "bias"));
        break;
      case Kind::prelu:
        prelu_adjoint(x, parameter(n, "weight"), dy, dx, parameter_gradient(n, "weight"));
        break;
      case Kind::elementwise: run_function_adjoint(n, dy); break;
      case Kind::local_response_norm: local_response_norm_adjoint(op, x, dy, dx); break;
      case Kind::crop2d: crop_adjoint(op, dy, dx); break;
      case Kind::lp_pool2d: lp_pool_adjoint(op, x, dy, dx); break;
      case Kind::adaptive_avg_pool2d: adaptive_avg_pool_adjoint(op, dy, dx); break;
      case Kind::adaptive_max_pool2d:
      case Kind::global_max_pool2d: adaptive_max_pool_adjoint(op, x, dy, dx); break;
      case Kind::upsample_nearest:
      case Kind::upsample_bilinear: upsample_adjoint(op, dy, dx); break;
      case Kind::softmax: softmax_adjoint(y, dy, false, dx); break;
      case Kind::log_softmax: softmax_adjoint(y, dy, true, dx); break;
      case Kind::user: run_user_adjoint(n, dy); break;
      default: run_elementwise_adjoint(op, x, dy, dx);
    }
  }

  static void add_to(Values& sum, const Values& term) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += term[i];
  }

  void run_weighted_adjoint(const Node& n, const Images& dy) {
    const Images x = with_border(n.op, input(n));
    Images dx(x.shape, x.examples);
    const Values& w = parameter(n, "weight");
    Values& dw = parameter_gradient(n, "weight");
    const auto add = [&](std::size_t o, std::size_t k, std::size_t i) {
      dx.values[i] += w[k] * dy.values[o];
      dw[k] += x.values[i] * dy.values[o];
    };
    if (n.op.kind == Kind::conv2d) {
      for_each_product(behind_border(n.op), x, dy, add);
    } else {
      for_each_dense_product(x, dy, add);
    }
    fold_border(n.op, dx, input_adjoint(n));
    sum_to_bias(dy, parameter_gradient(n, "bias"));
  }

  void run_batch_norm_adjoint(const Node& n, const Images& dy) {
    const Moments m(input(n));
    const bool own = mode_ == Mode::training;
    batch_norm_adjoint(n.op, input(n), own ? m.mean : parameter(n, "running_mean"),
                       own ? m.variance : parameter(n, "running_var"), own, parameter(n, "weight"),
                       dy, input_adjoint(n), parameter_gradient(n, "weight"),
                       parameter_gradient(n, "bias"));
  }

  static void run_elementwise_adjoint(const Operation& op, const Images& x, const Images& dy,
                                      Images& dx) {
    for_each(dy, [&](int n, int c, int i, int j) {
      const double g = dy(n, c, i, j);
      switch (op.kind) {
        case Kind::max_pool2d: dx.values[winner(op, x, n, c, i, j)] += g; break;
        case Kind::avg_pool2d:
        case Kind::global_avg_pool2d:
          for_each_tap(op, i, j, [&](int, int, int row, int column) {
            dx(n, c, row, column) += g / divisor(op, i, j);
          });
          break;
        default: dx(n, c, i, j) += g * activation_slope(op, x(n, c, i, j));
      }
    });
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
