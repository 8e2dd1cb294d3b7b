// IDX files: arrays of bytes with their extents in front, the format of the MNIST family.
//
// Needs zlib (-lz).
#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <convexpr/tensor/file_error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace convexpr {

/// An array of bytes as an IDX file holds it, row-major.
///
/// Ensures    values.size() is the product of the extents
struct IdxFile {
  std::vector<std::size_t> extents;
  std::vector<std::uint8_t> values;
};

namespace detail {

/// A file behind zlib, which reads plain bytes where there is no gzip header.
class GzipReader final {
 public:
  explicit GzipReader(const std::filesystem::path& path)
      : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (file_ == nullptr) throw FileError(path_, "the file cannot be opened");
  }

  /// Fills the bytes, or fewer at the end of the file: returns how many.
  std::size_t read(std::span<std::uint8_t> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto want = static_cast<unsigned>(std::min(bytes.size() - done, most_at_once));
      const int got = gzread(file_.get(), bytes.data() + done, want);
      if (got < 0) fail();
      done += static_cast<std::size_t>(got);
      if (static_cast<unsigned>(got) < want) break;
    }
    int error = Z_OK;
    gzerror(file_.get(), &error);
    if (error != Z_OK) fail();
    return done;
  }

 private:
  static constexpr std::size_t most_at_once = std::size_t{1} << 20;

  [[noreturn]] void fail() {
    int error = Z_OK;
    const std::string reason = gzerror(file_.get(), &error);
    if (error == Z_BUF_ERROR) throw FileError(path_, "the compressed data ends too early");
    throw FileError(path_, "the file cannot be read" + (reason.empty() ? "" : " (" + reason + ")"));
  }

  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::remove_pointer_t<gzFile>, Close> file_;
};

inline std::vector<std::size_t> read_idx_extents(const std::filesystem::path& path,
                                                 GzipReader& file) {
  std::array<std::uint8_t, 4> word{};
  if (file.read(word) < word.size() || word[0] != 0 || word[1] != 0) {
    throw FileError(path, "this is no IDX file: it must begin with two zero bytes, a type, a rank");
  }
  if (word[2] != 0x08) {
    throw FileError(path, "values of type " + std::to_string(word[2]) +
                              ", but only type 8 (unsigned bytes) is read");
  }
  const std::size_t rank = word[3];
  if (rank == 0) throw FileError(path, "the array has no extents, but at least one is needed");
  std::vector<std::size_t> extents;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (file.read(word) < word.size()) {
      throw FileError(path, "the file ends after " + std::to_string(axis) + " of " +
                                std::to_string(rank) + " extents");
    }
    std::size_t extent = 0;
    for (const std::uint8_t byte : word) extent = extent << 8 | byte;
    extents.push_back(extent);
  }
  return extents;
}

}  // namespace detail

/// Reads an IDX file of unsigned bytes, plain or compressed by gzip.
///
/// Cost       memory grows with the bytes that the file really has, not with what its header claims
/// Errors     FileError: no such file; no IDX header; another type than unsigned bytes; fewer or
///            more values than the extents say; compressed data that is damaged or cut off
/// Source     Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits"
inline IdxFile read_idx(const std::filesystem::path& path) {
  detail::GzipReader file(path);
  IdxFile idx{.extents = detail::read_idx_extents(path, file), .values = {}};

  std::size_t count = 1;
  for (const std::size_t extent : idx.extents) {
    if (extent != 0 && count > std::numeric_limits<std::size_t>::max() / extent) {
      throw FileError(path, "the product of the extents overflows");
    }
    count *= extent;
  }

  constexpr std::size_t step = std::size_t{1} << 22;
  while (idx.values.size() < count) {
    const std::size_t before = idx.values.size();
    idx.values.resize(before + std::min(count - before, std::max(step, before)));
    const std::size_t got = file.read(std::span(idx.values).subspan(before));
    if (before + got < idx.values.size()) {
      throw FileError(path, "the extents ask for " + std::to_string(count) +
                                " values, but the file has " + std::to_string(before + got));
    }
  }
  std::array<std::uint8_t, 1> more{};
  if (file.read(more) != 0) {
    throw FileError(path, "the extents ask for " + std::to_string(count) +
                              " values, but the file goes on after them");
  }
  return idx;
}

}  // namespace convexpr
