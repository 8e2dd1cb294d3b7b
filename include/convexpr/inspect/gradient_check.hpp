// Whether the gradients of a network are the slopes of what it computes.
#pragma once

#include <algorithm>
#include <cmath>
#include <convexpr/inspect/summary.hpp>
#include <convexpr/network/vjp.hpp>
#include <convexpr/train/random.hpp>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace convexpr {

/// Options of `check_gradient`.
struct GradientCheckOptions {
  std::uint64_t seed = 0;   // of the lines, and of dropout's masks
  int lines = 4;            // along which the input and each parameter are moved
  double tolerance = 0.01;  // difference beyond rounding that passes
};

/// How far the gradient of the input or of a parameter is from what differences say.
struct GradientDifference {
  std::string name;  // "input", or as in the state dict
  std::size_t values = 0;
  double difference = 0;  // of the line that tells most against it, relative to the slope
  double rounding = 0;    // what single precision explains of that
  bool passed = true;
};

/// What `check_gradient` found.
struct GradientCheck {
  std::vector<GradientDifference> rows;
  double tolerance = 0;
  bool passed = true;

  /// As a table, to be printed.
  std::string text() const;
};

namespace detail {

/// Numbers on which the outputs of a network depend, and how.
struct Dependence {
  using Floats = std::vector<float>;

  Floats values;
  std::function<Floats(const Floats& values)> outputs_at;
  std::function<Floats(const Floats& dys)> pulled_back;  // dL/d(values) of L = <dy, y>, from vjp
};

/// What became of a step up and one down: the outputs, and how far apart the values are, exactly,
/// whatever single precision made of the step.
struct Change {
  std::vector<float> up;
  std::vector<float> down;
  std::vector<double> apart;

  Change(const Dependence& on, const std::vector<double>& line, double step) {
    std::vector<float> above;
    std::vector<float> below;
    for (std::size_t i = 0; i < line.size(); ++i) {
      above.push_back(static_cast<float>(double{on.values[i]} + step * line[i]));
      below.push_back(static_cast<float>(double{on.values[i]} - step * line[i]));
      apart.push_back(double{above[i]} - double{below[i]});
    }
    up = on.outputs_at(above);
    down = on.outputs_at(below);
  }
};

template <class T>
double size_of(const std::vector<T>& values) {
  double sum = 0;
  for (const T v : values) sum += double{v} * double{v};
  return std::sqrt(sum);
}

/// The difference between what L did in a step and what its gradient says, relative to the larger
/// of the two: of the latter, what is to be expected where every value goes up or down at random.
struct LineDifference {
  double difference = HUGE_VAL;  // stays where outputs or gradients are no numbers
  double rounding = 0;           // of it, what some roundings of each output explain

  double beyond_rounding() const { return std::max(difference - rounding, 0.0); }
  /// Less is left unexplained; if nothing is, less had to be explained.
  bool agrees_better_than(const LineDifference& other) const {
    return std::pair(beyond_rounding(), rounding) <
           std::pair(other.beyond_rounding(), other.rounding);
  }
};

inline LineDifference compare_slopes(const std::vector<float>& dys,
                                     const std::vector<float>& gradient, const Change& change) {
  constexpr double roundings = 16 * 0x1p-24;
  double found = 0;
  for (std::size_t i = 0; i < dys.size(); ++i) {
    found += double{dys[i]} * (double{change.up[i]} - double{change.down[i]});
  }
  double expected = 0;
  std::vector<double> terms;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    terms.push_back(double{gradient[i]} * change.apart[i]);
    expected += terms.back();
  }
  const double slope = std::max(std::abs(found), size_of(terms));
  if (slope == 0) return {0, 0};
  return {std::abs(found - expected) / slope,
          roundings * size_of(change.up) * size_of(dys) / slope};
}

/// dL/dy for one line: the direction in which the outputs go. So their changes add up, while their
/// roundings, and what corners do to them, do not.
inline std::vector<float> direction_of(const Change& change) {
  std::vector<float> dys;
  for (std::size_t i = 0; i < change.up.size(); ++i) {
    dys.push_back(change.up[i] - change.down[i]);
  }
  const double size = size_of(dys);
  for (float& dy : dys) dy = size == 0 ? 1.0F : static_cast<float>(double{dy} / size);
  return dys;
}

/// A step that is right for one function is too long or too short for another, so of several lengths
/// the one counts that agrees best.
inline LineDifference difference_along(const Dependence& on, const std::vector<double>& line) {
  constexpr double step = 0x1p-9;
  const std::vector<float> dys = direction_of({on, line, step});
  const std::vector<float> gradient = on.pulled_back(dys);
  LineDifference best;
  for (const double h : {step * 8, step, step / 8}) {
    const LineDifference other = compare_slopes(dys, gradient, {on, line, h});
    if (other.agrees_better_than(best)) best = other;
  }
  return best;
}

/// Of several lines the one that agrees worst.
inline LineDifference worst_difference(const Dependence& on, int lines, RandomBits& bits) {
  constexpr double least_size = 0.1;  // of values: biases may be zero
  const double rms = size_of(on.values) / std::sqrt(static_cast<double>(on.values.size()));
  const double scale = std::max(rms, least_size);
  LineDifference worst{0, 0};
  for (int l = 0; l < lines; ++l) {
    std::vector<double> line(on.values.size());
    for (double& v : line) v = draw_uniform(bits) < 0 ? -scale : scale;
    const LineDifference other = difference_along(on, line);
    if (worst.agrees_better_than(other)) worst = other;
  }
  return worst;
}

/// A network that is moved from its parameters and its inputs, and back.
template <class Net, Mode M>
class MovedNetwork {
  using Floats = std::vector<float>;

 public:
  MovedNetwork(const Net& net, const typename Net::InputBatch& xs, std::uint64_t seed)
      : net_(net), xs_(xs), seed_(seed) {}

  Dependence on_input() {
    const auto all = [](const auto& batch) {
      return Floats(batch.data(), batch.data() + batch.size() * batch.example_size);
    };
    return {all(xs_),
            [this](const Floats& values) {
              typename Net::InputBatch moved(xs_.size());
              std::ranges::copy(values, moved.data());
              return outputs(moved);
            },
            [this, all](const Floats& dys) { return all(pull(dys).input_gradient()); }};
  }

  Dependence on(const ParameterSlot& slot) {
    const auto plain = [&slot](const float* stored) {
      Floats values(slot.spec.size());
      unpack(slot, stored, values.data());
      return values;
    };
    return {
        plain(net_.stored_parameters().data()),
        [this, &slot](const Floats& values) {
          const std::span<float> stored = net_.stored_parameters();
          const Floats before(stored.begin(), stored.end());
          pack(slot, values.data(), stored.data());
          Floats ys = outputs(xs_);
          std::ranges::copy(before, stored.begin());
          return ys;
        },
        [this, plain](const Floats& dys) { return plain(pull(dys).gradient().stored().data()); }};
  }

 private:
  /// All outputs, then those of all heads.
  Floats outputs(const typename Net::InputBatch& xs) {
    Floats all;
    const auto append = [&all](const auto& batch) {
      all.insert(all.end(), batch.data(), batch.data() + batch.size() * batch.example_size);
    };
    append(pass_.forward(std::as_const(net_), xs, seed_));
    pass_.heads().for_each([&](std::size_t, const auto& batch) { append(batch); });
    return all;
  }

  /// The gradients, given those of all outputs.
  const Backpropagation<Net, M>& pull(const Floats& dys) {
    const float* from = dys.data();
    const auto take = [&from](auto& batch) {
      const std::size_t count = batch.size() * batch.example_size;
      std::copy_n(from, count, batch.data());
      from += count;
    };
    typename Net::OutputBatch dy(xs_.size());
    typename Net::HeadBatches dheads(xs_.size());
    take(dy);
    dheads.for_each([&](std::size_t, auto& batch) { take(batch); });
    pass_.forward(std::as_const(net_), xs_, seed_);
    pass_.backward(net_, dy, dheads);
    return pass_;
  }

  Net net_;
  typename Net::InputBatch xs_;
  std::uint64_t seed_;
  Backpropagation<Net, M> pass_;
};

inline std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f %%", 100 * share);
  return text;
}

}  // namespace detail

/// Compares `vjp` with differences of the forward pass: along random lines v through the input and
/// through every learned parameter, for the dL/dy that points where the line takes the outputs.
///
///     (L(w + h v) - L(w - h v)) / 2h = <dL/dw, v>,    L = <dL/dy, y>,    v[i] = +-1
///
///     const cx::GradientCheck check = cx::check_gradient(net, xs);
///     std::cout << check.text();
///
/// A difference is relative to the larger of the slope and |dL/dw|, which is to be expected of it.
/// A gradient that is missing, of the wrong sign or twice as large differs by 50 % or more; one wrong
/// element among n by about its error / sqrt(n): check small shapes, and every option of a layer.
///
/// Works for any network, in training unless `check_gradient<Mode::inference>`; heads take part. The
/// network stays as it is.
///
/// Shapes     xs: N examples of input_shape; a few are enough
/// Cost       9 forward passes and a backward one over the batch for each line and parameter
/// Accuracy   outputs in float, differences in double. What 16 roundings of each output explain is
///            told beside the difference and passes, so that a bias in front of a batch norm does,
///            whose gradient is 0; elsewhere it is some 0.1 % to 2 %. Beyond it, exact gradients of
///            30 small networks of convolutions, batch norm, relu and pools differed by 0.5 % at most.
///            Corners within h of many values make that more: 5 % in 12 convolutions with batch norm
///            and relu, where 2 % of the rows failed. Check parts of such, or give more tolerance
/// Errors     while compiling: a user's layer without vjp. std::invalid_argument as vjp
/// See also   PyTorch's torch.autograd.gradcheck
template <Mode M = Mode::training, class Net>
GradientCheck check_gradient(const Net& net, const typename Net::InputBatch& xs,
                             const GradientCheckOptions& options = {}) {
  detail::RandomBits bits(options.seed);
  detail::MovedNetwork<Net, M> moved(net, xs, options.seed);
  GradientCheck out{.rows = {}, .tolerance = options.tolerance};
  const auto compare = [&](std::string name, const detail::Dependence& on) {
    const auto d = detail::worst_difference(on, options.lines, bits);
    const bool passed = d.beyond_rounding() <= options.tolerance;
    out.rows.push_back({std::move(name), on.values.size(), d.difference, d.rounding, passed});
    out.passed = out.passed && passed;
  };
  compare("input", moved.on_input());
  for (const detail::ParameterSlot& slot : Net::blueprint().parameters) {
    if (!slot.spec.learned) continue;
    compare(detail::parameter_name(slot, Net::blueprint().scopes), moved.on(slot));
  }
  return out;
}

inline std::string GradientCheck::text() const {
  detail::Table table({"Gradient", "Values", "Difference", "Rounding", ""}, 1);
  for (const GradientDifference& row : rows) {
    table.add({row.name, detail::grouped(static_cast<long long>(row.values)),
               detail::percent(row.difference), detail::percent(row.rounding),
               row.passed ? "" : "wrong"});
  }
  return table.text() + (passed ? "Passed" : "Failed") + ": differences beyond rounding may be " +
         detail::percent(tolerance) + "\n" + table.rule();
}

}  // namespace convexpr
