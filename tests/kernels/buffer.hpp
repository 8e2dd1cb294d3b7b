// Feature maps for the tests: storage with a border, filled and read element by element.
//
// Everything around the image starts as a marker value, so that a test sees what a kernel wrote
// where it must not.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/kernels/feature_maps.hpp>
#include <convexpr/shape/extent.hpp>
#include <convexpr/simd/vector.hpp>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace test {

inline constexpr float marker = 12345.0F;

/// The extents of N maps of C x H x W.
struct Extents {
  int n, c, h, w;
  int size() const { return n * c * h * w; }
};

/// Maps with a border of their own, all markers at first.
class Buffer {
 public:
  explicit Buffer(Extents extents, convexpr::Padding border = {},
                  int interleave = convexpr::simd::lanes)
      : extents_(extents), border_(border), interleave_(interleave) {
    const std::ptrdiff_t row = (border.left + extents.w + border.right) * interleave;
    const std::ptrdiff_t block = (border.top + extents.h + border.bottom) * row;
    const std::ptrdiff_t example = block * convexpr::kernels::blocks(extents.c, interleave);
    storage_.resize(static_cast<std::size_t>(example * extents.n) + 16, marker);
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.data());
    const std::size_t skip = (64 - address % 64) % 64 / sizeof(float);
    maps_ = {storage_.data() + skip + border.top * row + border.left * interleave,
             extents.c,
             extents.h,
             extents.w,
             row,
             block,
             example,
             extents.n};
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  const convexpr::kernels::Maps& maps() const { return maps_; }
  operator const convexpr::kernels::Maps&() const { return maps_; }
  operator convexpr::kernels::ConstMaps() const { return maps_; }
  const Extents& extents() const { return extents_; }

  /// Element (c, i, j) of example n; i and j may lie in the border, c among the spare lanes.
  float& at(int n, int c, int i, int j) const {
    return maps_.data[n * maps_.example_stride + c / interleave_ * maps_.block_stride +
                      i * maps_.row_stride + j * interleave_ + c % interleave_];
  }

  /// Every element of the image from f(n, c, i, j); zero in the lanes past the last channel.
  template <class F>
  void fill(F f) const {
    for_each([&](int n, int c, int i, int j) {
      at(n, c, i, j) = c < extents_.c ? static_cast<float>(f(n, c, i, j)) : 0.0F;
    });
  }

  /// True if the spare lanes hold zeros and everything around the image still holds markers.
  bool untouched_around() const {
    bool good = true;
    const int spare = convexpr::kernels::blocks(extents_.c, interleave_) * interleave_;
    for (int n = 0; n < extents_.n; ++n) {
      for (int c = 0; c < spare; ++c) {
        for (int i = -border_.top; i < extents_.h + border_.bottom; ++i) {
          for (int j = -border_.left; j < extents_.w + border_.right; ++j) {
            const bool inside = i >= 0 && i < extents_.h && j >= 0 && j < extents_.w;
            if (!inside) good = good && at(n, c, i, j) == marker;
            if (inside && c >= extents_.c) good = good && at(n, c, i, j) == 0.0F;
          }
        }
      }
    }
    return good;
  }

 private:
  template <class F>
  void for_each(F f) const {
    const int spare = convexpr::kernels::blocks(extents_.c, interleave_) * interleave_;
    for (int n = 0; n < extents_.n; ++n) {
      for (int c = 0; c < spare; ++c) {
        for (int i = 0; i < extents_.h; ++i) {
          for (int j = 0; j < extents_.w; ++j) f(n, c, i, j);
        }
      }
    }
  }

  Extents extents_;
  convexpr::Padding border_;
  int interleave_;
  std::vector<float> storage_;
  convexpr::kernels::Maps maps_;
};

/// Numbers from -1 to 1 that look random and are the same everywhere.
class Noise {
 public:
  explicit Noise(std::uint32_t seed) : state_(seed) {}
  float operator()() {
    state_ = state_ * 1664525U + 1013904223U;
    return static_cast<float>(state_ >> 8) / 8388608.0F - 1.0F;
  }
  float operator()(int, int, int, int) { return (*this)(); }

 private:
  std::uint32_t state_;
};

/// So many of them.
inline std::vector<float> numbers(std::size_t count, std::uint32_t seed) {
  Noise noise(seed);
  std::vector<float> values(count);
  std::ranges::generate(values, noise);
  return values;
}

/// The largest |got - wanted(n, c, i, j)| over the image, relative to max(1, |wanted|); NaN counts
/// as infinitely far from a number.
template <class F>
double distance(const Buffer& got, F wanted) {
  double worst = 0;
  const Extents& e = got.extents();
  for (int n = 0; n < e.n; ++n) {
    for (int c = 0; c < e.c; ++c) {
      for (int i = 0; i < e.h; ++i) {
        for (int j = 0; j < e.w; ++j) {
          const double w = wanted(n, c, i, j);
          const double g = static_cast<double>(got.at(n, c, i, j));
          if (std::isnan(w) && std::isnan(g)) continue;
          if (w == g) continue;
          const double d = std::abs(g - w) / std::fmax(1.0, std::abs(w));
          worst = d <= worst ? worst : std::isnan(d) ? HUGE_VAL : d;
        }
      }
    }
  }
  return worst;
}

/// An aligned array of `count` floats that starts with something else than zeros.
class AlignedFloats {
 public:
  explicit AlignedFloats(std::size_t count)
      : maps_({1, convexpr::simd::lanes, 1, static_cast<int>(count / convexpr::simd::lanes) + 2},
              {}) {
    maps_.fill([](int, int, int, int) { return 9.0F; });
  }
  float* data() const { return maps_.maps().data; }

 private:
  Buffer maps_;
};

/// Random maps in a border of zeros.
inline void fill_with_border(const Buffer& maps, const convexpr::Padding& border,
                             std::uint32_t seed) {
  const Extents& e = maps.extents();
  Noise noise(seed);
  const int whole = convexpr::kernels::blocks(e.c, convexpr::simd::lanes) * convexpr::simd::lanes;
  for (int n = 0; n < e.n; ++n) {
    for (int c = 0; c < whole; ++c) {
      for (int i = -border.top; i < e.h + border.bottom; ++i) {
        for (int j = -border.left; j < e.w + border.right; ++j) {
          const bool inside = i >= 0 && i < e.h && j >= 0 && j < e.w && c < e.c;
          maps.at(n, c, i, j) = inside ? noise() : 0.0F;
        }
      }
    }
  }
}

}  // namespace test
