#define BOOST_TEST_MODULE fit
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/layers/layers.hpp>
#include <convexpr/train/fit.hpp>
#include <convexpr/train/initialize.hpp>
#include <convexpr/train/metrics.hpp>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <vector>

namespace cx = convexpr;

namespace {

long allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// Everything that a step runs through: both passes of each kind of layer of a small network.
constexpr auto chain = cx::conv2d<6, {.kernel = 3, .padding = 1}> | cx::batch_norm2d<> | cx::relu |
                       cx::max_pool2d<{.kernel = 2}> | cx::flatten | cx::dropout<0.25F> |
                       cx::linear<3>;
using Net = cx::Network<decltype(chain), cx::Input<1, 6, 5>>;
using Data = cx::Dataset<1, 6, 5>;

/// A bright row, a bright column or a bright diagonal, somewhere, under noise.
Data strokes(std::size_t count, std::uint64_t seed = 1) {
  cx::detail::RandomBits bits(seed);
  Data dataset{.images = cx::Batch<float, 1, 6, 5>(count), .labels = {}};
  for (std::size_t n = 0; n < count; ++n) {
    const int kind = static_cast<int>(n % 3);
    const int place = static_cast<int>(bits() % 5);
    for (int i = 0; i < 6; ++i) {
      for (int j = 0; j < 5; ++j) {
        const bool lit = kind == 0 ? i == place : kind == 1 ? j == place : i == (j + place) % 6;
        dataset.images[n](0, i, j) =
            (lit ? 1.0F : 0.0F) + 0.2F * static_cast<float>(cx::detail::draw_uniform(bits));
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

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

BOOST_AUTO_TEST_CASE(a_separable_problem_is_learned) {
  Net net = initialized();
  const Data test = strokes(150, 2);
  BOOST_TEST(cx::accuracy(net, test) < 0.7);
  const auto reports =
      cx::fit(net, strokes(300),
              {.epochs = 12, .batch_size = 16, .sgd = {.learning_rate = 0.05F, .momentum = 0.9F}});
  BOOST_TEST(reports.back().loss < 0.2 * reports.front().loss);
  BOOST_TEST(reports.back().train_accuracy > 0.95);
  BOOST_TEST(cx::accuracy(net, test) > 0.97);
}

BOOST_AUTO_TEST_CASE(one_seed_gives_the_same_parameters_bit_for_bit_and_another_seed_others) {
  const Data data = strokes(50);
  const auto train = [&](std::uint64_t seed) {
    Net net = initialized();
    cx::fit(net, data,
            {.epochs = 3,
             .batch_size = 16,
             .sgd = {.learning_rate = 0.1F, .momentum = 0.9F},
             .seed = seed});
    return cx::state_dict(net);
  };
  const auto first = train(7);
  BOOST_TEST((train(7) == first));
  BOOST_TEST((train(8) != first));
}

BOOST_AUTO_TEST_CASE(full_batches_descend_like_logistic_regression_by_hand) {
  using Regression = cx::Network<cx::Sequential<cx::Flatten, cx::Linear<3>>, cx::Input<1, 6, 5>>;
  constexpr std::size_t count = 21;
  constexpr double rate = 0.5;
  const Data data = strokes(count);
  Regression net;
  const auto reports =
      cx::fit(net, data,
              {.epochs = 4, .batch_size = 100, .sgd = {.learning_rate = static_cast<float>(rate)}});
  std::vector<double> w(3 * 30);
  std::vector<double> b(3);
  for (const cx::EpochReport& report : reports) {
    std::vector<double> dw(3 * 30);
    std::vector<double> db(3);
    double loss = 0;
    for (std::size_t n = 0; n < count; ++n) {
      const float* x = data.images[n].data();
      std::vector<double> chances(b);
      for (std::size_t i = 0; i < 90; ++i) chances[i / 30] += w[i] * x[i % 30];
      double sum = 0;
      for (double& c : chances) sum += c = std::exp(c);
      const auto label = static_cast<std::size_t>(data.labels[n]);
      loss -= std::log(chances[label] / sum) / count;
      for (std::size_t k = 0; k < 3; ++k) {
        const double slope = (chances[k] / sum - (k == label ? 1 : 0)) / count;
        db[k] += slope;
        for (std::size_t i = 0; i < 30; ++i) dw[30 * k + i] += slope * x[i];
      }
    }
    BOOST_TEST(std::abs(report.loss - loss) < 1e-6);
    for (std::size_t i = 0; i < 90; ++i) w[i] -= rate * dw[i];
    for (std::size_t k = 0; k < 3; ++k) b[k] -= rate * db[k];
  }
  const auto dict = cx::state_dict(net);
  for (std::size_t i = 0; i < 90; ++i) BOOST_TEST(std::abs(w[i] - dict[0].values[i]) < 1e-6);
  for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(std::abs(b[k] - dict[1].values[k]) < 1e-6);
}

BOOST_AUTO_TEST_CASE(no_step_after_the_first_allocates) {
  Net net = initialized();
  const Data data = strokes(50);  // batches of 16, 16, 16 and 2
  long known = -1;
  long during_steps = 0;
  int steps = 0;
  const cx::Observers count{[&](const cx::BatchReport&) {
                              if (known >= 0) during_steps += allocations - known;
                              known = allocations;
                              ++steps;
                            },
                            [&](const cx::EpochReport&) { known = allocations; }};
  const cx::FitOptions options{.epochs = 3,
                               .batch_size = 16,
                               .sgd = {.momentum = 0.9F, .nesterov = true},
                               .schedule = cx::cosine_decay(3)};
  const long before = allocations;
  cx::fit(net, data, options, count);
  BOOST_TEST(allocations > before);
  BOOST_TEST(steps == 12);
  BOOST_TEST(during_steps == 0);
}

BOOST_AUTO_TEST_CASE(an_observer_hears_of_every_step_and_every_epoch_in_turn) {
  Net net = initialized();
  std::vector<cx::BatchReport> steps;
  std::vector<cx::EpochReport> epochs;
  const auto reports = cx::fit(net, strokes(50), {.epochs = 2, .batch_size = 16},
                               cx::Observers{[&](const cx::BatchReport& r) { steps.push_back(r); },
                                             [&](const cx::EpochReport& r) {
                                               epochs.push_back(r);
                                               BOOST_TEST(steps.size() == 4 * epochs.size());
                                             }});
  BOOST_REQUIRE(steps.size() == 8U);
  BOOST_REQUIRE(epochs.size() == 2U);
  BOOST_REQUIRE(reports.size() == 2U);
  for (std::size_t e = 0; e < 2; ++e) {
    double loss = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const cx::BatchReport& r = steps[4 * e + i];
      BOOST_TEST(r.epoch == static_cast<int>(e + 1));
      BOOST_TEST(r.batch == i + 1);
      BOOST_TEST(r.batches == 4U);
      loss += r.loss * (i < 3 ? 16 : 2) / 50;
    }
    BOOST_TEST(epochs[e].epoch == static_cast<int>(e + 1));
    BOOST_TEST(std::abs(epochs[e].loss - loss) < 1e-14);
    BOOST_TEST(epochs[e].seconds > 0);
    BOOST_TEST(std::abs(epochs[e].images_per_second * epochs[e].seconds - 50) < 1e-9);
    BOOST_TEST(reports[e].loss == epochs[e].loss);
  }
}

BOOST_AUTO_TEST_CASE(one_function_for_one_of_the_reports_is_an_observer) {
  Net net = initialized();
  int steps = 0;
  int epochs = 0;
  cx::fit(net, strokes(20), {}, [&](const cx::BatchReport&) { ++steps; });
  cx::fit(net, strokes(20), {.epochs = 2}, [&](const cx::EpochReport&) { ++epochs; });
  BOOST_TEST(steps == 1);
  BOOST_TEST(epochs == 2);
  static_assert(!cx::FitObserver<int> && !cx::FitObserver<void (*)(double)>);
}

BOOST_AUTO_TEST_CASE(the_schedule_is_asked_before_every_step_and_multiplies_the_rate) {
  Net net = initialized();
  const auto before = net.stored_parameters().first(Net::blueprint().learned_floats);
  const std::vector<float> kept(before.begin(), before.end());
  std::vector<double> asked;
  cx::fit(net, strokes(50), {.epochs = 2, .batch_size = 16, .schedule = [&](double epoch) {
                               asked.push_back(epoch);
                               return 0.0;
                             }});
  const std::vector<double> expected = {0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75};
  BOOST_TEST(asked == expected, boost::test_tools::per_element());
  BOOST_TEST(std::vector<float>(before.begin(), before.end()) == kept,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(data_that_do_not_fit_are_refused) {
  Net net = initialized();
  Data data = strokes(5);
  BOOST_CHECK_THROW(cx::fit(net, strokes(0)), std::invalid_argument);
  BOOST_CHECK_THROW(cx::fit(net, data, {.batch_size = 0}), std::invalid_argument);
  data.labels.back() = 3;
  BOOST_CHECK_THROW(cx::fit(net, data), std::invalid_argument);
  data.labels.pop_back();
  BOOST_CHECK_THROW(cx::fit(net, data), std::invalid_argument);
}
