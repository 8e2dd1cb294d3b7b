// Text as a template argument, and short text put together while compiling.
#pragma once

#include <cstddef>
#include <string_view>

namespace convexpr {

/// A string literal as a template argument: `named<"stem">`.
template <std::size_t N>
struct text {
  char characters[N]{};

  constexpr text() = default;
  constexpr text(const char (&literal)[N]) {  // NOLINT: `named<"stem">` is the notation
    for (std::size_t i = 0; i < N; ++i) characters[i] = literal[i];
  }
  constexpr std::string_view view() const { return {characters, N - 1}; }
};

/// Whether a name can be a step of a path: not empty, no dot in it, and no number.
constexpr bool is_word(std::string_view name) {
  bool number = true;
  for (const char c : name) {
    number = number && c >= '0' && c <= '9';
    if (c == '.') return false;
  }
  return !number;
}

/// A line of text of at most `Capacity` characters that can be a constexpr member; what does not
/// fit is cut off.
template <std::size_t Capacity>
class FixedString {
 public:
  constexpr FixedString() = default;
  constexpr FixedString(std::string_view s) { *this << s; }  // NOLINT: text converts to text
  constexpr FixedString(const char* s) { *this << std::string_view(s); }  // NOLINT: likewise

  constexpr FixedString& operator<<(std::string_view s) {
    for (const char c : s) {
      if (size_ < Capacity) characters_[size_++] = c;
    }
    return *this;
  }
  constexpr FixedString& operator<<(long long number) {
    if (number < 0) {
      *this << "-";
      number = -number;
    }
    char digits[20]{};
    int count = 0;
    do {
      digits[count++] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    while (count > 0) *this << std::string_view(&digits[--count], 1);
    return *this;
  }
  constexpr FixedString& operator<<(int number) { return *this << static_cast<long long>(number); }

  constexpr std::string_view view() const { return {characters_, size_}; }
  constexpr operator std::string_view() const { return view(); }  // NOLINT: it is a string
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  friend constexpr bool operator==(const FixedString& a, std::string_view b) {
    return a.view() == b;
  }

 private:
  char characters_[Capacity]{};
  std::size_t size_ = 0;
};

}  // namespace convexpr
