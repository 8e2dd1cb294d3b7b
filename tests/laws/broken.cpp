// The laws themselves: none overlooks a layer that breaks it.
#define BOOST_TEST_MODULE broken
#include <convexpr/layers/identity.hpp>

#include "../support/laws.hpp"

namespace {

namespace cx = convexpr;
using laws::Law;
using laws::Values;

/// y = x^2 and a bit for the place, the mode and the size of the batch; dx as if y were x^3.
class Outlaw final : public laws::Subject {
 public:
  explicit Outlaw(cx::Shape in) : Subject("outlaw", cx::graph::build<cx::Identity>(in), {}) {}

  Values run(cx::Mode mode, const Values& xs) override {
    Values ys(xs.size());
    for (std::size_t i = 0; i < xs.size(); ++i) {
      ys[i] = xs[i] * xs[i] + 0.1 * static_cast<double>(i + xs.size());
      if (mode == cx::Mode::training) ys[i] += 0.1;
    }
    return ys;
  }
  laws::Pullback pull(cx::Mode mode, const Values& xs, const Values& dys) override {
    Values dxs(xs.size());
    for (std::size_t i = 0; i < xs.size(); ++i) dxs[i] = 3 * xs[i] * xs[i] * dys[i];
    return {run(mode, xs), dxs, {}};
  }
  std::vector<cx::NamedTensor> parameters() const override { return {}; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_law_notices_who_breaks_it) {
  for (const cx::Shape in : {cx::shape(3, 4, 5), cx::shape(3, 5), cx::shape(3)}) {
    Outlaw outlaw(in);
    for (int i = 0; i < laws::law_count; ++i) {
      const auto law = static_cast<Law>(1U << i);
      if (in.rank == 1 && (law == Law::shifts || law == Law::rolls)) continue;
      BOOST_CHECK_MESSAGE(!breaches(outlaw, law, cx::Mode::inference, cx::Mode::training).empty(),
                          "law " << i << " overlooks what breaks it on rank " << in.rank);
    }
  }
}
