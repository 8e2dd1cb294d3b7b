// Options of compilation change how a network runs, not what it computes.
#define BOOST_TEST_MODULE network_options
#include <boost/test/unit_test.hpp>
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/vjp.hpp>

#include "../support/network_checks.hpp"

namespace cx = convexpr;

namespace {

constexpr cx::Options none{.fuse_elementwise = false,
                           .attach_epilogues = false,
                           .fold_batch_norm = false,
                           .fuse_pooling = false,
                           .merge_siblings = false,
                           .place_concats = false,
                           .overwrite = false,
                           .search_placement = false};

template <int Out, int Kernel>
constexpr auto convolution = cx::conv2d<Out, {.kernel = Kernel, .padding = Kernel / 2}>;

// Widths that are no multiples of any vector's.
constexpr auto inception =
    convolution<5, 3> | cx::relu |
    cx::concat(convolution<7, 1> | cx::relu, convolution<3, 1> | cx::relu | convolution<9, 3>,
               convolution<16, 1> | cx::tanh,
               cx::max_pool2d<{.kernel = 3, .stride = 1, .padding = 1}> | convolution<2, 1>) |
    convolution<4, 1>;

constexpr auto residual =
    convolution<16, 3> | cx::batch_norm2d<> | cx::prelu |
    cx::residual(convolution<16, 3> | cx::batch_norm2d<> | cx::prelu | convolution<16, 3>) |
    cx::prelu | cx::global_avg_pool2d | cx::flatten | cx::linear<5>;

constexpr auto u_net =
    convolution<8, 3> | cx::relu | cx::tap<"1"> | cx::max_pool2d<{.kernel = 2}> |
    convolution<16, 3> | cx::relu | cx::tap<"2"> | cx::max_pool2d<{.kernel = 2}> |
    convolution<24, 3> | cx::relu | cx::conv_transpose2d<16, {.kernel = 2, .stride = 2}> |
    cx::concat_with<"2"> | convolution<16, 3> | cx::relu |
    cx::conv_transpose2d<8, {.kernel = 2, .stride = 2}> | cx::concat_with<"1"> | convolution<3, 1>;

template <class Batch>
Batch random_batch(support::Numbers& numbers) {
  Batch batch(2);
  numbers.fill({batch.data(), 2 * Batch::example_size});
  return batch;
}

/// What a network gives: its outputs in inference, then all that `vjp` gives in training.
template <class Net>
std::vector<reference::Values> everything(const Net& net, const typename Net::InputBatch& xs,
                                          const typename Net::OutputBatch& dys) {
  Net own = net;  // whose running statistics may change
  const auto [ys, dxs, gradient] = cx::vjp(own, xs, dys);
  std::vector<reference::Values> all{support::doubles(support::all_of(own.forward(xs))),
                                     support::doubles(support::all_of(ys)),
                                     support::doubles(support::all_of(dxs))};
  for (const cx::NamedTensor& t : cx::state_dict(gradient)) {
    all.push_back(support::doubles(t.values));
  }
  for (const cx::NamedTensor& t : cx::state_dict(own)) all.push_back(support::doubles(t.values));
  return all;
}

/// With options `O` against `Plain`.
template <class In, cx::Options O, cx::Options Plain, class Architecture>
void compare(std::uint32_t seed) {
  using Net = cx::Network<Architecture, In, O>;
  using PlainNet = cx::Network<Architecture, In, Plain>;
  support::Numbers numbers(seed);
  Net net;
  cx::load_state_dict(net, support::random_parameters(cx::state_dict(net), numbers));
  PlainNet plain{net};
  BOOST_TEST(plain.stored_parameters().data() == net.stored_parameters().data());
  const auto xs = random_batch<typename Net::InputBatch>(numbers);
  const auto dys = random_batch<typename Net::OutputBatch>(numbers);
  const auto found = everything(net, xs, dys);
  const auto expected = everything(plain, xs, dys);
  BOOST_REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::vector<float> values(found[i].begin(), found[i].end());
    support::check_close(values, expected[i], "result " + std::to_string(i), 1.0);
  }
}

template <class In, class Architecture>
void check(Architecture, std::uint32_t seed) {
  static_assert(cx::Network<Architecture, In>::plan.launches <
                cx::Network<Architecture, In, none>::plan.launches);
  compare<In, cx::Options{}, none, Architecture>(seed);
}

/// Tiles of every size wherever they fit, against sums of products.
template <class In, class Architecture>
void check_filtering(Architecture, std::uint32_t seed) {
  constexpr cx::Options exact{.numerics = cx::exact};
  constexpr cx::Options small{.filtering = cx::Filtering::winograd_2};
  constexpr cx::Options large{.filtering = cx::Filtering::winograd_4};
  compare<In, small, exact, Architecture>(seed);
  compare<In, large, exact, Architecture>(seed);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_inception_block_of_odd_widths) { check<cx::Input<3, 9, 7>>(inception, 1); }

BOOST_AUTO_TEST_CASE(a_residual_block_with_learned_slopes) {
  check<cx::Input<3, 6, 7>>(residual, 2);
}

BOOST_AUTO_TEST_CASE(filtering_of_an_inception_block) {
  check_filtering<cx::Input<3, 9, 7>>(inception, 4);
}

BOOST_AUTO_TEST_CASE(filtering_of_a_residual_block) {
  check_filtering<cx::Input<3, 6, 7>>(residual, 5);
}

BOOST_AUTO_TEST_CASE(filtering_of_a_u_net) { check_filtering<cx::Input<2, 12, 8>>(u_net, 6); }

/// First layers whose strided weights become 4x4 ones and 3x3 ones of more channels, and 4x4 weights.
BOOST_AUTO_TEST_CASE(filtering_of_strided_first_layers) {
  constexpr auto seven = cx::conv2d<19, {.kernel = 7, .stride = 2, .padding = 3}> |
                         cx::batch_norm2d<> | cx::relu |
                         cx::conv2d<7, {.kernel = 4, .padding = 2}> | cx::sigmoid;
  constexpr auto eleven =
      cx::conv2d<5, {.kernel = 11, .stride = 4, .padding = {2, 1, 3, 0}}> | cx::sigmoid;
  using Seven = cx::Network<decltype(seven), cx::Input<3, 23, 18>,
                            cx::Options{.filtering = cx::Filtering::winograd_4}>;
  static_assert(Seven::plan.steps[0].tile_outputs == 3);
  static_assert(Seven::plan.steps[1].tile_outputs == 3);
  check_filtering<cx::Input<3, 23, 18>>(seven, 7);
  check_filtering<cx::Input<2, 29, 38>>(eleven, 8);
}

BOOST_AUTO_TEST_CASE(a_u_net_of_two_levels) { check<cx::Input<2, 12, 8>>(u_net, 3); }
