// Numbers in text.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "machine.hpp"

namespace convexpr::bench {

/// Appends to a text as printf does.
[[gnu::format(printf, 2, 3)]] inline void print(std::string& text, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  std::va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  std::vector<char> line(static_cast<std::size_t>(size) + 1);
  std::vsnprintf(line.data(), line.size(), format, again);
  va_end(again);
  text.append(line.data());
}

/// The middle one, and the others in brackets.
inline std::string text_of(const Spread& s, double unit = 1, int digits = 2) {
  std::string text;
  print(text, "%.*f (%.*f–%.*f)", digits, s.middle * unit, digits, s.low * unit, digits,
        s.high * unit);
  return text;
}

}  // namespace convexpr::bench
