// Chains: one type for every way to write one, and for values and types.
#define BOOST_TEST_MODULE layers_layer
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <convexpr/layers/layers.hpp>

namespace cx = convexpr;

namespace {

constexpr auto a = cx::conv2d<64, {.kernel = 7, .stride = 2, .padding = 3}>;
constexpr auto b = cx::relu;
constexpr auto c = cx::max_pool2d<{.kernel = 3, .stride = 2, .ceil_mode = true}>;
constexpr auto d = cx::dropout<0.4>;

using Stem = cx::Sequential<cx::Conv2d<64, {.kernel = 7, .stride = 2, .padding = 3}>, cx::ReLU,
                            cx::MaxPool2d<{.kernel = 3, .stride = 2, .ceil_mode = true}>>;

template <class T>
constexpr bool is_layer = cx::IsLayer<T>;

}  // namespace

constexpr auto stem = a | b | c;
static_assert(std::same_as<decltype(stem), const Stem>);
static_assert(std::same_as<decltype(a | (b | c)), decltype((a | b) | c)>);
static_assert(std::same_as<decltype((a | b) | (c | d)), decltype(a | b | c | d)>);
static_assert(std::same_as<decltype(cx::sequential(b, cx::tanh)), decltype(b | cx::tanh)>);
static_assert(std::same_as<decltype(Stem{} | d), decltype(a | b | c | d)>);
static_assert(std::same_as<decltype(cx::Sequential<>{} | a | b), decltype(a | b)>);

static_assert(std::same_as<decltype(cx::concat(a, b | c)),
                           cx::Concat<std::remove_const_t<decltype(a)>, decltype(b | c)>>);
static_assert(std::same_as<decltype(cx::residual(b)), cx::Residual<cx::ReLU, cx::Identity>>);
static_assert(std::same_as<decltype(cx::repeat<2>(b)), cx::Repeat<2, cx::ReLU>>);
static_assert(std::same_as<decltype(cx::named<"x">(b)), cx::Named<"x", cx::ReLU>>);

// A block keeps to itself in a chain: what has a name or branches is one position.
static_assert(std::same_as<decltype(b | cx::named<"x">(a | b) | c),
                           cx::Sequential<cx::ReLU, cx::Named<"x", decltype(a | b)>,
                                          std::remove_const_t<decltype(c)>>>);

static_assert(is_layer<cx::ReLU> && is_layer<const Stem> && is_layer<decltype(d)>);
static_assert(!is_layer<int> && !is_layer<cx::Conv2dOptions>);

BOOST_AUTO_TEST_CASE(layers_weigh_nothing) {
  BOOST_TEST(std::is_empty_v<Stem>);
  BOOST_TEST(sizeof(stem) == 1U);
}
