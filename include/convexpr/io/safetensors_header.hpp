// The header of a .safetensors file, which may come from anywhere: read without trust.
//
// Its JSON says where every tensor lies in the data that follows. What leaves this header has been
// checked in full against the file's real size, so that safetensors_file.hpp only copies.
//
// Needs nlohmann-json.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/tensor/file_error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace convexpr::safetensors {

/// How a file stores the values of a tensor.
enum class ValueType { f16, bf16, f32, f64 };

constexpr std::size_t bytes_of(ValueType type) {
  return type == ValueType::f64 ? 8 : type == ValueType::f32 ? 4 : 2;
}

/// Where a tensor lies: `begin` and `end` in bytes from the start of the data.
struct Entry {
  std::string name;
  ValueType type = ValueType::f32;
  std::vector<std::size_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// `unit` times every extent, or nothing if that overflows.
inline std::optional<std::size_t> product(std::size_t unit, std::span<const std::size_t> extents) {
  for (const std::size_t extent : extents) {
    if (extent != 0 && unit > std::numeric_limits<std::size_t>::max() / extent) return {};
    unit *= extent;
  }
  return unit;
}

/// Longest header that is read: that of some hundred thousand tensors.
inline constexpr std::uint64_t longest_header = std::uint64_t{1} << 24;

namespace detail {

/// Counts what the JSON parser does not: depth and names that come twice.
class Watch final {
 public:
  explicit Watch(const std::filesystem::path& file) : file_(file) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    const auto level = static_cast<std::size_t>(depth);
    if (event == Event::object_start || event == Event::array_start) {
      if (level + 1 >= names_.size()) {
        throw FileError(file_, "the header is nested deeper than a list in a tensor in an object");
      }
      names_[level + 1].clear();
    } else if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names_[level].insert(name).second) {
        throw FileError(file_, "the header has \"" + name + "\" twice");
      }
    }
    return true;
  }

 private:
  const std::filesystem::path& file_;
  std::array<std::set<std::string>, 4> names_;  // of the objects open at each depth
};

inline nlohmann::json parse_json(const std::filesystem::path& file, const std::string& text) {
  try {
    Watch watch(file);
    auto header = nlohmann::json::parse(
        text, [&watch](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
          return watch(depth, event, parsed);
        });
    if (!header.is_object()) {
      throw FileError(
          file, std::string("the header must be a JSON object, but is ") + header.type_name());
    }
    return header;
  } catch (const nlohmann::json::exception&) {
    throw FileError(file, "the header is no valid JSON");
  }
}

/// One tensor's part of the header.
class EntryReader final {
 public:
  EntryReader(const std::filesystem::path& file, const std::string& name,
              const nlohmann::json& fields, std::size_t data_size)
      : file_(file), name_(name), fields_(fields), data_size_(data_size) {}

  Entry read() const {
    if (!fields_.is_object()) {
      fail(std::string("expected an object, found ") + fields_.type_name());
    }
    Entry entry{
        .name = name_, .type = value_type(), .shape = numbers("shape"), .begin = 0, .end = 0};
    const auto offsets = numbers("data_offsets");
    if (offsets.size() != 2) {
      fail("data_offsets must be two numbers, found " + std::to_string(offsets.size()));
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
    if (entry.begin > entry.end || entry.end > data_size_) {
      fail("data_offsets " + std::to_string(entry.begin) + " to " + std::to_string(entry.end) +
           " do not lie in the " + std::to_string(data_size_) + " bytes of data");
    }
    const auto wanted = product(bytes_of(entry.type), entry.shape);
    if (!wanted) fail("the product of the extents overflows");
    if (entry.end - entry.begin != *wanted) {
      fail("the shape needs " + std::to_string(*wanted) + " bytes, but data_offsets give it " +
           std::to_string(entry.end - entry.begin));
    }
    return entry;
  }

 private:
  [[noreturn]] void fail(const std::string& fact) const {
    throw FileError(file_, "tensor \"" + name_ + "\": " + fact);
  }
  const nlohmann::json& field(const char* key) const {
    const auto found = fields_.find(key);
    if (found == fields_.end()) fail(std::string(key) + " is missing");
    return *found;
  }
  ValueType value_type() const {
    const auto& dtype = field("dtype");
    if (!dtype.is_string()) fail("dtype must be a string");
    const auto& name = dtype.get_ref<const std::string&>();
    if (name == "F32") return ValueType::f32;
    if (name == "F16") return ValueType::f16;
    if (name == "BF16") return ValueType::bf16;
    if (name == "F64") return ValueType::f64;
    fail("expected dtype F32, F16, BF16 or F64, found " + name);
  }
  std::vector<std::size_t> numbers(const char* key) const {
    const auto& list = field(key);
    if (!list.is_array()) fail(std::string(key) + " must be a list");
    std::vector<std::size_t> out;
    for (const auto& number : list) {
      if (!number.is_number_unsigned()) {
        fail(std::string(key) + " must hold whole numbers from 0, found " +
             (number.is_number() ? number.dump() : number.type_name()));
      }
      out.push_back(number.get<std::size_t>());
    }
    return out;
  }
  const std::filesystem::path& file_;
  const std::string& name_;
  const nlohmann::json& fields_;
  std::size_t data_size_;
};

/// Sorts by place; the tensors must cover the data without gaps and without sharing a byte.
inline void check_places(const std::filesystem::path& file, std::vector<Entry>& entries,
                         std::size_t data_size) {
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::size_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != at) {
      throw FileError(file, "tensor \"" + entry.name + "\": expected to begin at byte " +
                                std::to_string(at) + " where the one before ends, found " +
                                std::to_string(entry.begin));
    }
    at = entry.end;
  }
  if (at != data_size) {
    throw FileError(file, "the tensors end at byte " + std::to_string(at) + " of " +
                              std::to_string(data_size) + " bytes of data");
  }
}

}  // namespace detail

/// The tensors that a header describes, in the order of their data.
///
/// Parameters text: the JSON    data_size: bytes of the file behind the header
/// Ensures    the entries cover the data exactly, and each has the bytes that its shape needs
/// Errors     FileError for everything else; nothing of the size of the tensors is allocated
inline std::vector<Entry> parse_header(const std::filesystem::path& file, const std::string& text,
                                       std::size_t data_size) {
  const nlohmann::json header = detail::parse_json(file, text);
  std::vector<Entry> entries;
  for (const auto& [name, fields] : header.items()) {
    if (name == "__metadata__") {
      if (!fields.is_object()) throw FileError(file, "__metadata__ must be an object");
      continue;
    }
    entries.push_back(detail::EntryReader(file, name, fields, data_size).read());
  }
  detail::check_places(file, entries, data_size);
  return entries;
}

}  // namespace convexpr::safetensors
