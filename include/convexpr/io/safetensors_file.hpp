// Tensors in .safetensors files: eight bytes of length, a JSON header, then the values.
//
// The header is read in safetensors_header.hpp. Needs nlohmann-json.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <convexpr/io/safetensors_header.hpp>
#include <convexpr/tensor/file_error.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace convexpr {

static_assert(std::endian::native == std::endian::little && std::numeric_limits<float>::is_iec559,
              "safetensors: values are copied as they lie, so the machine must be little-endian");

namespace safetensors::detail {

inline float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  float size = 0.0F;
  if (exponent == 31) {
    size = fraction == 0 ? std::numeric_limits<float>::infinity()
                         : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    size = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    size = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -size : size;
}

inline float from_bfloat(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// Values stored as T, each made a float.
template <class T, class Convert>
void convert_values(std::span<const char> bytes, std::vector<float>& values, Convert convert) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    T stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = convert(stored);
  }
}

inline std::vector<float> read_values(std::ifstream& file, const Entry& entry) {
  const std::size_t size = entry.end - entry.begin;
  std::vector<float> values(size / bytes_of(entry.type));
  if (entry.type == ValueType::f32) {
    file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(size));
    return values;
  }
  std::vector<char> bytes(size);
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  if (entry.type == ValueType::f16) {
    convert_values<std::uint16_t>(bytes, values, from_half);
  } else if (entry.type == ValueType::bf16) {
    convert_values<std::uint16_t>(bytes, values, from_bfloat);
  } else {
    convert_values<double>(bytes, values, [](double v) { return static_cast<float>(v); });
  }
  return values;
}

/// The header's text, its length and padding included, as it stands at the head of the file.
inline std::string make_header(const std::filesystem::path& path,
                               const std::vector<NamedTensor>& tensors) {
  nlohmann::json header = nlohmann::json::object();
  std::size_t at = 0;
  for (const NamedTensor& tensor : tensors) {
    const auto fail = [&](const std::string& fact) {
      throw FileError(path, "tensor \"" + tensor.name + "\": " + fact);
    };
    if (tensor.name == "__metadata__") fail("the format keeps this name for itself");
    if (header.contains(tensor.name)) fail("the name is there twice");
    const std::size_t bytes = tensor.values.size() * sizeof(float);
    const auto wanted = product(sizeof(float), tensor.shape);
    if (wanted != bytes) {
      fail("the shape does not have the " + std::to_string(tensor.values.size()) +
           " values that are there");
    }
    const std::size_t end = at + bytes;
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw FileError(path, "the names of the tensors must be valid UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::string out(sizeof(length), '\0');
  std::memcpy(out.data(), &length, sizeof(length));
  return out + text;
}

/// A file beside the one that is to be written; gone unless it took its place.
class PartialFile final {
 public:
  explicit PartialFile(const std::filesystem::path& path) : path_(path), partial_(path) {
    std::random_device random;
    partial_ += '.';
    partial_ += std::to_string(random());
    partial_ += ".partial";
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile() {
    std::error_code ignored;
    std::filesystem::remove(partial_, ignored);
  }
  const std::filesystem::path& path() const { return partial_; }
  void take_place() const {
    std::error_code error;
    std::filesystem::rename(partial_, path_, error);
    if (error) throw FileError(path_, "the file cannot be replaced (" + error.message() + ")");
  }

 private:
  std::filesystem::path path_;
  std::filesystem::path partial_;
};

}  // namespace safetensors::detail

/// Reads every tensor of a .safetensors file, in the order of its data.
///
/// Values of type F32 arrive as they are; F16, BF16 and F64 become float. A file from anywhere is
/// safe to read: its header is checked in full against the file's real size before there is memory
/// for a tensor.
///
/// Cost       memory: the values, plus some multiple of the header, which has at most 16 MiB
/// Errors     FileError: no such file; no valid header; tensors that overlap, leave gaps, lie
///            outside the file or do not have the bytes of their shape; another type
/// Source     https://github.com/huggingface/safetensors, "Format"
inline std::vector<NamedTensor> read_safetensors(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) throw FileError(path, "the file cannot be opened");

  std::uint64_t length = 0;
  if (size < sizeof(length)) {
    throw FileError(
        path, "the length of the header takes 8 bytes, but the file has " + std::to_string(size));
  }
  file.read(reinterpret_cast<char*>(&length), sizeof(length));
  const std::uintmax_t rest = size - sizeof(length);
  if (length > rest || length > safetensors::longest_header) {
    throw FileError(path,
                    "the header claims " + std::to_string(length) + " bytes, but " +
                        std::to_string(std::min<std::uint64_t>(rest, safetensors::longest_header)) +
                        " are the most that it can have");
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  file.read(text.data(), static_cast<std::streamsize>(length));

  std::vector<NamedTensor> tensors;
  if (file) {
    for (auto& entry :
         safetensors::parse_header(path, text, static_cast<std::size_t>(rest - length))) {
      auto values = safetensors::detail::read_values(file, entry);
      tensors.push_back({std::move(entry.name), std::move(entry.shape), std::move(values)});
    }
  }
  if (!file) throw FileError(path, "the file cannot be read to its end");
  return tensors;
}

/// Writes tensors to a .safetensors file (F32), in their order.
///
/// They go to a new file beside it that takes its place once it is complete, so that a full disk or
/// an exception leaves an existing file as it was.
///
/// Errors     FileError: the file cannot be written; a name is there twice or is no UTF-8; a tensor
///            has not as many values as its shape says
inline void write_safetensors(const std::filesystem::path& path,
                              const std::vector<NamedTensor>& tensors) {
  const std::string header = safetensors::detail::make_header(path, tensors);
  const safetensors::detail::PartialFile partial(path);
  std::ofstream file(partial.path(), std::ios::binary);
  if (!file) throw FileError(path, "no file can be written in this folder");
  file.write(header.data(), static_cast<std::streamsize>(header.size()));
  for (const NamedTensor& tensor : tensors) {
    file.write(reinterpret_cast<const char*>(tensor.values.data()),
               static_cast<std::streamsize>(tensor.values.size() * sizeof(float)));
  }
  file.close();
  if (!file) throw FileError(path, "the file cannot be written to its end (is the disk full?)");
  partial.take_place();
}

}  // namespace convexpr
