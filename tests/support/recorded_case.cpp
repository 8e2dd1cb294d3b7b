// The one place where the comparison with recorded cases is compiled.
#include "recorded_case.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/io/safetensors_file.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace support {

namespace {

/// The largest errors of one kind of layer, relative to the largest magnitude in each tensor.
struct RecordedErrors {
  int cases = 0;
  double y = 0;
  double dx = 0;
  double parameters = 0;  // of the gradients of parameters
};

std::map<std::string, RecordedErrors>& errors_by_kind() {
  static std::map<std::string, RecordedErrors> errors;
  return errors;
}

class RecordedCase {
 public:
  RecordedCase(const std::string& name, const std::string& kind) : name_(kind + " " + name) {
    const std::filesystem::path folder = std::getenv("CONVEXPR_ORACLE_DIR");
    for (cx::NamedTensor& t : cx::read_safetensors(folder / (name + ".safetensors"))) {
      tensors_[t.name] = std::move(t);
    }
  }

  const cx::NamedTensor& at(const std::string& tensor) const {
    BOOST_REQUIRE_MESSAGE(tensors_.contains(tensor), name_ << " has no tensor " << tensor);
    return tensors_.at(tensor);
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

 private:
  std::string name_;
  std::map<std::string, cx::NamedTensor> tensors_;
};

}  // namespace

void write_recorded_errors(const std::string& file) {
  std::ofstream out(file);
  for (const auto& [kind, e] : errors_by_kind()) {
    out << kind << ' ' << e.cases << ' ' << e.y << ' ' << e.dx << ' ' << e.parameters << '\n';
  }
}

void check_recorded(NetworkUnderTest& net, cx::Mode mode, const std::string& name,
                    const std::string& kind, const LayerFacts& found, const LayerFacts& expected) {
  const RecordedCase recorded(name, kind);
  BOOST_REQUIRE(found.output_shape == expected.output_shape);
  BOOST_CHECK_EQUAL(found.parameter_count, expected.parameter_count);
  std::vector<cx::NamedTensor> dict = net.parameters();
  for (cx::NamedTensor& t : dict) t = recorded.at(t.name);
  net.load(dict);
  const std::vector<float>& xs = recorded.at("x").values;
  const std::size_t examples = recorded.at("x").shape.at(0);
  BOOST_REQUIRE_EQUAL(xs.size(), examples * net.graph().node(0).op.out.size());
  const PlainVjp pullback = net.vjp(mode, false, xs, recorded.at("dy").values, {});
  RecordedErrors& errors = errors_by_kind()[kind];
  ++errors.cases;
  recorded.check(pullback.ys, "y", errors.y);
  recorded.check(pullback.dxs, "dx", errors.dx);
  for (const cx::NamedTensor& t : pullback.gradient) {
    recorded.check(t.values, "d." + t.name, errors.parameters);
  }
  if (mode == cx::Mode::inference) recorded.check(net.forward(xs, examples), "y", errors.y);
}

}  // namespace support
