#define BOOST_TEST_MODULE picture
#include <stb/stb_image_write.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/data/picture.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "temporary_folder.hpp"

namespace cx = convexpr;
using namespace convexpr_tests;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr int height = 5;
constexpr int width = 7;

/// A smooth picture, so that JPEG comes close to it.
Bytes pixels() {
  Bytes rgb;
  for (int i = 0; i < height; ++i) {
    for (int j = 0; j < width; ++j) {
      for (const int v : {20 * i + 30, 15 * j + 60, 200 - 10 * i - 5 * j}) {
        rgb.push_back(static_cast<std::uint8_t>(v));
      }
    }
  }
  return rgb;
}

Bytes ppm(std::string_view header, const Bytes& rgb) {
  Bytes bytes(header.begin(), header.end());
  bytes.insert(bytes.end(), rgb.begin(), rgb.end());
  return bytes;
}

void write_png(const std::filesystem::path& path, int channels, const Bytes& values) {
  BOOST_REQUIRE(
      stbi_write_png(path.c_str(), width, height, channels, values.data(), width * channels) != 0);
}

void write_jpeg(const std::filesystem::path& path) {
  BOOST_REQUIRE(stbi_write_jpg(path.c_str(), width, height, 3, pixels().data(), 100) != 0);
}

std::string refusal(const TemporaryFolder& folder, const Bytes& bytes) {
  return message_of<cx::FileError>([&] { cx::read_picture(folder.write("x", bytes)); });
}

Bytes head(const Bytes& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace

BOOST_AUTO_TEST_CASE(ppm_and_png_arrive_as_they_are) {
  const TemporaryFolder folder;
  write_png(folder.path / "x.png", 3, pixels());
  const auto plain = folder.write("x.ppm", ppm("P6\n7 5\n255\n", pixels()));
  const auto commented =
      folder.write("y.ppm", ppm("P6 # made by hand\n# 9 9\n 7\t5 255\n", pixels()));
  for (const auto& path : {folder.path / "x.png", plain, commented}) {
    const auto picture = cx::read_picture(path);
    BOOST_TEST(picture.height == height);
    BOOST_TEST(picture.width == width);
    BOOST_TEST((picture.rgb == pixels()));
  }
  BOOST_TEST((cx::read_ppm(plain).rgb == pixels()));
}

BOOST_AUTO_TEST_CASE(grey_has_three_equal_channels) {
  const TemporaryFolder folder;
  Bytes grey(height * width);
  for (std::size_t p = 0; p < grey.size(); ++p) grey[p] = static_cast<std::uint8_t>(7 * p);
  write_png(folder.path / "grey.png", 1, grey);
  const auto picture = cx::read_picture(folder.path / "grey.png");
  BOOST_REQUIRE(picture.rgb.size() == grey.size() * 3);
  for (std::size_t i = 0; i < picture.rgb.size(); ++i) BOOST_TEST(picture.rgb[i] == grey[i / 3]);
}

BOOST_AUTO_TEST_CASE(jpeg_arrives_nearly_as_it_was) {
  const TemporaryFolder folder;
  write_jpeg(folder.path / "x.jpg");
  const auto picture = cx::read_picture(folder.path / "x.jpg");
  BOOST_TEST(picture.height == height);
  BOOST_TEST(picture.width == width);
  const Bytes expected = pixels();
  BOOST_REQUIRE(picture.rgb.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST(std::abs(int{picture.rgb[i]} - int{expected[i]}) <= 8);
  }
}

BOOST_AUTO_TEST_CASE(a_tensor_takes_the_colours_in_the_order_asked_for) {
  const cx::Picture picture{.height = height, .width = width, .rgb = pixels()};
  const auto rgb = cx::to_tensor<height, width>(picture);
  const auto bgr = cx::to_tensor<height, width>(
      picture, {.order = cx::ChannelOrder::bgr, .mean = {104.0F, 117.0F, 123.0F}, .scale = 0.5F});
  const float mean[] = {104.0F, 117.0F, 123.0F};
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < height; ++i) {
      for (int j = 0; j < width; ++j) {
        const auto at = static_cast<std::size_t>((i * width + j) * 3);
        BOOST_TEST(rgb(c, i, j) ==
                   static_cast<float>(picture.rgb[at + static_cast<std::size_t>(c)]));
        const auto value = static_cast<float>(picture.rgb[at + static_cast<std::size_t>(2 - c)]);
        BOOST_TEST(bgr(c, i, j) == (value - mean[c]) * 0.5F);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_picture_of_another_size_is_refused_with_both_sizes) {
  const cx::Picture picture{.height = height, .width = width, .rgb = pixels()};
  const auto message = message_of<cx::PictureError>([&] { cx::to_tensor<width, height>(picture); });
  BOOST_TEST(contains(message, "7 x 5"));
  BOOST_TEST(contains(message, "5 x 7"));
}

BOOST_AUTO_TEST_CASE(files_that_are_missing_or_no_pictures_are_refused) {
  const TemporaryFolder folder;
  const auto absent = folder.path / "absent.png";
  BOOST_TEST(message_of<cx::FileError>([&] { cx::read_picture(absent); }) ==
             absent.string() + ": the file cannot be opened");
  BOOST_TEST(message_of<cx::FileError>([&] { cx::read_picture(folder.path); }) != "nothing");
  BOOST_TEST(contains(refusal(folder, {}), "neither"));
  BOOST_TEST(contains(refusal(folder, ppm("P3\n1 1\n255\n", {1, 2, 3})), "neither"));
  BOOST_TEST(contains(refusal(folder, ppm("GIF89a", pixels())), "neither"));
}

BOOST_AUTO_TEST_CASE(a_damaged_ppm_is_refused_in_words) {
  const TemporaryFolder folder;
  const auto whole = ppm("P6\n7 5\n255\n", pixels());
  BOOST_TEST(contains(refusal(folder, head(whole, whole.size() - 1)), "105 bytes of pixels"));
  BOOST_TEST(contains(refusal(folder, ppm("P6\n7 5\n", {})), "header"));
  BOOST_TEST(contains(refusal(folder, ppm("P6\n7 -5\n255\n", pixels())), "header"));
  BOOST_TEST(contains(refusal(folder, ppm("P6\n7 5\n65535\n", pixels())), "255, but is 65535"));
  BOOST_TEST(contains(refusal(folder, ppm("P6\n0 5\n255\n", pixels())), "claims 5 x 0"));
  BOOST_TEST(contains(refusal(folder, ppm("P6\n70000 70000\n255\n", pixels())), "claims"));
  const auto digits = ppm("P6\n99999999999999999999999 5\n255\n", pixels());
  BOOST_TEST(refusal(folder, digits) != "nothing");
}

BOOST_AUTO_TEST_CASE(a_picture_that_is_cut_off_is_refused) {
  const TemporaryFolder folder;
  write_png(folder.path / "x.png", 3, pixels());
  write_jpeg(folder.path / "x.jpg");
  const Bytes png = contents(folder.path / "x.png");
  const Bytes jpeg = contents(folder.path / "x.jpg");
  for (std::size_t size = 0; size + 16 < png.size(); ++size) {
    BOOST_TEST(refusal(folder, head(png, size)) != "nothing");
  }
  for (std::size_t size = 0; size < jpeg.size(); ++size) {
    BOOST_TEST(refusal(folder, head(jpeg, size)) != "nothing");
  }
}

BOOST_AUTO_TEST_CASE(a_png_that_claims_a_giant_size_is_refused_before_there_is_memory_for_it) {
  const TemporaryFolder folder;
  write_png(folder.path / "x.png", 3, pixels());
  Bytes png = contents(folder.path / "x.png");
  png[17] = 1;  // width 65,543: bytes 16 to 19, the highest first
  png[22] = 5;  // height 1,285: bytes 20 to 23
  BOOST_TEST(contains(refusal(folder, png), "claims 1285 x 65543"));
}

BOOST_AUTO_TEST_CASE(random_damage_of_a_ppm_is_refused_or_read_but_never_crashes) {
  const TemporaryFolder folder;
  const auto whole = ppm("P6\n7 5\n255\n", pixels());
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    Bytes bytes = head(whole, 1 + random() % whole.size());
    bytes[random() % std::min<std::size_t>(bytes.size(), 12)] ^=
        static_cast<std::uint8_t>(1U << random() % 8);
    refused += refusal(folder, bytes) != "nothing" ? 1 : 0;
  }
  BOOST_TEST(refused > 500);
}
