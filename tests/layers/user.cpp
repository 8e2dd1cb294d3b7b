// What the library sees of a user's layer before it runs: facts, and what is refused.
#define BOOST_TEST_MODULE layers_user
#include <boost/test/unit_test.hpp>
#include <convexpr/graph/build.hpp>
#include <convexpr/graph/facts.hpp>
#include <convexpr/layers/layers.hpp>

#include "../support/user_layers.hpp"

namespace cx = convexpr;
using cx::shape;
using cx::graph::declare;

namespace {

constexpr void forward_to_nowhere(cx::LayerInput, cx::LayerOutput) {}

struct Plain : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  static void forward(cx::LayerInput x, cx::LayerOutput y) { forward_to_nowhere(x, y); }
};
struct WithoutForward final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
};
/// Not static, so that it cannot be called without an object.
struct OfAnObject final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  void forward(cx::LayerInput x, cx::LayerOutput y) const { forward_to_nowhere(x, y); }
};
struct GivingResults final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  static int forward(cx::LayerInput x, cx::LayerOutput y) { return forward_to_nowhere(x, y), 1; }
};
/// The right forward among others.
struct Overloaded final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration&) {}
  static void forward(int) {}
  static void forward(cx::LayerInput x, cx::LayerOutput y) { forward_to_nowhere(x, y); }
};
/// A layer of the library under another name needs no forward.
struct Renamed final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) { cx::ReLU::declare(in, d); }
};
/// Slides over its input.
struct Sliding final : cx::Layer {
  static constexpr void declare(cx::Shape in, cx::Declaration& d) {
    d.op.window = {{3, 5}, {2, 1}, {1}, {0}};
    d.op.out = shape(in.channels, (in.height - 1) / 2, in.width - 4);
  }
  static void forward(cx::LayerInput x, cx::LayerOutput y) { forward_to_nowhere(x, y); }
};
template <int Channels, int Height, int Width, int Rank>
struct Giving final : cx::Layer {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
    d.op.out = {Channels, Height, Width, Rank};
  }
  static void forward(cx::LayerInput x, cx::LayerOutput y) { forward_to_nowhere(x, y); }
};
struct Learning : cx::Layer {
  static void forward(cx::LayerInput x, cx::LayerParameters, cx::LayerOutput y) {
    forward_to_nowhere(x, y);
  }
};
template <int A, int B, int Rank>
struct OfRank final : Learning {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
    d.add({.name = "weight", .extents = {A, B}, .rank = Rank});
  }
};
template <cx::text First, cx::text Second>
struct Named final : Learning {
  static constexpr void declare(cx::Shape, cx::Declaration& d) {
    d.add({.name = First.view(), .extents = {1}, .rank = 1});
    d.add({.name = Second.view(), .extents = {1}, .rank = 1});
  }
};

constexpr cx::Shape in = shape(8, 3, 5);

template <class L>
constexpr bool accepts = !declare<L>(in).refusal.happened();

template <class L>
constexpr cx::Operation operation = declare<L>(in).op;

constexpr bool has_vjp(const cx::Operation& op) { return op.user->vjp != nullptr; }

}  // namespace

static_assert(operation<user::PixelShuffle<2>>.out == shape(2, 6, 10));
static_assert(operation<user::PixelShuffle<2>>.kind == cx::Kind::user);
static_assert(cx::name(operation<user::PixelShuffle<2>>) == "PixelShuffle");
static_assert(operation<user::Reverse>.out == in);
static_assert(operation<user::Gate>.macs == 2 * 8 * 3 * 5);
static_assert(declare<user::Gate>(in).parameter_count == 3);
static_assert(declare<user::Gate>(in).parameters[1].size() == 8);
static_assert(!accepts<user::PixelShuffle<3>>);

// Which functions there are, and what they read.
static_assert(operation<user::Gate>.user->vjp_reads_input);
static_assert(operation<user::Maxout<2>>.user->vjp_reads_input);
static_assert(!operation<user::PixelShuffle<2>>.user->vjp_reads_input);
static_assert(has_vjp(operation<user::PixelShuffle<2>>) && !has_vjp(operation<Plain>));
static_assert(cx::UserLayer<Plain> && cx::UserLayer<user::Gate> && cx::UserLayer<Overloaded>);
static_assert(!cx::UserLayer<cx::ReLU> && !cx::UserLayer<WithoutForward>);
static_assert(accepts<Plain> && accepts<Overloaded> && accepts<Renamed> && accepts<cx::Identity>);
static_assert(!accepts<WithoutForward> && !accepts<OfAnObject> && !accepts<GivingResults>);
static_assert(operation<Renamed>.kind == cx::Kind::relu);

static_assert(accepts<Giving<3, 2, 5, 3>> && accepts<Giving<3, 1, 5, 2>> &&
              accepts<Giving<3, 1, 1, 1>>);
static_assert(!accepts<Giving<0, 2, 5, 3>> && !accepts<Giving<3, 2, -5, 3>>);
static_assert(!accepts<Giving<3, 2, 5, 0>> && !accepts<Giving<3, 2, 5, 2>> &&
              !accepts<Giving<3, 1, 5, 1>> && !accepts<Giving<3, 2, 5, 4>>);

static_assert(accepts<OfRank<0, 0, 0>> && accepts<OfRank<3, 0, 1>> && accepts<OfRank<3, 5, 2>>);
static_assert(!accepts<OfRank<3, 0, 0>> && !accepts<OfRank<3, 5, 1>>);
static_assert(!accepts<OfRank<3, 0, 2>> && !accepts<OfRank<-3, 0, 1>>);
static_assert(!accepts<OfRank<3, 5, -1>> && !accepts<OfRank<3, 5, 5>>);
static_assert(accepts<Named<"weight", "bias">> && accepts<Named<"w0", "w1">>);
static_assert(!accepts<Named<"weight", "weight">> && !accepts<Named<"weight", "">>);
static_assert(!accepts<Named<"a.weight", "bias">> && !accepts<Named<"weight", "1">>);

BOOST_AUTO_TEST_CASE(the_receptive_field_follows_the_window_and_the_enlargement) {
  constexpr cx::ReceptiveField slid = [] {
    const auto g =
        cx::graph::build<cx::Sequential<cx::Conv2d<1, {.kernel = 3}>, Sliding>>(shape(1, 15, 17));
    return cx::graph::receptive_field(g);
  }();
  BOOST_TEST((slid.size == cx::Extent2{5, 7}));
  BOOST_TEST((slid.stride == cx::Extent2{2, 1}));
  constexpr cx::ReceptiveField enlarged = [] {
    const auto g =
        cx::graph::build<cx::Sequential<cx::AvgPool2d<{.kernel = 2}>, user::PixelShuffle<2>>>(
            shape(4, 6, 10));
    return cx::graph::receptive_field(g);
  }();
  BOOST_TEST((enlarged.size == cx::Extent2{2}));
  BOOST_TEST((enlarged.stride == cx::Extent2{1}));
}

BOOST_AUTO_TEST_CASE(views_find_elements_rows_and_channels) {
  std::array<float, 24> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const cx::LayerOutput image(values.data(), shape(2, 3, 4));
  BOOST_TEST(image(1, 2, 3) == 23.0F);
  BOOST_TEST(image(1, 0, 2) == 14.0F);
  BOOST_TEST(image[7] == 7.0F);
  BOOST_TEST(image.channel(1).size() == 12U);
  BOOST_TEST(image.channel(1)[0] == 12.0F);
  const cx::LayerInput sequence(values.data(), shape(4, 6));
  BOOST_TEST(sequence(3, 2) == 20.0F);
  BOOST_TEST(sequence.channel(2).size() == 6U);
  const cx::LayerInput features(values.data(), shape(24));
  BOOST_TEST(features(5) == 5.0F);
  image.fill(2);
  const cx::LayerInput read_only = image;
  BOOST_TEST(std::ranges::count(read_only, 2.0F) == 24);
  BOOST_TEST((read_only.shape() == image.shape()));
}

BOOST_AUTO_TEST_CASE(parameters_are_found_by_name_and_by_place) {
  std::array<float, 3> values{1, 2, 3};
  cx::ParameterViews<float> w;
  w.add("weight", {values.data(), 2});
  w.add("table", {});
  w.add("bias", {values.data() + 2, 1});
  BOOST_TEST(w.size() == 3);
  BOOST_TEST(w["weight"].size() == 2U);
  BOOST_TEST(w["bias"][0] == 3.0F);
  BOOST_TEST(w[2][0] == 3.0F);
  w[0][1] = 5;
  BOOST_TEST(values[1] == 5.0F);
  BOOST_CHECK_THROW(w["table"], std::out_of_range);
  BOOST_CHECK_THROW(w["gain"], std::out_of_range);
  BOOST_CHECK_THROW(w[3], std::out_of_range);
  BOOST_CHECK_THROW(w[-1], std::out_of_range);
}
