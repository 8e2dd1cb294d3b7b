// The name of a type as the compiler spells it, for sentences about a user's type.
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

}  // namespace convexpr
