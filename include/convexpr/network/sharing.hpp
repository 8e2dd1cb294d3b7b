// How a team of threads deals a step out: along which axes its output is cut into parts that nothing
// but their place tells from a whole.
//
// A part is computed by the kernel that computes the whole, and every sum has the order that it has
// there, so that results do not depend on the number of threads. Next: network/executor.hpp.
#pragma once

#include <algorithm>
#include <convexpr/kernels/conv2d_tile.hpp>
#include <convexpr/kernels/convert.hpp>
#include <convexpr/kernels/linear.hpp>
#include <convexpr/network/frame.hpp>

namespace convexpr::detail {

/// What may be computed apart.
enum class Split {
  none,         // one member computes the step, the others wait
  examples,     // whole examples
  blocks,       // blocks of channels, and examples
  channels,     // blocks of channels of all examples: what is summed over these stays together
  columns,      // the same of a product, as many blocks as its tiles have
  rows,         // rows, and examples
  tiles,        // of a direct convolution: blocks of output channels or rows, and examples
  its_own_way,  // by the function of the step, which every member calls
};

/// Values of a team's work that tests set to 0, so that it divides the smallest networks.
struct LeastWork {
  long long of_step = 1 << 14;  // in vectors that are multiplied and added: some microseconds
  long long of_pass = 1 << 17;
};
inline LeastWork least_work;

/// Whether all maps that a step reads and writes are in blocks of lanes.
inline bool is_blocked(const graph::Step& s, const graph::Operand* operands) {
  for (int i = 0; i < s.input_count; ++i) {
    if (operands[s.first_input + i].interleave != simd::lanes) return false;
  }
  for (int i = 0; i < s.output_count; ++i) {
    if (operands[s.output + i].interleave != simd::lanes) return false;
  }
  return true;
}

/// Whether a step gives sums over all channels.
inline bool sums_over_channels(const graph::Step& s, const UsePlace* uses) {
  for (int u = s.use_count - s.gradient_uses; u < s.use_count; ++u) {
    if (!uses[s.first_use + u].per_channel) return true;
  }
  return false;
}

/// Whether an image is as large as those that convolutions divide by rows.
inline bool is_large(const Operation& op) { return op.in.height * op.in.width >= 20 * 20; }

inline Split split_of_forward(const graph::Step& s) {
  switch (s.op.kind) {
    case Kind::conv2d: return s.tile_outputs > 0 ? Split::its_own_way : Split::tiles;
    case Kind::conv_transpose2d: return s.op.groups == 1 ? Split::blocks : Split::examples;
    case Kind::layer_norm:
    case Kind::group_norm:
    case Kind::instance_norm2d: return Split::examples;
    case Kind::batch_norm2d: return s.batch_statistics ? Split::channels : Split::blocks;
    case Kind::max_pool2d: return is_large(s.op) ? Split::rows : Split::blocks;
    default: return Split::blocks;
  }
}

inline Split split_of_adjoint(const Operation& op) {
  switch (op.kind) {
    case Kind::conv2d:
    case Kind::conv_transpose2d: return Split::its_own_way;
    case Kind::layer_norm:
    case Kind::group_norm:
    case Kind::instance_norm2d: return op.affine ? Split::none : Split::examples;
    case Kind::batch_norm2d: return Split::channels;
    default: return Split::blocks;
  }
}

inline Split split_of_parameter_adjoint(const graph::Step& s) {
  switch (s.op.kind) {
    case Kind::conv2d: return s.op.groups == 1 ? Split::its_own_way : Split::none;
    case Kind::depthwise_conv2d:
      return s.op.in.channels == s.op.out.channels ? Split::channels : Split::none;
    case Kind::linear: return Split::columns;
    default: return Split::none;
  }
}

/// How a step may be divided, whatever its layer.
inline Split split_of_any(const graph::Step& s, const UsePlace* uses) {
  if (s.action == graph::Action::copy_channels) return Split::examples;
  if (is_elementwise(s.op.kind)) {
    if (s.gradient_uses == 0) return Split::blocks;
    return sums_over_channels(s, uses) ? Split::none : Split::channels;
  }
  if (s.role == graph::Role::parameter_adjoint) return split_of_parameter_adjoint(s);
  switch (s.op.kind) {  // in both directions
    case Kind::user: return Split::none;
    case Kind::local_response_norm:
    case Kind::softmax:
    case Kind::log_softmax: return Split::rows;
    case Kind::flatten: return Split::examples;
    case Kind::linear: return Split::columns;
    case Kind::depthwise_conv2d:
      return s.op.in.channels == s.op.out.channels ? Split::blocks : Split::examples;
    default: return s.role == graph::Role::forward ? split_of_forward(s) : split_of_adjoint(s.op);
  }
}

/// How a step may be divided.
inline Split split_of(const Call& c) {
  const Split split = split_of_any(c.step, c.uses);
  if (split == Split::blocks && !is_blocked(c.step, c.operands)) return Split::examples;
  if (split == Split::rows && !is_blocked(c.step, c.operands)) return Split::examples;
  if (split == Split::channels && !is_blocked(c.step, c.operands)) return Split::none;
  return split;
}

/// About how many vectors a step multiplies and adds, or as much time takes, for one example.
constexpr long long work_of(const graph::Step& s) {
  const auto floats = static_cast<long long>(s.op.in.size() + s.op.out.size());
  const bool draws = s.op.kind == Kind::dropout || s.op.kind == Kind::dropout2d;
  return s.op.macs / simd::lanes + floats * (draws ? simd::lanes : 4) / simd::lanes;
}

/// How evenly a team can take so many things: the part of its time in which it works.
inline double evenness(int things, int members) {
  const int most = (things + members - 1) / members;
  return static_cast<double>(things) / (static_cast<double>(most) * members);
}

/// Calls f(first, count, begin, end) so that example `n`'s things `begin` to `end` - 1 are taken, of
/// `each` that an example has: of whole examples many at a time, for 0 to `each` - 1.
template <class F>
void for_each_piece(Range of_all, int each, F f) {
  for (int i = of_all.first; i < of_all.last;) {
    const int begin = i % each;
    const int whole = begin == 0 ? (of_all.last - i) / each : 0;
    const int end = whole > 0 ? each : std::min(each, begin + of_all.last - i);
    f(i / each, std::max(whole, 1), begin, end);
    i += whole > 0 ? whole * each : end - begin;
  }
}

/// Calls f(Part) for a member's part of blocks and examples. An example has `units`; `block(u)` is
/// where unit u begins, and block(units) the number of blocks.
template <class Block, class F>
void for_each_part(const Share& share, int examples, int units, Block block, F f) {
  for_each_piece(share.of(examples * units), units, [&](int first, int count, int begin, int end) {
    Part part;
    part.first_example = first;
    part.examples = count;
    if (end - begin < units) {
      part.first_block = block(begin);
      part.blocks = block(end) - block(begin);
    }
    f(part);
  });
}

/// The blocks of a step's output; of the gradient that it reads, its last input, if it has none.
inline int blocks_of_output(const Call& c) {
  const graph::Step& s = c.step;
  const int y = s.output >= 0 ? s.output : s.first_input + s.input_count - 1;
  return kernels::blocks(c.operands[y].shape.channels, simd::lanes);
}

/// Clears the borders of a part's outputs.
inline void clear_border(const Call& c) {
  for (int i = 0; i < c.step.output_count; ++i) {
    const graph::Operand& y = c.operands[c.step.output + i];
    const bool clears = i == 0 ? c.step.clears_border : y.border != Padding{};
    if (clears) kernels::clear_border(c.output(i), y.border, y.interleave);
  }
}

/// The same for a member's part of all outputs.
inline void clear_own_border(const Call& c) {
  const int blocks = is_blocked(c.step, c.operands) ? blocks_of_output(c) : 1;
  for_each_part(
      c.share, c.frame.examples, blocks, [](int u) { return u; },
      [&](const Part& part) { clear_border(c.of(part)); });
}

using RunStep = void (*)(const Call&);

/// A whole step, or a part of which nobody else clears the border.
inline void run_cleared(const Call& c, RunStep run) {
  clear_border(c);
  run(c);
}

/// Whole examples.
inline void run_examples(const Call& c, RunStep run) {
  const Range own = c.share.of(c.frame.examples);
  if (own.size() > 0) {
    run_cleared(c.of({.first_example = own.first, .examples = own.size()}), run);
  }
}

/// Blocks of channels of all examples, `unit` at a time.
inline void run_channels(const Call& c, int unit, RunStep run) {
  const int blocks = blocks_of_output(c);
  const Range own = c.share.of((blocks + unit - 1) / unit);
  const int last = std::min(blocks, own.last * unit);
  if (own.size() > 0) {
    run_cleared(c.of({.first_block = own.first * unit, .blocks = last - own.first * unit}), run);
  }
}

/// Rows in units that begin at `row(u)`, of which each example has `units`. Some rows of an example
/// are computed without its border, so that is cleared apart.
template <class Row>
void run_rows(const Call& c, int units, Row row, RunStep run) {
  clear_own_border(c);
  for_each_piece(c.share.of(c.frame.examples * units), units,
                 [&](int first, int count, int begin, int end) {
                   run(c.of({.first_example = first,
                             .examples = count,
                             .first_row = row(begin),
                             .rows = row(end) - row(begin)}));
                 });
}

/// How a direct convolution's output may be cut without making more of its tiles.
struct TileCuts {
  kernels::Cut groups;  // of blocks of output channels
  kernels::Cut rows;    // of the image before a pool
  int pool_rows;
  bool by_groups;
  bool by_rows;

  TileCuts(const graph::Step& s, kernels::ConvTile tile)
      : groups(kernels::blocks(s.op.out.channels, simd::lanes), tile.blocks),
        rows(s.op.out.height * s.pool.window.h, tile.rows),
        pool_rows(s.pool.window.h),
        by_groups(s.op.groups == 1 && groups.exact()),
        by_rows(rows.exact() && (pool_rows == 1 || rows.larger() == rows.count())) {}

  /// Units of an example.
  int group_count() const { return by_groups ? groups.count() : 1; }
  int row_count() const { return by_rows ? rows.count() : 1; }
  int block(int unit) const { return unit == group_count() ? blocks() : groups[unit].start; }
  int row(int unit) const {
    return (unit == row_count() ? height() : rows[unit].start) / pool_rows;
  }

 private:
  int blocks() const { return groups.extent(); }
  int height() const { return rows.extent(); }
};

/// Whether a convolution is divided by rows rather than by groups of output channels, given how many
/// there are of either: what is more even, and in doubt what lets each member read less.
inline bool rows_are_better(const Call& c, long long weights, int rows, int groups) {
  const Shape& x = c.step.op.in;
  const bool few_weights = weights < static_cast<long long>(x.size()) * c.frame.examples;
  const double by_rows = evenness(rows, c.share.count);
  const double by_groups = evenness(groups, c.share.count);
  return few_weights ? 1.1 * by_rows >= by_groups : by_rows > 1.1 * by_groups;
}

/// The weights of a direct convolution.
inline long long weights_of(const Operation& op) {
  return 1LL * op.window.kernel.h * op.window.kernel.w * (op.in.channels / op.groups) *
         op.out.channels;
}

/// A direct convolution by groups of output channels, and by examples.
inline void run_groups(const Call& c, const TileCuts& cuts, RunStep run) {
  for_each_part(
      c.share, c.frame.examples, cuts.group_count(), [&](int u) { return cuts.block(u); },
      [&](const Part& part) { run_cleared(c.of(part), run); });
}

/// A direct convolution.
inline void run_tiles(const Call& c, kernels::ConvTile tile, RunStep run) {
  const TileCuts cuts(c.step, tile);
  const int n = c.frame.examples;
  if (!rows_are_better(c, weights_of(c.step.op), n * cuts.row_count(), n * cuts.group_count())) {
    run_groups(c, cuts, run);
  } else {
    run_rows(c, cuts.row_count(), [&](int u) { return cuts.row(u); }, run);
  }
}

/// A member's part of a step. All members call it, with their share.
inline void run_shared(const Call& c, kernels::ConvTile tile, RunStep run) {
  switch (split_of(c)) {
    case Split::none:
      if (c.share.index == 0) run_cleared(c, run);
      return;
    case Split::examples: return run_examples(c, run);
    case Split::blocks:
      return for_each_part(
          c.share, c.frame.examples, blocks_of_output(c), [](int u) { return u; },
          [&](const Part& part) { run_cleared(c.of(part), run); });
    case Split::channels: return run_channels(c, 1, run);
    case Split::columns: return run_channels(c, kernels::detail::product_columns, run);
    case Split::rows:
      return run_rows(c, c.operands[c.step.output].shape.height, [](int i) { return i; }, run);
    case Split::tiles: return run_tiles(c, tile, run);
    case Split::its_own_way: clear_own_border(c); return run(c);
  }
}

}  // namespace convexpr::detail
