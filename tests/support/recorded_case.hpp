// One layer against what PyTorch computed for it in double precision.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/io/safetensors_file.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/vjp.hpp>
#include <cstddef>
#include <iostream>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "assets.hpp"

namespace support {

namespace cx = convexpr;

/// The largest error of each kind of layer, printed when the program ends.
struct LargestErrors {
  static inline std::map<std::string, double> by_kind;

  ~LargestErrors() {
    for (const auto& [kind, error] : by_kind) {
      std::cout << "largest relative error of " << kind << ": " << error << "\n";
    }
  }
};

/// A file of the folder layers/: x, y, dy, dx, each with the batch first, every parameter P and its
/// gradient d.P, running statistics as they were before the step.
class RecordedCase {
 public:
  RecordedCase(const std::string& name, std::string kind)
      : kind_(std::move(kind)), name_(kind_ + " " + name) {
    for (cx::NamedTensor& t : cx::read_safetensors(assets("layers") / (name + ".safetensors"))) {
      tensors_[t.name] = std::move(t);
    }
  }

  bool has(const std::string& tensor) const { return tensors_.contains(tensor); }
  const cx::NamedTensor& at(const std::string& tensor) const {
    BOOST_REQUIRE_MESSAGE(has(tensor), name_ << " has no tensor " << tensor);
    return tensors_.at(tensor);
  }

  template <class Batch>
  Batch batch(const std::string& tensor) const {
    const std::vector<float>& values = at(tensor).values;
    Batch out(at(tensor).shape.at(0));
    BOOST_REQUIRE_EQUAL(values.size(), out.size() * Batch::example_size);
    std::copy(values.begin(), values.end(), out.data());
    return out;
  }

  /// Within 2e-5 of the largest magnitude in the tensor: float's rounding of sums of some thousand
  /// products.
  void check(std::span<const float> found, const std::string& tensor) const {
    const std::vector<float>& expected = at(tensor).values;
    BOOST_REQUIRE_EQUAL(found.size(), expected.size());
    double largest = 0;
    double worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto e = static_cast<double>(expected[i]);
      largest = std::max(largest, std::abs(e));
      const double error = std::abs(static_cast<double>(found[i]) - e);
      worst = error <= worst ? worst : error;  // NaN stays
    }
    const double relative = largest == 0 ? worst : worst / largest;
    BOOST_CHECK_MESSAGE(relative <= 2e-5, name_ << ": " << tensor << " is " << relative
                                                << " of its largest magnitude off");
    double& record = LargestErrors::by_kind[kind_];
    record = std::max(record, relative);
  }

 private:
  std::string kind_;
  std::string name_;
  std::map<std::string, cx::NamedTensor> tensors_;
};

/// Values and gradients of the case called `name`.
template <class Layer, class In, cx::Mode M>
void check_recorded(const std::string& name) {
  using Net = cx::Network<Layer, In>;
  const RecordedCase recorded(name, std::string(Net::layers[0].kind));
  Net net;
  std::vector<cx::NamedTensor> dict = cx::state_dict(net);
  for (cx::NamedTensor& t : dict) t = recorded.at(t.name);
  cx::load_state_dict(net, dict);
  const auto xs = recorded.batch<typename Net::InputBatch>("x");
  const auto dys = recorded.batch<typename Net::OutputBatch>("dy");
  const auto [ys, dxs, gradient] = cx::vjp<M>(net, xs, dys);
  recorded.check({ys.data(), ys.size() * ys.example_size}, "y");
  recorded.check({dxs.data(), dxs.size() * dxs.example_size}, "dx");
  for (const cx::NamedTensor& t : cx::state_dict(gradient)) {
    recorded.check(t.values, "d." + t.name);
  }
  if constexpr (M == cx::Mode::inference) {
    const auto& same = net.forward(xs);
    recorded.check({same.data(), same.size() * same.example_size}, "y");
  }
}

}  // namespace support
