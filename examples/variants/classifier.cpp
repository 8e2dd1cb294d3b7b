// The network itself, compiled once for each instruction set.
#include "classifier.hpp"

#include <algorithm>
#include <convexpr/convexpr.hpp>
#include <convexpr/meta/variant.hpp>

namespace cx = convexpr;

namespace {

constexpr auto net = cx::conv2d<12, {.kernel = 3, .padding = 1}> | cx::relu |
                     cx::max_pool2d<{.kernel = 2}> | cx::conv2d<24, {.kernel = 3, .padding = 1}> |
                     cx::relu | cx::max_pool2d<{.kernel = 2}> | cx::flatten | cx::linear<10>;
using Net = cx::Network<decltype(net), cx::Input<1, 28, 28>>;

class NetworkClassifier final : public Classifier {
 public:
  NetworkClassifier() { cx::initialize(net_, {.seed = 7}); }

  std::span<const float> scores(std::span<const float, 28 * 28> picture) override {
    std::ranges::copy(picture, x_.data());
    const auto& y = net_.forward(x_);
    return {y.data(), 10};
  }
  int lanes() const override { return cx::simd::lanes; }

 private:
  Net net_;
  cx::Tensor<float, 1, 28, 28> x_;
};

}  // namespace

std::unique_ptr<Classifier> CONVEXPR_VARIANT(make_classifier)() {
  return std::make_unique<NetworkClassifier>();
}
