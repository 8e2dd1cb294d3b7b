// PPM pictures, the plainest kind, in and out: a few numbers, then red, green and blue of every
// pixel.
#pragma once

#include <convexpr/data/pixels.hpp>
#include <convexpr/tensor/file_error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace convexpr {

namespace detail {

inline std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) throw FileError(path, "the file cannot be opened");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file) throw FileError(path, "the file cannot be read");
  return bytes;
}

inline bool begins_with(std::span<const std::uint8_t> bytes, std::string_view signature) {
  if (bytes.size() < signature.size()) return false;
  for (std::size_t i = 0; i < signature.size(); ++i) {
    if (bytes[i] != static_cast<std::uint8_t>(signature[i])) return false;
  }
  return true;
}

inline void check_picture_size(const std::filesystem::path& path, long long height,
                               long long width) {
  if (height >= 1 && width >= 1 && height <= most_picture_pixels / width) return;
  throw FileError(path, "the picture claims " + std::to_string(height) + " x " +
                            std::to_string(width) + " pixels, but 1 to " +
                            std::to_string(most_picture_pixels) + " are read");
}

/// The next number of a PPM header, behind white space and comments; -1 if there is none.
inline long long next_ppm_number(std::span<const std::uint8_t> bytes, std::size_t& at) {
  const auto here = [&] { return at < bytes.size() ? static_cast<char>(bytes[at]) : '\0'; };
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  while (is_space(here()) || here() == '#') {
    if (here() == '#') {
      while (at < bytes.size() && here() != '\n') ++at;
    } else {
      ++at;
    }
  }
  if (!is_digit(here())) return -1;
  long long number = 0;
  while (is_digit(here()) && number < 1'000'000'000) number = 10 * number + (bytes[at++] - '0');
  return is_space(here()) ? number : -1;
}

inline Picture decode_ppm(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::size_t at = 2;
  const long long width = next_ppm_number(bytes, at);
  const long long height = next_ppm_number(bytes, at);
  const long long highest = next_ppm_number(bytes, at);
  if (width < 0 || height < 0 || highest < 0) {
    throw FileError(path, "the header of the picture must say width, height and highest value");
  }
  check_picture_size(path, height, width);
  if (highest != 255) {
    throw FileError(
        path, "the highest value of the picture must be 255, but is " + std::to_string(highest));
  }
  const auto pixels = bytes.subspan(at + 1);
  const auto wanted = static_cast<std::size_t>(height * width * 3);
  if (pixels.size() < wanted) {
    throw FileError(path, "the picture needs " + std::to_string(wanted) +
                              " bytes of pixels, but the file has " +
                              std::to_string(pixels.size()));
  }
  return {.height = static_cast<int>(height),
          .width = static_cast<int>(width),
          .rgb = {pixels.data(), pixels.data() + wanted}};
}

}  // namespace detail

/// Reads the first picture of a PPM file (P6, highest value 255).
///
/// Errors     FileError: no such file; another format or highest value; fewer pixels than width and
///            height say; more than `most_picture_pixels`
/// See also   read_picture (picture.hpp), which reads PNG and JPEG too
inline Picture read_ppm(const std::filesystem::path& path) {
  const auto bytes = detail::read_bytes(path);
  if (!detail::begins_with(bytes, "P6")) throw FileError(path, "this is no PPM (P6) picture");
  return detail::decode_ppm(path, bytes);
}

/// Writes a picture as a PPM file (P6), which `read_ppm` gives back as it was.
///
/// Errors     FileError: the file cannot be opened or written; the picture has no pixels, or not as
///            many as its extents say; nothing is written then
inline void write_ppm(const Picture& picture, const std::filesystem::path& path) {
  detail::check_picture_size(path, picture.height, picture.width);
  const long long wanted = 3LL * picture.height * picture.width;
  if (picture.rgb.size() != static_cast<std::size_t>(wanted)) {
    throw FileError(path, "a picture of " + std::to_string(picture.height) + " x " +
                              std::to_string(picture.width) + " pixels needs " +
                              std::to_string(wanted) + " values, but has " +
                              std::to_string(picture.rgb.size()));
  }
  std::ofstream file(path, std::ios::binary);
  if (!file) throw FileError(path, "the file cannot be opened");
  file << "P6\n" << picture.width << ' ' << picture.height << "\n255\n";
  file.write(reinterpret_cast<const char*>(picture.rgb.data()),
             static_cast<std::streamsize>(wanted));
  file.flush();
  if (!file) throw FileError(path, "the file cannot be written");
}

}  // namespace convexpr
