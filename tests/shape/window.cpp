// Positions of windows, against an enumeration of where windows can start.
#define BOOST_TEST_MODULE shape_window
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <convexpr/shape/window.hpp>

namespace window = convexpr::window;
using convexpr::Extent2;
using convexpr::Padding;
using convexpr::Window;
using window::Rounding;

namespace {

/// Whether a window from `start` on lies in an axis of `n`, from its first tap to its last.
bool fits(int start, int n, int kernel, int dilation) {
  int last = start;
  for (int tap = 1; tap < kernel; ++tap) last += dilation;
  return last < n;
}

/// Starts of windows inside the padded axis, counted one by one.
int enumerated_down(int n, int kernel, int stride, int dilation, int before, int after) {
  const int padded = before + n + after;
  int count = 0;
  for (int start = 0; fits(start, padded, kernel, dilation); start += stride) ++count;
  return count;
}

/// PyTorch's ceil_mode: windows go on until one reaches the end of the padded axis, and the last
/// one must begin in the input or in the padding before it.
int enumerated_up(int n, int kernel, int stride, int dilation, int before, int after) {
  const int padded = before + n + after;
  if (!fits(0, padded, kernel, dilation)) return 0;
  int start = 0;
  int count = 1;
  while (fits(start + 1, padded, kernel, dilation)) {
    start += stride;
    ++count;
  }
  return start >= before + n ? count - 1 : count;
}

}  // namespace

// GoogLeNet's stem, with the sizes that its paper gives (table 1): 224, 112, 56.
static_assert(window::positions(224, 7, 2, 1, 3, 3) == 112);
static_assert(window::positions(112, 3, 2, 1, 0, 0, Rounding::up) == 56);
static_assert(window::positions(112, 3, 2, 1, 0, 0) == 55);
// A last window that would begin behind the input is left out, as torch.nn.MaxPool2d's page says.
static_assert(window::positions(5, 2, 2, 1, 1, 1, Rounding::up) == 3);
static_assert(window::positions(3, 1, 2, 1, 0, 0, Rounding::up) == 2);
static_assert(window::positions(6, 1, 3, 1, 0, 0, Rounding::up) == 2);

static_assert(window::covered(3, 4) == 9);
static_assert(window::output_extent({9, 7}, {.kernel = {3, 2},
                                             .stride = {2, 1},
                                             .dilation = {1, 3},
                                             .padding = {1, 0, 0, 2}}) == Extent2(4, 6));

static_assert(window::left_over({9, 8}, {.kernel = 3, .stride = {3, 2}, .padding = {1, 0}}) ==
              Extent2(2, 1));
static_assert(window::left_over({9, 8}, {.kernel = {3, 2}, .stride = 2, .padding = {1, 0, 1, 2}}) ==
              Extent2(0, 0));

// As torch.nn.Conv2d pads with 'same': the larger part of an odd sum behind the input.
static_assert(window::same_padding({3, 4}, {1, 1}) == Padding(1, 1, 1, 2));
static_assert(window::same_padding({2, 1}, {3, 9}) == Padding(1, 0, 2, 0));
static_assert(window::adaptive({12, 7}, {4, 7}) == Window{.kernel = {3, 1}, .stride = {3, 1}});
static_assert(window::adaptive({11, 5}, {4, 3}) == Window{.kernel = {4, 3}, .stride = {2, 1}});
static_assert(window::adaptive({2, 9}, {4, 1}) == Window{.kernel = {1, 9}, .stride = {1, 9}});

BOOST_AUTO_TEST_CASE(parts_are_the_elements_that_they_touch) {
  for (int n = 1; n <= 23; ++n) {
    for (int m = 1; m <= 29; ++m) {
      window::Parts parts(n, m);
      int largest = 0;
      for (int i = 0; i < m; ++i) {
        const window::Part part = parts.next();
        for (int k = 0; k < n; ++k) {  // element k reaches from k*m to (k+1)*m of n*m small ones
          const bool touched = (k + 1) * m > i * n && k * m < (i + 1) * n;
          BOOST_REQUIRE_EQUAL(k >= part.begin && k < part.begin + part.size, touched);
        }
        largest = std::max(largest, part.size);
      }
      BOOST_REQUIRE_EQUAL(window::largest_part(n, m), largest);
    }
  }
}

BOOST_AUTO_TEST_CASE(parts_of_long_axes_do_not_overflow) {
  window::Parts parts(2'000'000'011, 1000);
  window::Part last{};
  for (int i = 0; i < 1000; ++i) last = parts.next();
  BOOST_TEST((last == window::Part{1'998'000'010, 2'000'001}));  // floor(999n / 1000)
}

BOOST_AUTO_TEST_CASE(positions_are_the_starts_of_windows) {
  long cases = 0;
  for (int n = 1; n <= 11; ++n) {
    for (int kernel = 1; kernel <= 5; ++kernel) {
      for (int stride = 1; stride <= 4; ++stride) {
        for (int dilation = 1; dilation <= 3; ++dilation) {
          for (int before = 0; before <= 3; ++before) {
            for (int after = 0; after <= 3; ++after, ++cases) {
              const int down = window::positions(n, kernel, stride, dilation, before, after);
              BOOST_REQUIRE_EQUAL(down,
                                  enumerated_down(n, kernel, stride, dilation, before, after));
              const int up =
                  window::positions(n, kernel, stride, dilation, before, after, Rounding::up);
              BOOST_REQUIRE_EQUAL(up, enumerated_up(n, kernel, stride, dilation, before, after));
            }
          }
        }
      }
    }
  }
  BOOST_TEST(cases == 11 * 5 * 4 * 3 * 16);
}

BOOST_AUTO_TEST_CASE(height_and_width_are_counted_apart) {
  const Window w{.kernel = {5, 2}, .stride = {1, 3}, .dilation = {1, 2}, .padding = {2, 0, 1, 1}};
  for (const Rounding rounding : {Rounding::down, Rounding::up}) {
    const Extent2 out = window::output_extent({13, 8}, w, rounding);
    BOOST_TEST(out.h == window::positions(13, 5, 1, 1, 2, 1, rounding));
    BOOST_TEST(out.w == window::positions(8, 2, 3, 2, 0, 1, rounding));
  }
}

BOOST_AUTO_TEST_CASE(padding_has_one_two_or_four_numbers) {
  BOOST_TEST((Padding(2) == Padding(2, 2, 2, 2)));
  BOOST_TEST((Padding(2, 1) == Padding(2, 1, 2, 1)));
  BOOST_TEST((Extent2(3) == Extent2(3, 3)));
  BOOST_TEST(!(Extent2(3, 2) == Extent2(2, 3)));
}
