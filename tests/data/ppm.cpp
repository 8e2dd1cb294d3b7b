#define BOOST_TEST_MODULE ppm
#include <boost/test/unit_test.hpp>
#include <convexpr/data/ppm.hpp>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "temporary_folder.hpp"

namespace cx = convexpr;
using namespace convexpr_tests;

namespace {

/// All values from 0 to 255, line ends among them, row by row.
cx::Picture numbered(int height, int width) {
  cx::Picture picture{.height = height, .width = width, .rgb = {}};
  for (int i = 0; i < height * width * 3; ++i) {
    picture.rgb.push_back(static_cast<std::uint8_t>(i % 256));
  }
  return picture;
}

std::string refusal(const cx::Picture& picture, const std::filesystem::path& path) {
  return message_of<cx::FileError>([&] { cx::write_ppm(picture, path); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_written_is_read_as_it_was) {
  const TemporaryFolder folder;
  for (const cx::Picture& picture : {numbered(7, 13), numbered(1, 1), numbered(300, 2)}) {
    cx::write_ppm(picture, folder.path / "x.ppm");
    const cx::Picture found = cx::read_ppm(folder.path / "x.ppm");
    BOOST_TEST(found.height == picture.height);
    BOOST_TEST(found.width == picture.width);
    BOOST_TEST((found.rgb == picture.rgb));
    BOOST_TEST(contents(folder.path / "x.ppm").size() == picture.rgb.size() + 9 +
                                                             std::to_string(picture.height).size() +
                                                             std::to_string(picture.width).size());
  }
}

BOOST_AUTO_TEST_CASE(a_file_of_two_pixels_has_the_bytes_of_the_format) {
  const TemporaryFolder folder;
  cx::write_ppm({.height = 1, .width = 2, .rgb = {65, 66, 67, 97, 98, 99}}, folder.path / "x.ppm");
  const auto bytes = contents(folder.path / "x.ppm");
  BOOST_TEST(std::string(bytes.begin(), bytes.end()) == "P6\n2 1\n255\nABCabc");
}

BOOST_AUTO_TEST_CASE(a_picture_that_is_none_is_refused_and_not_written) {
  const TemporaryFolder folder;
  const auto path = folder.path / "x.ppm";
  cx::Picture picture = numbered(3, 4);
  picture.rgb.pop_back();
  BOOST_TEST(refusal(picture, path) ==
             path.string() + ": a picture of 3 x 4 pixels needs 36 values, but has 35");
  BOOST_TEST(contains(refusal({}, path), "claims 0 x 0 pixels"));
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_refused) {
  const TemporaryFolder folder;
  const auto path = folder.path / "absent" / "x.ppm";
  BOOST_TEST(refusal(numbered(1, 1), path) == path.string() + ": the file cannot be opened");
  if (std::filesystem::exists("/dev/full")) {
    BOOST_TEST(refusal(numbered(1, 1), "/dev/full") == "/dev/full: the file cannot be written");
  }
}
