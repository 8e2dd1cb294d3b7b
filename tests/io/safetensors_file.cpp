#define BOOST_TEST_MODULE safetensors_file
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/io/safetensors_file.hpp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "../data/temporary_folder.hpp"

using namespace convexpr_tests;
using convexpr::FileError;
using convexpr::NamedTensor;
using convexpr::read_safetensors;
using convexpr::write_safetensors;
using Bytes = std::vector<std::uint8_t>;
using Dict = std::vector<NamedTensor>;

namespace {

NamedTensor tensor(const std::string& name, std::vector<std::size_t> shape) {
  std::size_t count = 1;
  for (const std::size_t extent : shape) count *= extent;
  NamedTensor out{.name = name, .shape = std::move(shape), .values = std::vector<float>(count)};
  for (std::size_t i = 0; i < count; ++i) out.values[i] = 0.25F * static_cast<float>(i) - 3.0F;
  return out;
}

/// A file whose length fits its header.
Bytes file_of(const std::string& header, const Bytes& data = {}) {
  Bytes bytes;
  const std::uint64_t length = header.size();
  for (std::size_t i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(length >> 8 * i));
  for (const char c : header) bytes.push_back(static_cast<std::uint8_t>(c));
  for (const std::uint8_t byte : data) bytes.push_back(byte);
  return bytes;
}

std::string entry(const std::string& name, const std::string& shape, const std::string& offsets,
                  const std::string& dtype = "F32") {
  std::string text = "\"";
  text += name;
  text += R"(":{"dtype":")";
  text += dtype;
  text += R"(","shape":)";
  text += shape;
  text += R"(,"data_offsets":)";
  text += offsets;
  text += "}";
  return text;
}

std::string numbers(std::initializer_list<std::size_t> list) {
  std::string text = "[";
  for (const std::size_t number : list) {
    if (text.size() > 1) text += ",";
    text += std::to_string(number);
  }
  text += "]";
  return text;
}

/// A header with these entries.
std::string object(std::initializer_list<std::string> entries) {
  std::string text = "{";
  for (const auto& one : entries) {
    if (text.size() > 1) text += ",";
    text += one;
  }
  text += "}";
  return text;
}

std::string refusal(const Bytes& bytes) {
  const TemporaryFolder folder;
  const auto path = folder.write("x.safetensors", bytes);
  const auto message = message_of<FileError>([&] { read_safetensors(path); });
  BOOST_TEST((message == "nothing" || message.starts_with(path.string() + ": ")));
  return message;
}

std::string refusal(const std::string& header, std::size_t data_size = 0) {
  return refusal(file_of(header, Bytes(data_size)));
}

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back_bit_for_bit_and_in_its_order) {
  const TemporaryFolder folder;
  Dict dict = {tensor("z.weight", {3, 2, 5, 1}), tensor("a.bias", {7}), tensor("scalar", {}),
               tensor("\"quoted\" und f\xC3\xBCnf", {2, 3})};
  dict[1].values[0] = -0.0F;
  dict[1].values[1] = std::numeric_limits<float>::infinity();
  dict[1].values[2] = std::numeric_limits<float>::denorm_min();
  write_safetensors(folder.path / "x", dict);
  const auto read = read_safetensors(folder.path / "x");
  BOOST_TEST((read == dict));
  BOOST_TEST(std::signbit(read[1].values[0]));
  BOOST_TEST((contents(folder.path / "x")[0] % 8 == 0));
}

BOOST_AUTO_TEST_CASE(tensors_without_values_and_files_without_tensors_are_fine) {
  const TemporaryFolder folder;
  const Dict dict = {tensor("none", {0, 4}), tensor("some", {2})};
  write_safetensors(folder.path / "x", dict);
  BOOST_TEST((read_safetensors(folder.path / "x") == dict));
  write_safetensors(folder.path / "x", {});
  BOOST_TEST(read_safetensors(folder.path / "x").empty());
}

BOOST_AUTO_TEST_CASE(a_file_by_hand_is_read_as_the_format_says) {
  const TemporaryFolder folder;
  auto header = object({R"("__metadata__":{"made":"by hand"})", entry("late", "[1]", "[8,12]"),
                        entry("early", "[2,1]", "[0,8]")});
  header += "   ";
  const auto bytes = file_of(header, bytes_of<float>({1.5F, -2.0F, 8.0F}));
  const auto dict = read_safetensors(folder.write("x", bytes));
  const Dict expected = {{"early", {2, 1}, {1.5F, -2.0F}}, {"late", {1}, {8.0F}}};
  BOOST_TEST((dict == expected));
}

BOOST_AUTO_TEST_CASE(other_floating_point_types_become_float) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& dtype, const Bytes& data, std::size_t count) {
    const auto header = object({entry("x", numbers({count}), numbers({0, data.size()}), dtype)});
    return read_safetensors(folder.write("x", file_of(header, data)))[0].values;
  };
  BOOST_TEST((read("F64", bytes_of<double>({0.1, -3.0}), 2) == std::vector<float>{0.1F, -3.0F}));
  BOOST_TEST((read("BF16", bytes_of<std::uint16_t>({0x3FC0, 0xC000, 0x7F80}), 3) ==
              std::vector<float>{1.5F, -2.0F, std::numeric_limits<float>::infinity()}));

  // Every half, against the definition of its three fields.
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  const auto values = read("F16", bytes_of(halves), halves.size());
  bool equal = true;
  for (unsigned i = 0; i < 65536; ++i) {
    const double fraction = (i & 1023U) / 1024.0;
    const int exponent = static_cast<int>(i >> 10 & 31U);
    double expected = exponent == 0 ? fraction * std::pow(2.0, -14)
                                    : (1.0 + fraction) * std::pow(2.0, exponent - 15);
    if (exponent == 31) expected = std::numeric_limits<double>::infinity();
    if (i >= 0x8000U) expected = -expected;
    equal = equal && (exponent == 31 && fraction != 0.0 ? std::isnan(values[i])
                                                        : double{values[i]} == expected);
  }
  BOOST_TEST(equal);
}

BOOST_AUTO_TEST_CASE(files_that_are_missing_or_too_short_are_refused) {
  const TemporaryFolder folder;
  const auto absent = folder.path / "absent";
  BOOST_TEST(message_of<FileError>([&] { read_safetensors(absent); }) ==
             absent.string() + ": the file cannot be opened");
  BOOST_TEST(message_of<FileError>([&] { read_safetensors(folder.path); }) != "nothing");
  BOOST_TEST(contains(refusal(Bytes{}), "8 bytes, but the file has 0"));
  BOOST_TEST(contains(refusal(Bytes(7)), "8 bytes, but the file has 7"));
  BOOST_TEST(contains(refusal(Bytes(8)), "no valid JSON"));
  Bytes lie = file_of("{}");
  lie[0] = 3;
  BOOST_TEST(contains(refusal(lie), "claims 3 bytes, but 2 are"));
  for (std::size_t i = 0; i < 8; ++i) lie[i] = 0xFF;
  BOOST_TEST(contains(refusal(lie), "claims 18446744073709551615 bytes"));
}

BOOST_AUTO_TEST_CASE(headers_that_are_no_objects_of_tensors_are_refused) {
  BOOST_TEST(contains(refusal("{"), "no valid JSON"));
  BOOST_TEST(contains(refusal("{} {}"), "no valid JSON"));
  BOOST_TEST(contains(refusal("{\"\xFF\":1}"), "no valid JSON"));
  BOOST_TEST(contains(refusal("[]"), "must be a JSON object, but is array"));
  BOOST_TEST(contains(refusal("7"), "but is number"));
  BOOST_TEST(contains(refusal("{\"x\":7}"), "tensor \"x\": expected an object, found number"));
  BOOST_TEST(contains(refusal("{\"__metadata__\":7}"), "__metadata__ must be an object"));
  BOOST_TEST(contains(refusal("{\"x\":{\"shape\":[[1]]}}"), "nested deeper"));
  BOOST_TEST(contains(refusal(std::string(1'000'000, '[')), "nested deeper"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  BOOST_TEST(contains(refusal(objects), "nested deeper"));
}

BOOST_AUTO_TEST_CASE(a_name_that_comes_twice_is_refused) {
  const auto x = entry("x", "[1]", "[0,4]");
  BOOST_TEST(contains(refusal(object({x, x}), 4), "has \"x\" twice"));
  BOOST_TEST(contains(refusal(R"({"x":{"dtype":"F32","dtype":"F16"}})"), "has \"dtype\" twice"));
  // The same key in two tensors is what every file has.
  BOOST_TEST(refusal(object({x, entry("y", "[2]", "[4,12]")}), 12) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_missing_or_wrong_field_is_named) {
  BOOST_TEST(contains(refusal(R"({"x":{"shape":[1],"data_offsets":[0,4]}})", 4),
                      "tensor \"x\": dtype is missing"));
  BOOST_TEST(
      contains(refusal(R"({"x":{"dtype":"F32","data_offsets":[0,4]}})", 4), "shape is missing"));
  BOOST_TEST(
      contains(refusal(R"({"x":{"dtype":"F32","shape":[1]}})", 4), "data_offsets is missing"));
  BOOST_TEST(contains(refusal(object({entry("x", "[1]", "[0,8]", "I64")}), 8),
                      "tensor \"x\": expected dtype F32, F16, BF16 or F64, found I64"));
  BOOST_TEST(contains(refusal(R"({"x":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", 4),
                      "dtype must be a string"));
  BOOST_TEST(contains(refusal(object({entry("x", "7", "[0,4]")}), 4), "shape must be a list"));
  for (const char* shape : {"[-1]", "[1.0]", "[null]", "[\"1\"]", "[18446744073709551616]"}) {
    BOOST_TEST(contains(refusal(object({entry("x", shape, "[0,4]")}), 4), "whole numbers"));
  }
  for (const char* offsets : {"[]", "[0]", "[0,4,8]"}) {
    BOOST_TEST(contains(refusal(object({entry("x", "[1]", offsets)}), 4), "two numbers"));
  }
}

BOOST_AUTO_TEST_CASE(places_that_do_not_tile_the_data_are_refused) {
  BOOST_TEST(contains(refusal(object({entry("x", "[1]", "[4,0]")}), 4), "4 to 0 do not lie"));
  BOOST_TEST(contains(refusal(object({entry("x", "[2]", "[0,8]")}), 4), "0 to 8 do not lie"));
  BOOST_TEST(contains(refusal(object({entry("x", "[1]", "[0,4]")}), 8), "end at byte 4 of 8"));
  BOOST_TEST(contains(refusal(object({entry("x", "[1]", "[4,8]")}), 8), "begin at byte 0"));
  const auto x = entry("x", "[2]", "[0,8]");
  BOOST_TEST(contains(refusal(object({x, entry("y", "[2]", "[4,12]")}), 12),
                      "tensor \"y\": expected to begin at byte 8"));
  BOOST_TEST(
      contains(refusal(object({x, entry("y", "[2]", "[0,8]")}), 8), "expected to begin at byte 8"));
  BOOST_TEST(contains(refusal(object({x, entry("y", "[1]", "[12,16]")}), 16),
                      "tensor \"y\": expected to begin at byte 8"));
  BOOST_TEST(contains(refusal("{}", 4), "end at byte 0 of 4"));
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_have_their_bytes_are_refused) {
  BOOST_TEST(contains(refusal(object({entry("x", "[3]", "[0,8]")}), 8),
                      "needs 12 bytes, but data_offsets give it 8"));
  BOOST_TEST(
      contains(refusal(object({entry("x", "[4294967296,4294967296]", "[0,0]")})), "overflows"));
  BOOST_TEST(
      contains(refusal(object({entry("x", "[4611686018427387904]", "[0,0]")})), "overflows"));
  BOOST_TEST(contains(refusal(object({entry("x", "[2305843009213693952]", "[0,0]")})),
                      "needs 9223372036854775808 bytes"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_leaves_the_old_file_and_nothing_else) {
  const TemporaryFolder folder;
  const auto path = folder.path / "x.safetensors";
  const Dict old = {tensor("old", {3})};
  write_safetensors(path, old);
  const auto refused = [&](const Dict& dict) {
    return message_of<FileError>([&] { write_safetensors(path, dict); });
  };
  BOOST_TEST(contains(refused({tensor("x", {1}), tensor("x", {2})}), "\"x\": the name is there"));
  BOOST_TEST(contains(refused({tensor("__metadata__", {1})}), "keeps this name"));
  BOOST_TEST(contains(refused({tensor("\xFF", {1})}), "UTF-8"));
  BOOST_TEST(contains(refused({{"x", {2, 2}, {1.0F, 2.0F, 3.0F}}}), "the 3 values"));
  const std::size_t half = std::size_t{1} << 63;
  BOOST_TEST(contains(refused({{"x", {half, 2}, {}}}), "the 0 values"));
  BOOST_TEST((read_safetensors(path) == old));

  std::filesystem::create_directory(folder.path / "taken");
  BOOST_TEST(contains(message_of<FileError>([&] { write_safetensors(folder.path / "taken", old); }),
                      "replaced"));
  BOOST_TEST(
      contains(message_of<FileError>([&] { write_safetensors(folder.path / "absent" / "x", old); }),
               "no file can be written"));
  const std::filesystem::directory_iterator entries(folder.path);
  BOOST_TEST(std::distance(begin(entries), end(entries)) == 2);
}

BOOST_AUTO_TEST_CASE(random_damage_is_refused_or_read_but_never_crashes) {
  const TemporaryFolder folder;
  write_safetensors(folder.path / "whole",
                    {tensor("conv.weight", {2, 3, 1, 1}), tensor("conv.bias", {2})});
  const Bytes whole = contents(folder.path / "whole");
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    Bytes bytes = whole;
    const auto flips = 1 + random() % 3;
    for (std::size_t i = 0; i < flips; ++i) {
      auto& byte = bytes[random() % bytes.size()];
      byte = random() % 2 == 0 ? static_cast<std::uint8_t>(byte ^ 1U << random() % 8)
                               : static_cast<std::uint8_t>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 9));
    const auto path = folder.write("damaged", bytes);
    refused += message_of<FileError>([&] { read_safetensors(path); }) != "nothing" ? 1 : 0;
  }
  BOOST_TEST(refused > 2000);
  BOOST_TEST(refused < 4000);
}

BOOST_AUTO_TEST_CASE(the_trained_googlenet_is_read) {
  const char* assets = std::getenv("CONVEXPR_ASSETS");
  if (assets == nullptr) {
    BOOST_TEST_MESSAGE("skipped: CONVEXPR_ASSETS names no folder of real weights");
    return;
  }
  const auto path = std::filesystem::path(assets) / "googlenet" / "googlenet.safetensors";
  if (!std::filesystem::exists(path)) {
    BOOST_TEST_MESSAGE("skipped: " << path << " is not there");
    return;
  }
  const auto dict = read_safetensors(path);
  BOOST_TEST(dict.size() == 116U);
  std::size_t values = 0;
  for (const NamedTensor& t : dict) values += t.values.size();
  BOOST_TEST(values == 6'998'552U);
  const auto stem = std::ranges::find(dict, "conv1.7x7_s2.weight", &NamedTensor::name);
  BOOST_REQUIRE((stem != dict.end()));
  const std::vector<std::size_t> shape = {64, 3, 7, 7};
  BOOST_TEST(stem->shape == shape);
  BOOST_TEST(std::ranges::all_of(stem->values, [](float v) { return std::abs(v) < 10.0F; }));
}
