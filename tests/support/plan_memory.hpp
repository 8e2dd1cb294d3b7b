// The arena of a plan in double precision, on which it is run without kernels.
#pragma once

#include <convexpr/graph/plan.hpp>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "reference_layers.hpp"

namespace support {

namespace cx = convexpr;
namespace graph = convexpr::graph;

/// What is wrong with a plan, whatever its values are.
class PlanFault : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Calls f(offset, channel, lane_of_channel) for every pixel of one example's channels `first` to
/// `first` + `count` - 1 and of the border `around` them; the offset is that from the array's
/// beginning to the pixel's lane. What follows the last channel of the operand in its block belongs
/// to it.
template <class F>
void for_each_place(const graph::Operand& o, int first, int count, const cx::Padding& around, F f) {
  const bool ends = first + count == o.shape.channels;
  const int stored =
      ends ? (o.shape.channels + o.interleave - 1) / o.interleave * o.interleave : first + count;
  for (int c = first; c < stored; ++c) {
    const auto channel = static_cast<std::ptrdiff_t>(
        o.first_pixel + static_cast<std::size_t>(c / o.interleave) * o.block_stride +
        static_cast<std::size_t>(c % o.interleave));
    for (int i = -around.top; i < o.shape.height + around.bottom; ++i) {
      for (int j = -around.left; j < o.shape.width + around.right; ++j) {
        f(channel + i * static_cast<std::ptrdiff_t>(o.row_stride) +
              std::ptrdiff_t{j} * o.interleave,
          c, i, j);
      }
    }
  }
}

/// Filled with what is no number, so that what nobody wrote is noticed where it is read.
class PlanMemory {
 public:
  PlanMemory() = default;
  PlanMemory(std::size_t floats, int examples)
      : examples_(examples),
        values_(floats * static_cast<std::size_t>(examples),
                std::numeric_limits<double>::quiet_NaN()) {}

  int examples() const { return examples_; }

  /// Everything of an operand. Its spare lanes must be zero: kernels rely on it.
  reference::Images read(const graph::Operand& o) const {
    reference::Images x(o.shape, examples_);
    read(o, 0, x);
    return x;
  }

  /// As many channels as x has, from `first` on.
  void read(const graph::Operand& o, int first, reference::Images& x) const {
    for (int n = 0; n < examples_; ++n) {
      const double* const from = example(o, n);
      for_each_place(o, first, x.shape.channels, {}, [&](std::ptrdiff_t at, int c, int i, int j) {
        const double value = from[at];
        if (value != value) throw PlanFault("it reads what nobody wrote");
        if (c < o.shape.channels) {
          x(n, c - first, i, j) = value;
        } else if (value != 0) {
          throw PlanFault("it reads lanes without a channel that are not zero");
        }
      });
    }
  }

  void write(const graph::Operand& o, const reference::Images& y) { write(o, 0, y); }

  /// Where the operand's last channel is among those written, what follows it becomes zero.
  void write(const graph::Operand& o, int first, const reference::Images& y) {
    for (int n = 0; n < examples_; ++n) {
      double* const to = example(o, n);
      for_each_place(o, first, y.shape.channels, {}, [&](std::ptrdiff_t at, int c, int i, int j) {
        to[at] = c < o.shape.channels ? y(n, c - first, i, j) : 0;
      });
    }
  }

  void clear_border(const graph::Operand& o) {
    for (int n = 0; n < examples_; ++n) {
      double* const to = example(o, n);
      for_each_border(o, o.border, [&](std::ptrdiff_t at) { to[at] = 0; });
    }
  }

  void expect_zeros_around(const graph::Operand& o, const cx::Padding& border) const {
    for (int n = 0; n < examples_; ++n) {
      const double* const from = example(o, n);
      for_each_border(o, border, [&](std::ptrdiff_t at) {
        if (from[at] != 0) throw PlanFault("it reads a border that is not zero");
      });
    }
  }

 private:
  template <class F>
  static void for_each_border(const graph::Operand& o, const cx::Padding& border, F f) {
    if (border == cx::Padding{}) return;
    for_each_place(o, 0, o.shape.channels, border, [&](std::ptrdiff_t at, int, int i, int j) {
      const bool inside = i >= 0 && i < o.shape.height && j >= 0 && j < o.shape.width;
      if (!inside) f(at);
    });
  }

  /// PlanPlaces has made sure that operands lie within the arena.
  std::size_t begin(const graph::Operand& o, int n) const {
    return o.array * static_cast<std::size_t>(examples_) +
           static_cast<std::size_t>(n) * o.array_size;
  }
  double* example(const graph::Operand& o, int n) { return values_.data() + begin(o, n); }
  const double* example(const graph::Operand& o, int n) const {
    return values_.data() + begin(o, n);
  }

  int examples_ = 0;
  std::vector<double> values_;
};

}  // namespace support
