// How sentences are cut into the pieces that a compiler prints.
#define BOOST_TEST_MODULE meta_refusal
#include <boost/test/unit_test.hpp>
#include <convexpr/meta/refusal.hpp>
#include <string>
#include <string_view>
#include <type_traits>

namespace detail = convexpr::detail;
using convexpr::Refusal;

namespace {

constexpr Refusal nothing{};
constexpr Refusal something{"here", "a fact", "this", "that", "do it"};

}  // namespace

static_assert(!nothing.happened());
static_assert(something.happened());
// What fits can be asked for a complete type; that the other stops the compiler stands in
// tests/fail.
static_assert(std::is_empty_v<detail::Insist<nothing>>);
static_assert(std::is_same_v<decltype(detail::refuse_for<something>()),
                             convexpr::Refused<convexpr::At<"here">, convexpr::Fact<"a fact">,
                                               convexpr::Got<"this">, convexpr::Wanted<"that">,
                                               convexpr::Hint<"do it">>>);

BOOST_AUTO_TEST_CASE(pieces_are_cut_between_words_and_make_up_the_sentence) {
  const std::string_view sentences[]{
      "",
      "short",
      "concat: the branches must have one height and width",
      "give all branches one stride, and padding that keeps the size",
      "a_word_that_is_longer_than_any_piece_can_be_and_has_to_be_cut_somewhere then more words",
  };
  for (const std::string_view s : sentences) {
    std::string joined;
    for (std::size_t i = 0; i < detail::piece_count(s); ++i) {
      const std::string_view piece = detail::piece(s, i);
      BOOST_TEST(piece.size() <= detail::longest_piece);
      const bool cut_a_word = !joined.empty() && s[joined.size()] != ' ';
      if (!joined.empty() && !cut_a_word) joined += ' ';
      joined += piece;
    }
    BOOST_TEST(joined == s);
  }
  BOOST_TEST(detail::piece_count("") == 1U);
}
