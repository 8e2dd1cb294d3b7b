// One check for every network: values and gradients against the oracle in reference.hpp.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/network/vjp.hpp>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "oracle.hpp"

namespace support {

namespace cx = convexpr;

/// Uniform numbers, the same with every standard library.
class Numbers {
 public:
  explicit Numbers(std::uint32_t seed) : bits_(seed) {}
  /// From -1 to 1.
  float next() { return static_cast<float>(static_cast<double>(bits_()) * 0x1p-31 - 1); }
  void fill(std::span<float> values) {
    for (float& v : values) v = next();
  }

 private:
  std::mt19937 bits_;
};

/// Values for every parameter that keep what flows through a network about as large as its input.
inline std::vector<cx::NamedTensor> random_parameters(std::vector<cx::NamedTensor> dict,
                                                      Numbers& numbers) {
  for (cx::NamedTensor& t : dict) {
    const std::size_t fan_in = t.shape.size() > 1 ? t.values.size() / t.shape[0] : 4;
    const float scale = std::sqrt(3.0F / static_cast<float>(fan_in));
    for (float& v : t.values) {
      v = t.name.ends_with("running_var") ? 1.5F + numbers.next() : numbers.next() * scale;
    }
    if (t.shape.size() == 1 && t.name.ends_with("weight")) {
      for (float& v : t.values) v += v < 0 ? -0.5F : 0.5F;
    }
  }
  return dict;
}

inline reference::Values doubles(std::span<const float> values) {
  return {values.begin(), values.end()};
}

template <class Batch>
std::span<const float> all_of(const Batch& batch) {
  return {batch.data(), batch.size() * Batch::example_size};
}

/// Rounding of a network of a few layers: a few times what one sum of products loses.
inline constexpr double tolerance = 1e-5;

/// Compares within `tolerance` of the largest expected magnitude, or of `least` where all are
/// smaller: what cancels to zero is as exact as its terms.
inline void check_close(std::span<const float> found, const reference::Values& expected,
                        const std::string& what, double least = 0.1) {
  BOOST_REQUIRE_EQUAL(found.size(), expected.size());
  double largest = least;
  for (const double e : expected) largest = std::max(largest, std::abs(e));
  double worst = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(static_cast<double>(found[i]) - expected[i]) / largest;
    if (!(error <= worst)) {
      worst = error;
      at = i;
    }
    if (std::isnan(error)) break;
  }
  BOOST_CHECK_MESSAGE(worst <= tolerance, what << ": element " << at << " of " << expected.size()
                                               << " is " << found[at] << ", not " << expected[at]
                                               << " (error " << worst << " of " << largest << ")");
}

/// The oracle's own derivative against central differences of its values, along one direction that
/// changes the input and every parameter.
inline void check_slope(const cx::graph::Graph& graph, const std::vector<cx::NamedTensor>& dict,
                        cx::Mode mode, const reference::Values& x, int examples,
                        const reference::Values& dy, Numbers& numbers,
                        const std::vector<reference::Values>& dheads = {}) {
  constexpr double step = 1e-6;
  reference::Oracle model(graph, dict, mode);
  model.forward(x, examples);
  model.backward(dy, dheads);
  reference::Oracle plus(graph, dict, mode);
  reference::Oracle minus(graph, dict, mode);
  double expected = 0;
  double size = 0;
  const auto move = [&](double& up, double& down, double gradient) {
    const auto direction = static_cast<double>(numbers.next());
    up += step * direction;
    down -= step * direction;
    expected += gradient * direction;
    size += std::abs(gradient * direction);
  };
  reference::Values x_plus = x;
  reference::Values x_minus = x;
  for (std::size_t i = 0; i < x.size(); ++i) move(x_plus[i], x_minus[i], model.input_gradient()[i]);
  for (const cx::NamedTensor& t : dict) {
    if (t.name.find("running_") != std::string::npos) continue;
    for (std::size_t i = 0; i < t.values.size(); ++i) {
      move(plus.parameters()[t.name][i], minus.parameters()[t.name][i], model.gradient(t.name)[i]);
    }
  }
  const reference::Values& y_plus = plus.forward(x_plus, examples);
  const reference::Values& y_minus = minus.forward(x_minus, examples);
  double slope = 0;
  for (std::size_t i = 0; i < dy.size(); ++i) {
    slope += dy[i] * (y_plus[i] - y_minus[i]) / (2 * step);
  }
  for (std::size_t h = 0; h < dheads.size(); ++h) {
    for (std::size_t i = 0; i < dheads[h].size(); ++i) {
      slope += dheads[h][i] * (plus.head(h)[i] - minus.head(h)[i]) / (2 * step);
    }
  }
  BOOST_CHECK_MESSAGE(std::abs(slope - expected) <= 1e-7 * (size + 1),
                      "the oracle's slope is " << slope << ", its gradient says " << expected);
}

/// A network with random parameters, and all that is compared of it.
template <class Architecture, class In>
class Subject {
 public:
  using Net = cx::Network<Architecture, In>;

  explicit Subject(std::uint32_t seed) : numbers_(seed) {
    cx::load_state_dict(net_, random_parameters(cx::state_dict(net_), numbers_));
  }

  /// Example by example and as a batch, in inference mode.
  void check_forward(std::size_t examples) {
    const typename Net::InputBatch xs = random_batch<typename Net::InputBatch>(examples);
    reference::Oracle model(graph(), cx::state_dict(net_), cx::Mode::inference);
    model.forward(doubles(all_of(xs)), static_cast<int>(examples));
    const typename Net::OutputBatch ys = net_.forward(xs);
    check_close(all_of(ys), model.output(), about("y", examples));
    for (std::size_t n = 0; n < examples; ++n) {
      const auto& y = net_.forward(xs[n]);
      BOOST_CHECK_MESSAGE(std::equal(y.begin(), y.end(), ys[n].begin()),
                          "example " << n << " alone is not what it is in the batch");
    }
  }

  /// Outputs, gradients and running statistics.
  template <cx::Mode M>
  void check_vjp(std::size_t examples) {
    const typename Net::InputBatch xs = random_batch<typename Net::InputBatch>(examples);
    const typename Net::OutputBatch dys = random_batch<typename Net::OutputBatch>(examples);
    typename Net::HeadBatches dheads(examples);
    std::vector<reference::Values> dheads_of_oracle;
    dheads.for_each([&](std::size_t, auto& batch) {
      batch = random_batch<std::remove_cvref_t<decltype(batch)>>(examples);
      dheads_of_oracle.push_back(doubles(all_of(batch)));
    });
    const std::vector<cx::NamedTensor> before = cx::state_dict(net_);
    reference::Oracle model(graph(), before, M);
    model.forward(doubles(all_of(xs)), static_cast<int>(examples));
    model.backward(doubles(all_of(dys)), dheads_of_oracle);
    const auto [ys, dxs, gradient, heads] = cx::vjp<M>(net_, xs, dys, dheads);
    heads.for_each([&](std::size_t h, const auto& batch) {
      check_close(all_of(batch), model.head(h), about("a head", examples));
    });
    check_close(all_of(ys), model.output(), about("vjp's y", examples));
    check_close(all_of(dxs), model.input_gradient(), about("dx", examples));
    for (const cx::NamedTensor& t : cx::state_dict(gradient)) {
      const std::string what = about("gradient of " + t.name, examples);
      check_close(t.values, model.gradient(t.name), what, 1.0);  // a sum over pixels and examples
    }
    for (const cx::NamedTensor& t : cx::state_dict(net_)) {
      check_close(t.values, model.parameters()[t.name], about("afterwards, " + t.name, examples));
    }
    check_slope(graph(), before, M, doubles(all_of(xs)), static_cast<int>(examples),
                doubles(all_of(dys)), numbers_, dheads_of_oracle);
  }

  /// A constant network gives the same and stays as it is.
  void check_constant(std::size_t examples) {
    const typename Net::InputBatch xs = random_batch<typename Net::InputBatch>(examples);
    const typename Net::OutputBatch dys = random_batch<typename Net::OutputBatch>(examples);
    const std::vector<cx::NamedTensor> before = cx::state_dict(net_);
    const Net& constant = net_;
    const auto kept = cx::vjp<cx::Mode::training>(constant, xs, dys);
    BOOST_CHECK(cx::state_dict(net_) == before);
    const auto changed = cx::vjp<cx::Mode::training>(net_, xs, dys);
    BOOST_CHECK(kept.ys == changed.ys && kept.dxs == changed.dxs);
  }

 private:
  static cx::graph::Graph graph() {
    return cx::graph::build<std::remove_cv_t<Architecture>>(In::shape);
  }

  static std::string about(const std::string& what, std::size_t examples) {
    return what + " of " + std::to_string(examples);
  }

  template <class Batch>
  Batch random_batch(std::size_t examples) {
    Batch batch(examples);
    numbers_.fill({batch.data(), examples * Batch::example_size});
    return batch;
  }

  Numbers numbers_;
  Net net_;
};

/// Checks a network forward and backward, for one, three and five examples; in both modes where
/// they differ.
template <class In, class Architecture>
void check(Architecture, std::uint32_t seed = 1) {
  Subject<Architecture, In> subject(seed);
  constexpr bool modes_differ = [] {
    for (const cx::LayerRow& row : Subject<Architecture, In>::Net::layers) {
      if (row.kind == "BatchNorm2d") return true;
    }
    return false;
  }();
  for (const std::size_t examples : {1U, 3U, 5U}) {
    subject.check_forward(examples);
    subject.template check_vjp<cx::Mode::training>(examples);
    if constexpr (modes_differ) subject.template check_vjp<cx::Mode::inference>(examples);
  }
  if constexpr (modes_differ) subject.check_constant(3);
}

}  // namespace support
