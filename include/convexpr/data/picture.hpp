// Pictures from files: PPM, PNG and JPEG.
//
// Needs the library stb (Debian's libstb-dev; -lstb). Where PPM is enough, ppm.hpp needs nothing.
#pragma once

#include <stb/stb_image.h>

#include <convexpr/data/pixels.hpp>
#include <convexpr/data/ppm.hpp>
#include <convexpr/tensor/file_error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>

namespace convexpr {

namespace detail {

/// Whether a JPEG's scan is followed by its end: the decoder fills what is cut off with grey.
inline bool jpeg_is_complete(std::span<const std::uint8_t> bytes) {
  std::size_t at = 2;  // segments follow the start marker: 0xFF, kind, length with itself
  while (at + 4 <= bytes.size() && bytes[at] == 0xFF && bytes[at + 1] != 0xDA) {
    const std::size_t length = std::size_t{bytes[at + 2]} << 8 | bytes[at + 3];
    at += bytes[at + 1] == 0xFF ? 1 : 2 + length;
  }
  for (; at + 2 <= bytes.size(); ++at) {
    if (bytes[at] == 0xFF && bytes[at + 1] == 0xD9) return true;
  }
  return false;
}

/// Decodes what stb knows; the size is checked before there is memory for the pixels.
inline Picture decode_by_stb(const std::filesystem::path& path,
                             std::span<const std::uint8_t> bytes) {
  const auto damaged = [&path] {
    const char* reason = stbi_failure_reason();
    return FileError(path, "the picture is damaged" +
                               (reason != nullptr ? " (" + std::string(reason) + ")" : ""));
  };
  const auto size = static_cast<int>(bytes.size());
  int width = 0;
  int height = 0;
  int channels = 0;
  if (stbi_info_from_memory(bytes.data(), size, &width, &height, &channels) == 0) throw damaged();
  check_picture_size(path, height, width);
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(bytes.data(), size, &width, &height, &channels, 3), &stbi_image_free);
  if (pixels == nullptr) throw damaged();
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  return {.height = height, .width = width, .rgb = {pixels.get(), pixels.get() + count}};
}

}  // namespace detail

/// Reads a picture: PPM (P6), PNG or JPEG; grey ones get three equal channels, alpha is dropped.
///
/// Errors     FileError: no such file; another format; cut off or damaged as far as the decoder can
///            tell (it checks no checksums); more than `most_picture_pixels`
inline Picture read_picture(const std::filesystem::path& path) {
  const auto bytes = detail::read_bytes(path);
  if (detail::begins_with(bytes, "P6")) return detail::decode_ppm(path, bytes);
  const bool jpeg = detail::begins_with(bytes, "\xFF\xD8\xFF");
  if (!jpeg && !detail::begins_with(bytes, "\x89PNG\r\n\x1A\n")) {
    throw FileError(path, "this is neither a PPM (P6), a PNG nor a JPEG picture");
  }
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw FileError(
        path, "the file has " + std::to_string(bytes.size()) + " bytes, too many for a picture");
  }
  if (jpeg && !detail::jpeg_is_complete(bytes)) {
    throw FileError(path, "the picture is damaged: it has no end");
  }
  return detail::decode_by_stb(path, bytes);
}

}  // namespace convexpr
