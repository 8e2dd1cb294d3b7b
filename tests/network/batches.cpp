// Inference on batches: each example has the bits that it has alone, however many go through the plan
// together and whatever ran before.
#define BOOST_TEST_MODULE batches
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>
#include <convexpr/train/initialize.hpp>
#include <cstring>

#include "../support/check_network.hpp"

namespace cx = convexpr;

namespace {

// More weights than a second-level cache keeps: several examples at a time.
constexpr auto many_weights =
    cx::conv2d<70, {.kernel = 3, .padding = 1}> | cx::relu |
    cx::max_pool2d<{.kernel = 3, .stride = 2, .padding = 1}> | cx::conv2d<90, {.kernel = 1}> |
    cx::sigmoid | cx::conv2d<130, {.kernel = 3, .padding = 1}> | cx::relu | cx::flatten |
    cx::linear<250> | cx::tanh | cx::linear<9> | cx::softmax;
constexpr auto few_weights =
    cx::conv2d<9, {.kernel = 3, .stride = 2}> | cx::relu | cx::flatten | cx::linear<5>;

template <class Architecture, class In>
using Executor =
    cx::detail::Executor<cx::graph::plan<std::remove_cv_t<Architecture>, In::shape,
                                         cx::graph::Purpose{.lanes = cx::simd::lanes}>,
                         cx::detail::blueprint<std::remove_cv_t<Architecture>, In::shape>>;
using In = cx::Input<19, 9, 11>;
static_assert(Executor<decltype(many_weights), In>::examples_together == 4);
static_assert(Executor<decltype(few_weights), In>::examples_together == 1);

template <class Architecture>
void check(Architecture) {
  using Net = cx::Network<Architecture, In>;
  Net net;
  cx::initialize(net, {.seed = 3});
  constexpr std::size_t most = 11;
  typename Net::InputBatch xs(most);
  std::vector<typename Net::OutputTensor> alone;
  for (std::size_t n = 0; n < most; ++n) {
    for (std::size_t i = 0; i < Net::InputBatch::example_size; ++i) {
      xs[n].data()[i] = static_cast<float>((n * 131 + i * 7919) % 1009) / 500.0F - 1.0F;
    }
    alone.push_back(net.forward(xs[n]));
  }
  for (const std::size_t count : {1U, 4U, 3U, 11U, 6U, 0U, 9U}) {
    typename Net::InputBatch some(count);
    std::copy_n(xs.data(), count * Net::InputBatch::example_size, some.data());
    const typename Net::OutputBatch& ys = net.forward(some);
    BOOST_REQUIRE_EQUAL(ys.size(), count);
    for (std::size_t n = 0; n < count; ++n) {
      BOOST_TEST(std::memcmp(ys[n].data(), alone[n].data(),
                             sizeof(float) * Net::OutputBatch::example_size) == 0,
                 "example " << n << " of " << count);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(many_weights_come_once_for_several_examples) { check(many_weights); }

BOOST_AUTO_TEST_CASE(few_weights_stay_for_one_example_after_the_other) { check(few_weights); }
