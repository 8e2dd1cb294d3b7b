// Scratch lies where nothing else does at that time, for batches of any size.
#define BOOST_TEST_MODULE network_scratch
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/vjp.hpp>
#include <convexpr/simd/vector.hpp>

namespace cx = convexpr;

namespace {

template <int Out, int Kernel>
constexpr auto convolution = cx::conv2d<Out, {.kernel = Kernel, .padding = Kernel / 2}>;

constexpr auto tower = convolution<32, 3> | cx::relu | convolution<48, 5> | cx::relu |
                       cx::max_pool2d<{.kernel = 2}> | convolution<64, 3> | cx::group_norm<4> |
                       cx::residual(convolution<64, 3> | cx::relu | convolution<64, 3>) | cx::relu;

using Architecture = std::remove_cv_t<decltype(tower)>;
constexpr cx::Shape shape = cx::shape(16, 36, 44);

template <cx::graph::Purpose For>
using Executor = cx::detail::Executor<cx::graph::plan<Architecture, shape, For>,
                                      cx::detail::blueprint<Architecture, shape>>;

template <cx::graph::Purpose For>
void check(std::size_t examples) {
  using Run = Executor<For>;
  const auto& plan = cx::graph::plan<Architecture, shape, For>;
  int steps = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const cx::graph::Step& s = plan.steps[i];
    const std::size_t floats = cx::detail::scratch_of(s, static_cast<int>(examples), Run::constant);
    if (floats == 0) continue;
    ++steps;
    const std::size_t begin = Run::places.offsets[i].scratch * examples;
    BOOST_TEST(begin % 16 == 0U);
    BOOST_TEST(begin + floats <= Run::arena_floats(examples));
    for (const cx::graph::Block& b : plan.arrays) {
      if (s.time < b.first || s.time > b.last) continue;
      const bool apart =
          begin + floats <= b.offset * examples || (b.offset + b.size) * examples <= begin;
      BOOST_TEST(apart, "step " << i << " with " << examples << " examples");
    }
  }
  BOOST_TEST(steps > 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(in_inference) { check<cx::graph::Purpose{.lanes = cx::simd::lanes}>(1); }

BOOST_AUTO_TEST_CASE(in_training) {
  constexpr cx::graph::Purpose training{cx::Mode::training, true, true, cx::simd::lanes};
  for (const std::size_t examples : {1U, 2U, 3U, 5U, 8U, 33U}) check<training>(examples);
}
