// Dropout in networks: which values stay is one decision for both directions.
#define BOOST_TEST_MODULE dropout
#include <cmath>
#include <convexpr/layers/layers.hpp>
#include <tuple>

#include "../support/check_network.hpp"

namespace cx = convexpr;

namespace {

template <class Batch>
Batch random_batch(std::size_t examples, std::uint32_t seed) {
  Batch batch(examples);
  support::Numbers(seed).fill({batch.data(), examples * Batch::example_size});
  return batch;
}

/// A network with random parameters.
template <class Net>
Net random_net() {
  Net net;
  support::Numbers numbers(3);
  cx::load_state_dict(net, support::random_parameters(cx::state_dict(net), numbers));
  return net;
}

using Alone = cx::Network<cx::Dropout<0.3>, cx::Input<17, 9, 11>>;
using Between =
    cx::Network<decltype(cx::conv2d<17, {.kernel = 3}> | cx::relu | cx::dropout<0.5> | cx::flatten |
                         cx::linear<33> | cx::dropout<0.25> | cx::linear<6>),
                cx::Input<3, 6, 7>>;

}  // namespace

BOOST_AUTO_TEST_CASE(each_value_is_zero_or_scaled_and_so_is_its_gradient) {
  Alone net;
  const auto xs = random_batch<Alone::InputBatch>(5, 1);
  const auto dys = random_batch<Alone::OutputBatch>(5, 2);
  const auto [ys, dxs, gradient] = cx::vjp<cx::Mode::training>(net, xs, dys, 7);
  const std::size_t count = 5 * Alone::InputBatch::example_size;
  std::size_t dropped = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const bool zero = ys.data()[i] == 0 && xs.data()[i] != 0;
    dropped += zero ? 1 : 0;
    const float scale = zero ? 0.0F : 1 / 0.7F;
    BOOST_REQUIRE_SMALL(ys.data()[i] - scale * xs.data()[i], 1e-6F);
    BOOST_REQUIRE_SMALL(dxs.data()[i] - scale * dys.data()[i], 1e-6F);
  }
  // Five standard deviations of a binomial count.
  const double expected = 0.3 * static_cast<double>(count);
  BOOST_CHECK_SMALL(static_cast<double>(dropped) - expected, 5 * std::sqrt(0.7 * expected));
}

BOOST_AUTO_TEST_CASE(the_seed_decides_and_nothing_else) {
  Alone net;
  const auto xs = random_batch<Alone::InputBatch>(2, 1);
  const auto dys = random_batch<Alone::OutputBatch>(2, 2);
  const auto once = cx::vjp<cx::Mode::training>(net, xs, dys, 7);
  const auto again = cx::vjp<cx::Mode::training>(net, xs, dys, 7);
  const auto other = cx::vjp<cx::Mode::training>(net, xs, dys, 8);
  BOOST_CHECK(once.ys == again.ys && once.dxs == again.dxs);
  BOOST_CHECK(!(once.ys == other.ys));
}

BOOST_AUTO_TEST_CASE(two_layers_drop_independently) {
  using Net =
      cx::Network<decltype(cx::concat(cx::dropout<0.5>, cx::dropout<0.5>)), cx::Input<17, 5, 7>>;
  Net net;
  Net::InputBatch xs(1);
  xs.fill(1);
  const auto [ys, dxs, gradient] = cx::vjp<cx::Mode::training>(net, xs, Net::OutputBatch(1), 7);
  std::size_t same = 0;
  for (std::size_t i = 0; i < xs.example_size; ++i) {
    same += ys.data()[i] == ys.data()[xs.example_size + i] ? 1 : 0;
  }
  const double expected = 0.5 * static_cast<double>(xs.example_size);
  BOOST_CHECK_SMALL(static_cast<double>(same) - expected, 5 * std::sqrt(0.5 * expected));
}

BOOST_AUTO_TEST_CASE(the_mean_stays) {
  using Net = cx::Network<cx::Dropout<0.4>, cx::Input<33>>;
  Net net;
  Net::InputBatch xs(1);
  xs.fill(1);
  const Net::OutputBatch dys(1);
  double sum = 0;
  const int draws = 400;
  for (int seed = 0; seed < draws; ++seed) {
    const auto result = cx::vjp<cx::Mode::training>(net, xs, dys, static_cast<std::uint64_t>(seed));
    for (const float y : support::all_of(result.ys)) sum += static_cast<double>(y);
  }
  const double count = 33.0 * draws;
  BOOST_CHECK_SMALL(sum / count - 1, 5 * std::sqrt(0.4 / 0.6 / count));
}

BOOST_AUTO_TEST_CASE(the_gradient_is_linear_and_fits_the_slope_of_the_masked_network) {
  auto net = random_net<Between>();
  const auto xs = random_batch<Between::InputBatch>(3, 1);
  const auto dys = random_batch<Between::OutputBatch>(3, 2);
  const auto base = cx::vjp<cx::Mode::training>(net, xs, dys, 5);
  // The last layer is linear in its weights, so that <dy, y(w + d) - y(w)> is <dw, d> exactly.
  auto dict = cx::state_dict(net);
  support::Numbers numbers(9);
  double expected = 0;
  for (const cx::NamedTensor& g : cx::state_dict(base.gradient)) {
    if (g.name != "6.weight") continue;
    for (cx::NamedTensor& t : dict) {
      if (t.name != g.name) continue;
      for (std::size_t i = 0; i < t.values.size(); ++i) {
        const float before = t.values[i];
        t.values[i] += numbers.next();
        expected += static_cast<double>(g.values[i]) * static_cast<double>(t.values[i] - before);
      }
    }
  }
  cx::load_state_dict(net, dict);
  const auto moved = cx::vjp<cx::Mode::training>(net, xs, dys, 5);
  double change = 0;
  for (std::size_t i = 0; i < 3 * Between::OutputBatch::example_size; ++i) {
    change += static_cast<double>(dys.data()[i]) *
              (static_cast<double>(moved.ys.data()[i]) - static_cast<double>(base.ys.data()[i]));
  }
  BOOST_CHECK_CLOSE(change, expected, 1e-3);
}

BOOST_AUTO_TEST_CASE(twice_the_incoming_gradient_gives_twice_the_gradient) {
  auto net = random_net<Between>();
  const auto xs = random_batch<Between::InputBatch>(3, 1);
  auto dys = random_batch<Between::OutputBatch>(3, 2);
  const auto once = cx::vjp<cx::Mode::training>(net, xs, dys, 5);
  for (std::size_t i = 0; i < 3 * dys.example_size; ++i) dys.data()[i] *= 2;
  const auto twice = cx::vjp<cx::Mode::training>(net, xs, dys, 5);
  for (std::size_t i = 0; i < 3 * xs.example_size; ++i) {
    BOOST_REQUIRE_EQUAL(twice.dxs.data()[i], 2 * once.dxs.data()[i]);
  }
}

BOOST_AUTO_TEST_CASE(inference_drops_nothing) {
  auto net = random_net<Between>();
  const auto xs = random_batch<Between::InputBatch>(3, 1);
  const auto dys = random_batch<Between::OutputBatch>(3, 2);
  const auto result = cx::vjp(net, xs, dys, cx::Mode::inference, 5);
  const auto& ys = net.forward(xs);
  for (std::size_t i = 0; i < 3 * ys.example_size; ++i) {
    BOOST_REQUIRE_SMALL(ys.data()[i] - result.ys.data()[i], 1e-5F);
  }
  support::Subject<decltype(cx::dropout<0.5> | cx::linear<6>), cx::Input<17>> subject(1);
  subject->check_forward(3);
  subject->check_vjp(cx::Mode::inference, 3);
}

BOOST_AUTO_TEST_CASE(a_chance_of_one_drops_everything) {
  using Net = cx::Network<cx::Dropout<1.0>, cx::Input<17>>;
  Net net;
  const auto xs = random_batch<Net::InputBatch>(2, 1);
  const auto dys = random_batch<Net::OutputBatch>(2, 2);
  const auto [ys, dxs, gradient] = cx::vjp<cx::Mode::training>(net, xs, dys, 7);
  for (const float y : support::all_of(ys)) BOOST_CHECK_EQUAL(y, 0.0F);
  for (const float dx : support::all_of(dxs)) BOOST_CHECK_EQUAL(dx, 0.0F);
}

BOOST_AUTO_TEST_CASE(whole_channels_are_dropped_in_both_directions) {
  using Net = cx::Network<cx::Dropout2d<0.3>, cx::Input<70, 3, 5>>;
  Net net;
  const auto xs = random_batch<Net::InputBatch>(20, 1);
  const auto dys = random_batch<Net::OutputBatch>(20, 2);
  const auto [ys, dxs, gradient] = cx::vjp<cx::Mode::training>(net, xs, dys, 7);
  std::size_t dropped = 0;
  for (std::size_t channel = 0; channel < 20 * 70; ++channel) {
    const bool zero = ys.data()[channel * 15] == 0;
    dropped += zero ? 1 : 0;
    const float scale = zero ? 0.0F : 1 / 0.7F;
    for (std::size_t i = channel * 15; i < (channel + 1) * 15; ++i) {
      BOOST_REQUIRE_SMALL(ys.data()[i] - scale * xs.data()[i], 1e-6F);
      BOOST_REQUIRE_SMALL(dxs.data()[i] - scale * dys.data()[i], 1e-6F);
    }
  }
  // Five standard deviations of a binomial count.
  const double expected = 0.3 * 20 * 70;
  BOOST_CHECK_SMALL(static_cast<double>(dropped) - expected, 5 * std::sqrt(0.7 * expected));
  const auto again = cx::vjp<cx::Mode::training>(net, xs, dys, 7);
  const auto other = cx::vjp<cx::Mode::training>(net, xs, dys, 8);
  BOOST_CHECK(ys == again.ys && dxs == again.dxs);
  BOOST_CHECK(!(ys == other.ys));
}

BOOST_AUTO_TEST_CASE(the_mean_of_channels_stays) {
  using Net = cx::Network<cx::Dropout2d<0.4>, cx::Input<33, 2>>;
  Net net;
  Net::InputBatch xs(1);
  xs.fill(1);
  double sum = 0;
  const int draws = 400;
  for (int seed = 0; seed < draws; ++seed) {
    const auto result =
        cx::vjp<cx::Mode::training>(net, xs, Net::OutputBatch(1), static_cast<std::uint64_t>(seed));
    for (const float y : support::all_of(result.ys)) sum += static_cast<double>(y) / 2;
  }
  const double count = 33.0 * draws;
  BOOST_CHECK_SMALL(sum / count - 1, 5 * std::sqrt(0.4 / 0.6 / count));
}

BOOST_AUTO_TEST_CASE(inference_drops_no_channel) {
  support::Subject<decltype(cx::dropout2d<0.5> | cx::conv2d<6, {.kernel = 2}> | cx::dropout2d<> |
                            cx::relu),
                   cx::Input<3, 4, 5>>
      subject(1);
  subject->check_forward(3);
  subject->check_vjp(cx::Mode::inference, 3);
}
