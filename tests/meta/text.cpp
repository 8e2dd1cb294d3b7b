// Text put together while compiling, and text and numbers as template arguments.
#define BOOST_TEST_MODULE meta_text
#include <boost/test/unit_test.hpp>
#include <climits>
#include <convexpr/meta/real.hpp>
#include <convexpr/meta/text.hpp>
#include <convexpr/meta/type_name.hpp>
#include <type_traits>

using convexpr::FixedString;
using convexpr::is_word;
using convexpr::Real;
using convexpr::text;
using convexpr::type_name;
using convexpr::unqualified;

namespace {

template <text Name>
struct Called {};
template <Real Value>
struct Valued {};
struct Stranger {};

}  // namespace

static_assert(text("stem").view() == "stem");
static_assert(text("").view().empty());
static_assert(std::is_same_v<Called<"a">, Called<"a">>);
static_assert(!std::is_same_v<Called<"a">, Called<"b">>);
static_assert(std::is_same_v<Valued<0.5>, Valued<0.5F>>, "both spellings are one type");
static_assert((FixedString<16>() << "kernel " << 3 << "x" << 5) == "kernel 3x5");
static_assert(type_name<int>() == "int");
static_assert(type_name<Stranger>().ends_with("Stranger"));
static_assert(unqualified(type_name<Stranger>()) == "Stranger");
static_assert(unqualified("int") == "int");
static_assert(unqualified("upscaling::PixelShuffle<2>") == "PixelShuffle");
static_assert(unqualified("PixelShuffle<a::Mode::fast, b::Pair<1, 2> >") == "PixelShuffle");
static_assert(unqualified("{anonymous}::outer<int>::Gate") == "Gate");
static_assert(unqualified("(anonymous namespace)::Gate<3>") == "Gate");
static_assert(unqualified("run(a::Shape, int)::Local") == "Local");

static_assert(is_word("weight") && is_word("w1") && is_word("running_mean"));
static_assert(!is_word("") && !is_word("a.b") && !is_word("12"));

BOOST_AUTO_TEST_CASE(numbers_are_written_in_decimal) {
  BOOST_TEST((FixedString<32>() << 0).view() == "0");
  BOOST_TEST((FixedString<32>() << -7).view() == "-7");
  BOOST_TEST((FixedString<32>() << INT_MIN).view() == "-2147483648");
  BOOST_TEST((FixedString<32>() << 9'223'372'036'854'775'807LL).view() == "9223372036854775807");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_cut_off) {
  const FixedString<8> s("inception_3a");
  BOOST_TEST(s.view() == "inceptio");
  BOOST_TEST(s.size() == 8U);
  BOOST_TEST(!s.empty());
  BOOST_TEST(FixedString<8>().empty());
}
