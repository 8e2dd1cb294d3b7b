#define BOOST_TEST_MODULE initialize
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/state_dict.hpp>
#include <convexpr/train/initialize.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace cx = convexpr;
using cx::Initialization;

namespace {

// Grouped and not square, with sizes that no vector divides.
constexpr auto chain = cx::named<"conv">(cx::conv2d<12, {.kernel = {3, 5}, .groups = 2}>) |
                       cx::named<"norm">(cx::batch_norm2d<>) | cx::relu | cx::flatten |
                       cx::named<"dense">(cx::linear<37>);
using Net = cx::Network<decltype(chain), cx::Input<6, 7, 9>>;

constexpr double conv_fan_in = 3 * 3 * 5;
constexpr double conv_fan_out = 12 * 3 * 5;
constexpr double dense_fan_in = 12 * 5 * 5;
constexpr double dense_fan_out = 37;

std::vector<float> values(const Net& net, const std::string& name) {
  for (const cx::NamedTensor& t : cx::state_dict(net)) {
    if (t.name == name) return t.values;
  }
  BOOST_FAIL("no tensor " + name);
  return {};
}

Net initialized(Initialization method, std::uint64_t seed = 1) {
  Net net;
  cx::initialize(net, {.seed = seed, .method = method});
  return net;
}

double variance(const std::vector<float>& values) {
  return std::inner_product(values.begin(), values.end(), values.begin(), 0.0) /
         static_cast<double>(values.size());
}

double largest(const std::vector<float>& values) {
  double most = 0;
  for (const float v : values) most = std::max(most, std::abs(static_cast<double>(v)));
  return most;
}

/// All within the bound, some close to it, as many above 0 as below within five deviations, and
/// the variance of a uniform distribution, bound^2/3.
void check_uniform(const std::vector<float>& values, double bound) {
  const auto count = static_cast<double>(values.size());
  BOOST_TEST(largest(values) <= bound * (1 + 1e-7));
  BOOST_TEST(largest(values) > bound * (1 - 10 / count));
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  BOOST_TEST(std::abs(mean) < 5 * bound / std::sqrt(3 * count));
  const double ratio = variance(values) / (bound * bound / 3);
  BOOST_TEST(std::abs(ratio - 1) < 5 * std::sqrt(0.8 / count));  // kurtosis 9/5
}

void check_normal(const std::vector<float>& values, double expected_variance) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  BOOST_TEST(std::abs(mean) < 5 * std::sqrt(expected_variance / count));
  BOOST_TEST(std::abs(variance(values) / expected_variance - 1) < 5 * std::sqrt(2 / count));
  BOOST_TEST(largest(values) > 2.5 * std::sqrt(expected_variance));
}

bool zeros(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float v) { return v == 0; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(pytorch_draws_weights_and_biases_within_one_over_the_root_of_fan_in) {
  const Net net = initialized(Initialization::pytorch);
  check_uniform(values(net, "conv.weight"), 1 / std::sqrt(conv_fan_in));
  check_uniform(values(net, "conv.bias"), 1 / std::sqrt(conv_fan_in));
  check_uniform(values(net, "dense.weight"), 1 / std::sqrt(dense_fan_in));
  check_uniform(values(net, "dense.bias"), 1 / std::sqrt(dense_fan_in));
}

BOOST_AUTO_TEST_CASE(kaiming_keeps_the_variance_of_relus_with_biases_zero) {
  const Net uniform = initialized(Initialization::kaiming_uniform);
  check_uniform(values(uniform, "conv.weight"), std::sqrt(6 / conv_fan_in));
  check_uniform(values(uniform, "dense.weight"), std::sqrt(6 / dense_fan_in));
  const Net normal = initialized(Initialization::kaiming_normal);
  check_normal(values(normal, "conv.weight"), 2 / conv_fan_in);
  check_normal(values(normal, "dense.weight"), 2 / dense_fan_in);
  for (const Net* net : {&uniform, &normal}) {
    BOOST_TEST(zeros(values(*net, "conv.bias")));
    BOOST_TEST(zeros(values(*net, "dense.bias")));
  }
}

BOOST_AUTO_TEST_CASE(xavier_looks_both_ways_with_biases_zero) {
  const Net uniform = initialized(Initialization::xavier_uniform);
  check_uniform(values(uniform, "conv.weight"), std::sqrt(6 / (conv_fan_in + conv_fan_out)));
  check_uniform(values(uniform, "dense.weight"), std::sqrt(6 / (dense_fan_in + dense_fan_out)));
  const Net normal = initialized(Initialization::xavier_normal);
  check_normal(values(normal, "conv.weight"), 2 / (conv_fan_in + conv_fan_out));
  check_normal(values(normal, "dense.weight"), 2 / (dense_fan_in + dense_fan_out));
  for (const Net* net : {&uniform, &normal}) {
    BOOST_TEST(zeros(values(*net, "conv.bias")));
    BOOST_TEST(zeros(values(*net, "dense.bias")));
  }
}

BOOST_AUTO_TEST_CASE(a_batch_norm_starts_as_the_identity_whatever_it_was_before) {
  Net net;
  std::ranges::fill(net.stored_parameters(), 7.0F);
  cx::initialize(net);
  const auto ones = [](float v) { return v == 1; };
  BOOST_TEST(std::ranges::all_of(values(net, "norm.weight"), ones));
  BOOST_TEST(std::ranges::all_of(values(net, "norm.running_var"), ones));
  BOOST_TEST(zeros(values(net, "norm.bias")));
  BOOST_TEST(zeros(values(net, "norm.running_mean")));
}

BOOST_AUTO_TEST_CASE(depthwise_and_transposed_weights_fan_as_pytorch_counts_them) {
  // Of a weight's extents the first is what goes out and the second what comes in, even where a
  // transposed convolution has them the other way round.
  constexpr auto layers =
      cx::named<"deep">(cx::depthwise_conv2d<{.kernel = {3, 5}, .multiplier = 2}>) |
      cx::named<"up">(cx::conv_transpose2d<9, {.kernel = {4, 3}, .stride = 2, .groups = 3}>) |
      cx::filter2d<cx::gaussian<3>>;
  using Deep = cx::Network<decltype(layers), cx::Input<15, 7, 9>>;
  constexpr double deep_fan_in = 3 * 5;
  constexpr double deep_fan_out = 30 * 3 * 5;
  constexpr double up_fan_in = 3 * 4 * 3;
  constexpr double up_fan_out = 30 * 4 * 3;
  const auto values_of = [](const Deep& net, const std::string& name) {
    for (const cx::NamedTensor& t : cx::state_dict(net)) {
      if (t.name == name) return t.values;
    }
    BOOST_FAIL("no tensor " + name);
    return std::vector<float>{};
  };
  Deep net;
  cx::initialize(net, {.seed = 2});
  check_uniform(values_of(net, "deep.weight"), 1 / std::sqrt(deep_fan_in));
  check_uniform(values_of(net, "deep.bias"), 1 / std::sqrt(deep_fan_in));
  check_uniform(values_of(net, "up.weight"), 1 / std::sqrt(up_fan_in));
  BOOST_TEST(largest(values_of(net, "up.bias")) <= 1 / std::sqrt(up_fan_in));
  cx::initialize(net, {.seed = 2, .method = Initialization::kaiming_normal});
  check_normal(values_of(net, "deep.weight"), 2 / deep_fan_in);
  check_normal(values_of(net, "up.weight"), 2 / up_fan_in);
  BOOST_TEST(zeros(values_of(net, "deep.bias")));
  cx::initialize(net, {.seed = 2, .method = Initialization::xavier_uniform});
  check_uniform(values_of(net, "deep.weight"), std::sqrt(6 / (deep_fan_in + deep_fan_out)));
  check_uniform(values_of(net, "up.weight"), std::sqrt(6 / (up_fan_in + up_fan_out)));
}

BOOST_AUTO_TEST_CASE(what_is_not_drawn_starts_from_its_constant_in_every_arrangement) {
  cx::Network<decltype(cx::named<"norm">(cx::layer_norm<>) | cx::named<"slope">(cx::prelu) |
                       cx::named<"groups">(cx::group_norm<3>)),
              cx::Input<18, 3, 5>>
      net;
  const std::vector<cx::NamedTensor> fresh = cx::state_dict(net);
  std::ranges::fill(net.stored_parameters(), 7.0F);
  cx::initialize(net, {.seed = 1, .method = Initialization::kaiming_normal});
  BOOST_TEST((cx::state_dict(net) == fresh));
  for (const cx::NamedTensor& t : fresh) {
    const float first = t.name == "slope.weight" ? 0.25F : t.name.ends_with("weight") ? 1.0F : 0.0F;
    BOOST_TEST(std::ranges::count(t.values, first) == std::ssize(t.values));
  }
}

BOOST_AUTO_TEST_CASE(a_seed_gives_the_same_values_again_and_another_seed_others) {
  for (const auto method : {Initialization::pytorch, Initialization::xavier_normal}) {
    const auto first = cx::state_dict(initialized(method, 42));
    BOOST_TEST((cx::state_dict(initialized(method, 42)) == first));
    BOOST_TEST((cx::state_dict(initialized(method, 43)) != first));
  }
}

BOOST_AUTO_TEST_CASE(the_values_of_a_seed_are_the_same_with_every_compiler_and_instruction_set) {
  const Net uniform = initialized(Initialization::pytorch, 42);
  const Net normal = initialized(Initialization::kaiming_normal, 42);
  const auto has = [](const std::vector<float>& found, std::array<float, 4> expected) {
    BOOST_TEST(std::vector(found.begin(), found.begin() + 3) ==
                   std::vector(expected.begin(), expected.begin() + 3),
               boost::test_tools::per_element());
    BOOST_TEST(found.back() == expected[3]);
  };
  // The first three values of each parameter, and the last, where every number drawn before it
  // counts.
  has(values(uniform, "conv.weight"),
      {0x1.3797fep-4F, 0x1.53915ep-5F, 0x1.33eae2p-4F, -0x1.7ed1cep-6F});
  has(values(uniform, "conv.bias"),
      {0x1.24734p-4F, -0x1.2a6bf2p-3F, -0x1.d62068p-6F, 0x1.c65e98p-5F});
  has(values(uniform, "dense.weight"),
      {-0x1.5725a8p-5F, -0x1.091088p-7F, -0x1.0880d8p-5F, 0x1.08f942p-5F});
  has(values(uniform, "dense.bias"),
      {0x1.46df8p-5F, -0x1.0d6348p-5F, -0x1.7590b6p-5F, -0x1.2a0d2ap-6F});
  has(values(normal, "conv.weight"),
      {0x1.814bf4p-4F, 0x1.3b0faep-2F, 0x1.a8a9f6p-4F, -0x1.f3b594p-4F});
  has(values(normal, "dense.weight"),
      {-0x1.a14254p-6F, 0x1.33a81ep-3F, -0x1.d8ce66p-5F, -0x1.c661bep-5F});
}

BOOST_AUTO_TEST_CASE(the_normal_distribution_has_its_moments_and_its_shares) {
  cx::detail::RandomBits bits(7);
  constexpr int count = 400'000;
  double sum = 0;
  double squares = 0;
  double fourth_powers = 0;
  std::array<int, 4> within{};
  for (int i = 0; i < count; ++i) {
    const double x = cx::detail::draw_normal(bits);
    sum += x;
    squares += x * x;
    fourth_powers += x * x * x * x;
    for (std::size_t k = 1; k < within.size(); ++k) {
      if (std::abs(x) < 0.5 * static_cast<double>(k)) ++within[k];
    }
  }
  const double deviation = 1 / std::sqrt(count);
  BOOST_TEST(std::abs(sum / count) < 5 * deviation);
  BOOST_TEST(std::abs(squares / count - 1) < 5 * std::sqrt(2.0) * deviation);
  BOOST_TEST(std::abs(fourth_powers / count - 3) < 5 * std::sqrt(96.0) * deviation);
  for (std::size_t k = 1; k < within.size(); ++k) {
    const double share = std::erf(0.5 * static_cast<double>(k) / std::sqrt(2.0));
    BOOST_TEST(std::abs(static_cast<double>(within[k]) / count - share) < 2.5 * deviation);
  }
}
