// Ways back from an image to what a window made of it, against a search through all taps.
#define BOOST_TEST_MODULE shape_adjoint
#include <boost/test/unit_test.hpp>
#include <convexpr/shape/adjoint.hpp>
#include <set>
#include <utility>

using convexpr::Extent2;
using convexpr::Padding;
using convexpr::Window;
namespace window = convexpr::window;

static_assert(window::taps_of_phase(3, 1, 1, 0) == window::PhaseTaps{0, 1, 3, 0, 1});
static_assert(window::taps_of_phase(5, 2, 1, 1) == window::PhaseTaps{1, 2, 2, 0, 1});
static_assert(window::taps_of_phase(4, 3, 2, 1) == window::PhaseTaps{2, 3, 1, 1, 2});
static_assert(window::taps_of_phase(3, 2, 2, 1).count == 0);  // dilated past every second pixel
static_assert(window::taps_of_phase(1, 3, 1, 2).count == 0);

// As a 3x3 window of stride 1 needs it, and none where the padding is as wide as the kernel allows.
static_assert(window::adjoint_border({9, 7}, {7, 5}, {.kernel = 3}) == Padding(2, 2, 2, 2));
static_assert(window::adjoint_border({9, 7}, {11, 11}, {.kernel = 3, .padding = {2, 4, 2, 2}}) ==
              Padding(0, 0, 0, 0));

BOOST_AUTO_TEST_CASE(the_taps_of_a_phase_are_those_that_take_its_pixels_to_an_output) {
  for (int kernel = 1; kernel <= 6; ++kernel) {
    for (int stride = 1; stride <= 5; ++stride) {
      for (int dilation = 1; dilation <= 6; ++dilation) {
        for (int before = 0; before <= 4; ++before) {
          for (int pixel = 0; pixel < 12; ++pixel) {
            std::set<std::pair<int, int>> wanted;  // tap and output
            for (int tap = 0; tap < kernel; ++tap) {
              for (int output = -30; output < 30; ++output) {
                if (output * stride + tap * dilation - before == pixel)
                  wanted.insert({tap, output});
              }
            }
            const window::PhaseTaps taps =
                window::taps_of_phase(kernel, stride, dilation, (pixel + before) % stride);
            std::set<std::pair<int, int>> found;
            for (int t = 0; t < taps.count; ++t) {
              found.insert({taps.first + t * taps.step,
                            (pixel + before) / stride - taps.lag - t * taps.lag_step});
            }
            BOOST_REQUIRE(found == wanted);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_border_holds_every_output_that_a_tap_takes_a_pixel_to) {
  for (int kernel = 1; kernel <= 5; ++kernel) {
    for (int stride = 1; stride <= 4; ++stride) {
      for (int dilation = 1; dilation <= 3; ++dilation) {
        for (int before = 0; before <= 4; ++before) {
          for (int after = 0; after <= 2; ++after) {
            const int extent = 13;
            const Window w{.kernel = {kernel, 1},
                           .stride = {stride, 1},
                           .dilation = {dilation, 1},
                           .padding = {before, 0, after, 0}};
            const Extent2 out = window::output_extent({extent, 1}, w);
            const Padding border = window::adjoint_border({extent, 1}, out, w);
            for (int pixel = 0; pixel < extent; ++pixel) {
              for (int tap = 0; tap < kernel; ++tap) {
                const int place = pixel + before - tap * dilation;
                if (place % stride != 0) continue;
                BOOST_REQUIRE(place / stride >= -border.top);
                BOOST_REQUIRE(place / stride < out.h + border.bottom);
              }
            }
            BOOST_REQUIRE(border.left == 0 && border.right == 0);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_transposed_window_makes_the_images_that_have_as_many_positions) {
  for (int kernel = 1; kernel <= 5; ++kernel) {
    for (int stride = 1; stride <= 4; ++stride) {
      for (int dilation = 1; dilation <= 3; ++dilation) {
        for (int extra = 0; extra < stride; ++extra) {
          const int made = window::transposed_positions(6, kernel, stride, dilation, 1, 2, extra);
          if (made < 1) continue;
          BOOST_REQUIRE_EQUAL(window::positions(made, kernel, stride, dilation, 1, 2), 6);
        }
      }
    }
  }
  const Window w{.kernel = {3, 2}, .stride = {2, 3}, .dilation = {1, 2}, .padding = {1, 0, 0, 2}};
  BOOST_TEST((window::transposed_extent({4, 5}, w, {1, 0}) == Extent2(9, 13)));
}
