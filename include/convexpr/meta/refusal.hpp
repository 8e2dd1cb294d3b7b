// Why an architecture is refused, in words and numbers, and how the compiler is made to print it.
//
// A refusal is a value while an architecture is walked. `insist` turns it into an incomplete type
// that carries the words as template arguments: both compilers print those in their first error.
#pragma once

#include <convexpr/meta/text.hpp>
#include <utility>

namespace convexpr {

using Sentence = FixedString<160>;

/// The first thing that does not fit: empty as long as everything does.
struct Refusal {
  Sentence where;   // path of the layer, "the chain" at the top
  Sentence fact;    // the fact that must hold and does not
  Sentence got;     // what was found
  Sentence wanted;  // what would do
  Sentence hint;    // what to write instead

  constexpr bool happened() const { return !fact.empty(); }
};

// What the compiler prints: declared, never defined.
template <text... Words>
struct At;
template <text... Words>
struct Fact;
template <text... Words>
struct Got;
template <text... Words>
struct Wanted;
template <text... Words>
struct Hint;
template <class Where, class What, class Found, class Expected, class WriteInstead>
struct Refused;

namespace detail {

// Clang shortens a text longer than about thirty characters, so it gets sentences in pieces, cut
// between words. GCC prints them whole.
#if defined(__clang__)
inline constexpr std::size_t longest_piece = 32;
#else
inline constexpr std::size_t longest_piece = 160;
#endif

/// Where the piece that begins at `begin` ends.
constexpr std::size_t piece_end(std::string_view s, std::size_t begin) {
  if (s.size() - begin <= longest_piece) return s.size();
  std::size_t end = begin + longest_piece;
  while (end > begin && s[end] != ' ') --end;
  return end == begin ? begin + longest_piece : end;
}

constexpr std::size_t next_piece(std::string_view s, std::size_t end) {
  return end < s.size() && s[end] == ' ' ? end + 1 : end;
}

constexpr std::size_t piece_count(std::string_view s) {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < s.size() || count == 0; ++count) {
    begin = next_piece(s, piece_end(s, begin));
  }
  return count;
}

constexpr std::string_view piece(std::string_view s, std::size_t index) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < index; ++i) begin = next_piece(s, piece_end(s, begin));
  return s.substr(begin, piece_end(s, begin) - begin);
}

template <const auto& Reason, auto Member, std::size_t Index>
consteval auto piece_text() {
  constexpr std::size_t size = piece((Reason.*Member).view(), Index).size();
  text<size + 1> out;
  for (std::size_t i = 0; i < size; ++i) {
    out.characters[i] = piece((Reason.*Member).view(), Index)[i];
  }
  out.characters[size] = '\0';  // Clang prints characters as text only if it saw the end written
  return out;
}

template <template <text...> class Carrier, const auto& Reason, auto Member, std::size_t... Index>
Carrier<piece_text<Reason, Member, Index>()...> carry(std::index_sequence<Index...>);

template <template <text...> class Carrier, const auto& Reason, auto Member>
using Carried = decltype(carry<Carrier, Reason, Member>(
    std::make_index_sequence<piece_count((Reason.*Member).view())>{}));

/// A function and not an alias: GCC would print an alias with its arguments, and so the
/// architecture that the reason comes from, before it says what is wrong.
template <const auto& Reason>
Refused<Carried<At, Reason, &Refusal::where>, Carried<Fact, Reason, &Refusal::fact>,
        Carried<Got, Reason, &Refusal::got>, Carried<Wanted, Reason, &Refusal::wanted>,
        Carried<Hint, Reason, &Refusal::hint>>
refuse_for();

/// Stops the compiler with the words of `Reason`, once.
template <const auto& Reason, bool Happened = Reason.happened()>
struct Insist {};
template <const auto& Reason>
struct Insist<Reason, true> : decltype(refuse_for<Reason>()) {};

}  // namespace detail
}  // namespace convexpr
