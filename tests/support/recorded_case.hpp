// One layer against what PyTorch computed for it in double precision.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/io/safetensors_file.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/vjp.hpp>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace support {

namespace cx = convexpr;

/// The largest errors of one kind of layer, relative to the largest magnitude in each tensor.
struct RecordedErrors {
  int cases = 0;
  double y = 0;
  double dx = 0;
  double parameters = 0;  // of the gradients of parameters
};

/// The errors by kind, written to the file CONVEXPR_ORACLE_ERRORS when the program ends; a report
/// of all programs together is made of these.
struct ErrorsByKind {
  static inline std::map<std::string, RecordedErrors> of;

  ~ErrorsByKind() {
    std::ofstream file(CONVEXPR_ORACLE_ERRORS);
    for (const auto& [kind, e] : of) {
      file << kind << ' ' << e.cases << ' ' << e.y << ' ' << e.dx << ' ' << e.parameters << '\n';
    }
  }
};

/// A file beside cases.json: x, y, dy, dx, each with the batch first, every parameter P and its
/// gradient d.P, running statistics as they were before the step.
class RecordedCase {
 public:
  RecordedCase(const std::string& name, std::string kind)
      : kind_(std::move(kind)), name_(kind_ + " " + name) {
    for (cx::NamedTensor& t : cx::read_safetensors(folder() / (name + ".safetensors"))) {
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
  /// products. `worst_so_far` learns of the error.
  void check(std::span<const float> found, const std::string& tensor, double& worst_so_far) const {
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
    worst_so_far = std::max(worst_so_far, relative);
  }

  /// What becomes of the errors of this layer's kind.
  RecordedErrors& errors() const { return ErrorsByKind::of[kind_]; }

 private:
  static std::filesystem::path folder() { return std::getenv("CONVEXPR_ORACLE_DIR"); }

  std::string kind_;
  std::string name_;
  std::map<std::string, cx::NamedTensor> tensors_;
};

/// Shapes, values and gradients of the case called `name`.
template <class Layer, class In, cx::Mode M>
void check_recorded(const std::string& name, cx::Shape output, long long parameter_count) {
  using Net = cx::Network<Layer, In>;
  const RecordedCase recorded(name, std::string(Net::layers[0].kind));
  BOOST_REQUIRE(Net::output_shape == output);
  BOOST_CHECK_EQUAL(Net::parameter_count, parameter_count);
  Net net;
  std::vector<cx::NamedTensor> dict = cx::state_dict(net);
  for (cx::NamedTensor& t : dict) t = recorded.at(t.name);
  cx::load_state_dict(net, dict);
  const auto xs = recorded.batch<typename Net::InputBatch>("x");
  const auto dys = recorded.batch<typename Net::OutputBatch>("dy");
  const auto [ys, dxs, gradient] = cx::vjp<M>(net, xs, dys);
  RecordedErrors& errors = recorded.errors();
  ++errors.cases;
  recorded.check({ys.data(), ys.size() * ys.example_size}, "y", errors.y);
  recorded.check({dxs.data(), dxs.size() * dxs.example_size}, "dx", errors.dx);
  for (const cx::NamedTensor& t : cx::state_dict(gradient)) {
    recorded.check(t.values, "d." + t.name, errors.parameters);
  }
  if constexpr (M == cx::Mode::inference) {
    const auto& same = net.forward(xs);
    recorded.check({same.data(), same.size() * same.example_size}, "y", errors.y);
  }
}

}  // namespace support
