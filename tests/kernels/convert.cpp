// Moves between layouts, element by element.
#define BOOST_TEST_MODULE kernels_convert
#include <convexpr/kernels/convert.hpp>

#include "buffer.hpp"

namespace kernels = convexpr::kernels;
using convexpr::simd::lanes;
using test::Buffer;
using test::Extents;

namespace {

// Numbers every element differently.
int label(const Extents& e, int n, int c, int i, int j) {
  return ((n * e.c + c) * e.h + i) * e.w + j + 1;
}

std::vector<float> labels(const Extents& e) {
  std::vector<float> out;
  for (int k = 1; k <= e.size(); ++k) out.push_back(static_cast<float>(k));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(plain_images_become_maps_and_maps_become_plain_images) {
  for (const int interleave : {lanes, 1}) {
    for (const int channels : {1, 3, lanes, 2 * lanes + 5}) {
      const Extents e{2, channels, 5, 7};
      const Buffer maps(e, {1, 2, 3, 4}, interleave);
      const std::vector<float> in = labels(e);
      kernels::from_planar(in.data(), maps, interleave);
      BOOST_TEST(test::distance(maps, [&](auto... at) { return label(e, at...); }) == 0.0);
      BOOST_TEST(maps.untouched_around());
      std::vector<float> out(in.size() + 1, test::marker);
      kernels::to_planar(maps, out.data(), interleave);
      BOOST_TEST(out.back() == test::marker);
      out.pop_back();
      BOOST_TEST(out == in, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(clearing_the_border_leaves_the_image) {
  for (const int interleave : {lanes, 1}) {
    for (const convexpr::Padding border : {convexpr::Padding(1, 2, 3, 4), {0, 3, 0, 0}, {0}}) {
      const Extents e{2, lanes + 1, 3, 5};
      const Buffer maps(e, border, interleave);
      maps.fill([&](auto... at) { return label(e, at...); });
      kernels::clear_border(maps, border, interleave);
      BOOST_TEST(test::distance(maps, [&](auto... at) { return label(e, at...); }) == 0.0);
      for (int n = 0; n < e.n; ++n) {
        for (int c = 0; c < e.c; ++c) {
          float rest = 0;
          for (int i = -border.top; i < e.h + border.bottom; ++i) {
            for (int j = -border.left; j < e.w + border.right; ++j) {
              if (i < 0 || i >= e.h || j < 0 || j >= e.w) rest += maps.at(n, c, i, j);
            }
          }
          BOOST_TEST(rest == 0.0F);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_flattened_image_has_its_features_in_channel_row_column_order) {
  for (const int channels : {2, lanes, 2 * lanes + 3}) {
    for (const auto& [h, w] : {std::pair{3, 5}, std::pair{1, 1}}) {
      const Extents e{3, channels, h, w};
      const Buffer x(e, {1, 0, 2, 3});
      const Buffer y({e.n, e.c * e.h * e.w, 1, 1});
      const Buffer back(e, {2});
      x.fill([&](auto... at) { return label(e, at...); });
      kernels::flatten(x, y);
      BOOST_TEST(test::distance(y, [&](int n, int f, int, int) {
                   return n * e.c * e.h * e.w + f + 1;
                 }) == 0.0);
      BOOST_TEST(y.untouched_around());
      kernels::unflatten(y, back);
      BOOST_TEST(test::distance(back, [&](auto... at) { return label(e, at...); }) == 0.0);
      BOOST_TEST(back.untouched_around());
    }
  }
}

BOOST_AUTO_TEST_CASE(copied_channels_replace_those_and_no_others) {
  struct Case {
    int channels_x, first_x, channels_y, first_y, count;
  };
  const int l = lanes;
  for (const auto& [channels_x, first_x, channels_y, first_y, count] :
       {Case{l + 3, 0, 3 * l + 3, 2 * l, l + 3}, Case{2 * l, l, 2 * l, 0, l},
        Case{2 * l, 0, 2 * l, 0, l - 1}, Case{2 * l, 0, 2 * l - 2, l, l - 2},
        Case{l + 5, 3, l + 7, 2, l}, Case{l + 5, 2, 2 * l + 1, l, l + 1}, Case{5, 1, l, 0, 2}}) {
    const Extents ex{2, channels_x, 3, 5};
    const Extents ey{2, channels_y, 3, 5};
    const Buffer x(ex, {1});
    const Buffer y(ey, {0, 2});
    x.fill([&](auto... at) { return label(ex, at...); });
    y.fill([&](auto... at) { return -label(ey, at...); });
    const bool ends = first_y + count == channels_y;
    for (int c = channels_y; ends && c < kernels::blocks(channels_y, l) * l; ++c) {
      y.at(0, c, 1, 2) = test::marker;
    }
    kernels::copy_channels(x, first_x, y, first_y, count);
    BOOST_TEST(test::distance(y, [&](int n, int c, int i, int j) {
                 const bool copied = c >= first_y && c < first_y + count;
                 return copied ? label(ex, n, c - first_y + first_x, i, j) : -label(ey, n, c, i, j);
               }) == 0.0);
    BOOST_TEST(y.untouched_around());
  }
}
