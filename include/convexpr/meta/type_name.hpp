// The name of a type as the compiler spells it, for sentences and tables about a user's type.
#pragma once

#include <string_view>

namespace convexpr {

/// `type_name<int>() == "int"`.
template <class T>
constexpr std::string_view type_name() {
  constexpr std::string_view signature = __PRETTY_FUNCTION__;
  constexpr std::string_view marker = "T = ";
  constexpr std::size_t begin = signature.find(marker) + marker.size();
  constexpr std::size_t semicolon = signature.find(';', begin);  // GCC lists its aliases after one
  constexpr std::size_t end =
      semicolon == std::string_view::npos ? signature.size() - 1 : semicolon;
  return signature.substr(begin, end - begin);
}

/// A type's name without what it stands in and without its arguments: "PixelShuffle" of
/// "upscaling::PixelShuffle<2>".
constexpr std::string_view unqualified(std::string_view type) {
  std::size_t begin = 0;
  std::size_t end = type.size();
  int depth = 0;  // within the brackets of arguments, of a function or of "(anonymous namespace)"
  for (std::size_t i = 0; i < type.size(); ++i) {
    const char c = type[i];
    if (c == '<' && depth == 0) end = i;
    if (c == '<' || c == '(') ++depth;
    if (c == '>' || c == ')') --depth;
    if (c == ':' && depth == 0) {
      begin = i + 1;
      end = type.size();
    }
  }
  return type.substr(begin, end - begin);
}

}  // namespace convexpr
