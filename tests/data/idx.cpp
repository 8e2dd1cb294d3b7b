#define BOOST_TEST_MODULE idx
#include <zlib.h>

#include <boost/test/unit_test.hpp>
#include <convexpr/data/idx.hpp>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "temporary_folder.hpp"

using convexpr::FileError;
using convexpr::read_idx;
using namespace convexpr_tests;
using Bytes = std::vector<std::uint8_t>;

namespace {

Bytes valid() {
  Bytes bytes = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5};
  for (int i = 0; i < 30; ++i) bytes.push_back(static_cast<std::uint8_t>(7 * i));
  return bytes;
}

std::filesystem::path compress(const TemporaryFolder& folder, const Bytes& bytes) {
  auto path = folder.path / "compressed.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return path;
}

std::string refusal(const std::filesystem::path& path) {
  return message_of<FileError>([&] { read_idx(path); });
}

std::string refusal(const Bytes& bytes) {
  const TemporaryFolder folder;
  return refusal(folder.write("x", bytes));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plain_file_and_a_compressed_one_hold_the_same) {
  const TemporaryFolder folder;
  for (const auto& path : {folder.write("plain", valid()), compress(folder, valid())}) {
    const auto idx = read_idx(path);
    const std::vector<std::size_t> extents = {2, 3, 5};
    BOOST_TEST(idx.extents == extents);
    BOOST_REQUIRE(idx.values.size() == 30U);
    for (std::size_t i = 0; i < 30; ++i) {
      BOOST_TEST(idx.values[i] == static_cast<std::uint8_t>(7 * i));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_larger_than_one_read_arrives_whole) {
  const std::size_t count = (std::size_t{9} << 20) + 77;
  Bytes bytes = {0, 0, 8, 1, 0, 0x90, 0, 77};
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(i % 251));
  const TemporaryFolder folder;
  const auto idx = read_idx(compress(folder, bytes));
  BOOST_TEST(idx.values.size() == count);
  BOOST_TEST((idx.values == Bytes(bytes.begin() + 8, bytes.end())));
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named) {
  const TemporaryFolder folder;
  const auto path = folder.path / "absent";
  BOOST_TEST(refusal(path) == path.string() + ": the file cannot be opened");
  BOOST_TEST(contains(refusal(folder.path), "cannot be"));
}

BOOST_AUTO_TEST_CASE(headers_that_are_no_headers_are_refused) {
  BOOST_TEST(contains(refusal(Bytes{}), "no IDX file"));
  BOOST_TEST(contains(refusal(Bytes{0, 0, 8}), "no IDX file"));
  BOOST_TEST(contains(refusal(Bytes{0, 1, 8, 1, 0, 0, 0, 0}), "no IDX file"));
  BOOST_TEST(contains(refusal(Bytes{0, 0, 13, 1, 0, 0, 0, 0}), "type 13"));
  BOOST_TEST(contains(refusal(Bytes{0, 0, 8, 0}), "no extents"));
  BOOST_TEST(contains(refusal(Bytes{0, 0, 8, 2, 0, 0, 0, 1, 0, 0}), "after 1 of 2 extents"));
}

BOOST_AUTO_TEST_CASE(extents_that_claim_more_than_the_file_has_are_refused_without_the_memory) {
  Bytes two_gigabytes = {0, 0, 8, 2, 0, 1, 0, 0, 0, 0, 0x80, 0, 1, 2, 3};
  BOOST_TEST(contains(refusal(two_gigabytes), "ask for 2147483648 values, but the file has 3"));
  const Bytes overflow = {0,    0,    8,    3,    0xFF, 0xFF, 0xFF, 0xFF,
                          0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  BOOST_TEST(contains(refusal(overflow), "overflows"));
}

BOOST_AUTO_TEST_CASE(a_value_too_few_or_too_many_is_refused) {
  Bytes bytes = valid();
  bytes.pop_back();
  BOOST_TEST(contains(refusal(bytes), "ask for 30 values, but the file has 29"));
  bytes.resize(bytes.size() + 2);
  BOOST_TEST(contains(refusal(bytes), "goes on"));
}

BOOST_AUTO_TEST_CASE(an_extent_of_zero_is_an_empty_array) {
  const TemporaryFolder folder;
  const auto idx = read_idx(folder.write("x", Bytes{0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 9}));
  BOOST_TEST(idx.extents[1] == 9U);
  BOOST_TEST(idx.values.empty());
}

BOOST_AUTO_TEST_CASE(compressed_data_that_is_cut_off_or_changed_is_refused) {
  const TemporaryFolder folder;
  const Bytes whole = contents(compress(folder, valid()));
  for (std::size_t size = 3; size < whole.size(); ++size) {
    BOOST_TEST(refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) !=
               "nothing");
  }
  Bytes changed = whole;
  changed[changed.size() - 6] ^= 0x10;  // in the checksum
  BOOST_TEST(contains(refusal(changed), "cannot be read"));
}

BOOST_AUTO_TEST_CASE(random_damage_is_refused_or_read_but_never_crashes) {
  const TemporaryFolder folder;
  std::mt19937 random(1);
  int refused = 0;
  for (const Bytes& whole : {valid(), contents(compress(folder, valid()))}) {
    for (int round = 0; round < 1000; ++round) {
      Bytes bytes = whole;
      for (int flips = 0; flips < 3; ++flips) {
        bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
      }
      refused += refusal(folder.write("damaged", bytes)) != "nothing" ? 1 : 0;
    }
  }
  BOOST_TEST(refused > 1000);
}
