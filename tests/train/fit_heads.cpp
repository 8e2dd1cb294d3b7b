// Training with side outputs: their losses count, and their parameters learn.
#define BOOST_TEST_MODULE fit_heads
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/fit.hpp>
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/metrics.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/count_allocations.hpp"

namespace cx = convexpr;

namespace {

constexpr auto classes = cx::global_avg_pool2d | cx::flatten | cx::linear<3>;
constexpr auto chain = cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::relu |
                       cx::head<"early">(cx::batch_norm2d<> | classes) |
                       cx::shared<"step">(cx::conv2d<6, {.kernel = 3, .padding = 1}>) | cx::relu |
                       cx::shared<"step">(cx::conv2d<6, {.kernel = 3, .padding = 1}>) | cx::relu |
                       cx::head<"late">(classes) | cx::flatten | cx::linear<3>;
using Net = cx::Network<decltype(chain), cx::Input<1, 6, 5>>;
using Data = cx::Dataset<1, 6, 5>;

/// A bright row, a bright column or two bright pixels, somewhere, under noise.
Data strokes(std::size_t count) {
  cx::detail::RandomBits bits(1);
  Data dataset{.images = cx::Batch<float, 1, 6, 5>(count), .labels = {}};
  for (std::size_t n = 0; n < count; ++n) {
    const int kind = static_cast<int>(n % 3);
    const int place = static_cast<int>(bits() % 5);
    for (int i = 0; i < 6; ++i) {
      for (int j = 0; j < 5; ++j) {
        const bool lit = kind == 0 ? i == place : kind == 1 ? j == place : i == j && i / 2 == 1;
        dataset.images[n](0, i, j) =
            (lit ? 1.0F : 0.0F) + 0.1F * static_cast<float>(cx::detail::draw_uniform(bits));
      }
    }
    dataset.labels.push_back(kind);
  }
  return dataset;
}

Net initialized() {
  Net net;
  cx::initialize(net, {.seed = 3});
  return net;
}

std::vector<float> values_of(const Net& net, const std::string& name) {
  for (const cx::NamedTensor& t : cx::state_dict(net)) {
    if (t.name == name) return t.values;
  }
  throw std::out_of_range(name);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_network_with_heads_learns_and_so_do_its_heads) {
  Net net = initialized();
  const Net before = net;
  const auto reports =
      cx::fit(net, strokes(150),
              {.epochs = 12, .batch_size = 16, .sgd = {.learning_rate = 0.1F, .momentum = 0.9F}});
  BOOST_TEST(reports.back().loss < 0.3 * reports.front().loss);
  BOOST_TEST(cx::accuracy(net, strokes(150)) > 0.95);
  for (const char* name : {"early.0.weight", "early.0.running_mean", "early.3.weight",
                           "late.2.weight", "late.2.bias", "step.weight"}) {
    BOOST_TEST((values_of(net, name) != values_of(before, name)), name);
  }
}

BOOST_AUTO_TEST_CASE(a_step_follows_the_weighted_sum_of_the_losses) {
  Net net = initialized();
  Net other = net;
  const Data data = strokes(9);
  const auto reports =
      cx::fit(net, data, {.batch_size = 9, .sgd = {.learning_rate = 0.25F}, .head_weight = 0.5F});
  cx::DataLoader loader(data, {.batch_size = 9});
  Net::InputBatch xs;
  std::vector<int> labels;
  loader.next(xs, labels);
  cx::Backpropagation<Net> pass;
  Net::OutputBatch dys;
  Net::HeadBatches dheads;
  double loss = cx::softmax_cross_entropy(pass.forward(other, xs), labels, dys).value;
  loss += 0.5 * cx::softmax_cross_entropy(pass.head<"early">(), labels, dheads.at<"early">()).value;
  loss += 0.5 * cx::softmax_cross_entropy(pass.head<"late">(), labels, dheads.at<"late">()).value;
  dheads.for_each([](std::size_t, auto& batch) {
    for (std::size_t i = 0; i < batch.size() * batch.example_size; ++i) batch.data()[i] *= 0.5F;
  });
  pass.backward(other, dys, dheads);
  cx::Sgd<Net>(other, {.learning_rate = 0.25F}).step(other, pass.gradient());
  BOOST_TEST(cx::state_dict(net).size() == cx::state_dict(other).size());
  BOOST_TEST((cx::state_dict(net) == cx::state_dict(other)));
  BOOST_TEST(std::abs(reports.front().loss - loss) < 1e-12);
}

BOOST_AUTO_TEST_CASE(heads_of_no_weight_stay_as_they_are) {
  Net net = initialized();
  const Net before = net;
  cx::fit(net, strokes(30), {.batch_size = 10, .sgd = {.learning_rate = 0.1F}, .head_weight = 0});
  BOOST_TEST((values_of(net, "late.2.weight") == values_of(before, "late.2.weight")));
  BOOST_TEST((values_of(net, "step.weight") != values_of(before, "step.weight")));
}

BOOST_AUTO_TEST_CASE(no_step_after_the_first_allocates) {
  Net net = initialized();
  std::vector<long> counts;
  counts.reserve(64);
  const support::AllocationCount allocations;
  cx::fit(net, strokes(60), {.epochs = 2, .batch_size = 16},
          [&](const cx::BatchReport&) { counts.push_back(allocations.count()); });
  BOOST_TEST(counts.size() == 8U);
  BOOST_TEST(counts[0] == counts[3]);
  BOOST_TEST(counts[4] == counts[7]);
}

BOOST_AUTO_TEST_CASE(a_negative_weight_is_refused) {
  Net net = initialized();
  BOOST_CHECK_THROW(cx::fit(net, strokes(9), {.head_weight = -1}), std::invalid_argument);
}
