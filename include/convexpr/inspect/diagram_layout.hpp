// Where the boxes of a diagram stand: in rows, the forward pass on the left and running down, the
// backward pass beside it and running up, each adjoint near the layer that it belongs to.
// Next: inspect/diagram_routes.hpp, which leads the arrows.
//
// Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system
// structures", 1981 (rows by longest path, order within a row by barycentre, bends where an arrow
// passes a row)
#pragma once

#include <algorithm>
#include <convexpr/inspect/plan_diagram.hpp>
#include <cstddef>
#include <vector>

namespace convexpr::detail {

/// A box's place, or that of a bend in an arrow; x and y are those of its middle.
struct PlacedBox {
  int row = 0;
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

struct DiagramLayout {
  std::vector<PlacedBox> boxes;                  // as the diagram's, then the bends
  std::vector<std::vector<std::size_t>> chains;  // of each arrow: a box, bends, a box
  std::vector<double> row_heights;
  double width = 0;
  double height = 0;
  double backward_x = 0;  // where the backward pass begins

  static constexpr double character_width = 6.7;
  static constexpr double line_height = 15;
  static constexpr double box_gap = 18;
  static constexpr double row_gap = 34;
  static constexpr double margin = 24;
  static constexpr double title_height = 34;
};

class LayoutMaker {
 public:
  explicit LayoutMaker(const Diagram& d) : d_(d), count_(d.boxes.size()), group_(count_, 0) {
    l_.boxes.resize(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      std::size_t longest = 0;
      for (const std::string& line : d.boxes[i].lines) longest = std::max(longest, line.size());
      l_.boxes[i].width = DiagramLayout::character_width * static_cast<double>(longest) + 30;
      l_.boxes[i].height =
          DiagramLayout::line_height * static_cast<double>(d.boxes[i].lines.size()) + 10;
      backward_.push_back(d.boxes[i].backward);
    }
  }

  DiagramLayout make() {
    find_groups();
    find_rows();
    add_bends();
    order_rows();
    for (const bool backward : {false, true}) find_columns(backward);
    find_heights();
    return std::move(l_);
  }

 private:
  using Chain = std::vector<std::size_t>;

  /// Each box of the backward pass belongs beside one of the forward pass: its layers', or else that
  /// of what reads its result.
  void find_groups() {
    for (std::size_t i = count_; i-- > 0;) {
      group_[i] = i;
      if (!d_.boxes[i].backward) continue;
      group_[i] = 0;
      if (d_.boxes[i].partner >= 0) {
        group_[i] = static_cast<std::size_t>(d_.boxes[i].partner);
        continue;
      }
      for (const DiagramArrow& a : d_.arrows) {
        if (a.from == i) group_[i] = std::max(group_[i], group_[a.to]);
      }
    }
  }

  /// A box of the forward pass stands below those it reads, and below everything beside them; one of
  /// the backward pass below those that read it, since that pass runs up.
  void find_rows() {
    std::vector<int> bottom(count_, 0);
    for (std::size_t f = 0; f < count_ && !d_.boxes[f].backward; ++f) {
      int& row = l_.boxes[f].row;
      for (const DiagramArrow& a : d_.arrows) {
        if (a.to == f) row = std::max(row, bottom[a.from] + 1);
      }
      bottom[f] = row;
      for (std::size_t b = count_; b-- > 0 && d_.boxes[b].backward;) {
        if (group_[b] != f) continue;
        l_.boxes[b].row = row;
        for (const DiagramArrow& a : d_.arrows) {
          if (a.from == b) l_.boxes[b].row = std::max(l_.boxes[b].row, l_.boxes[a.to].row + 1);
        }
        bottom[f] = std::max(bottom[f], l_.boxes[b].row);
      }
    }
  }

  /// An arrow within a pass bends in every row that it passes.
  void add_bends() {
    for (const DiagramArrow& a : d_.arrows) {
      Chain chain{a.from};
      if (!d_.is_kept(a)) {
        const int step = l_.boxes[a.from].row < l_.boxes[a.to].row ? 1 : -1;
        for (int row = l_.boxes[a.from].row + step; row != l_.boxes[a.to].row; row += step) {
          chain.push_back(l_.boxes.size());
          l_.boxes.push_back({row, 0, 0, 2, 0});
          backward_.push_back(d_.boxes[a.from].backward);
        }
      }
      chain.push_back(a.to);
      l_.chains.push_back(std::move(chain));
    }
    neighbours_.resize(l_.boxes.size());
    for (const Chain& chain : l_.chains) {
      for (std::size_t k = 0; k + 1 < chain.size(); ++k) {
        if (backward_[chain[k]] != backward_[chain[k + 1]]) continue;
        neighbours_[chain[k]].push_back(chain[k + 1]);
        neighbours_[chain[k + 1]].push_back(chain[k]);
      }
    }
  }

  /// The mean place of a box's neighbours in the rows above, or below, or -1.
  double barycentre(std::size_t box, bool above, const std::vector<double>& place) const {
    double sum = 0;
    int count = 0;
    for (const std::size_t n : neighbours_[box]) {
      const bool is_above = l_.boxes[n].row < l_.boxes[box].row;
      if (l_.boxes[n].row == l_.boxes[box].row || is_above != above) continue;
      sum += place[n];
      ++count;
    }
    return count == 0 ? -1 : sum / count;
  }

  /// Rows of each pass, from left to right, after some sweeps down and up.
  void order_rows() {
    int rows = 0;
    for (const PlacedBox& b : l_.boxes) rows = std::max(rows, b.row + 1);
    for (auto& side : rows_) side.assign(static_cast<std::size_t>(rows), Chain{});
    for (std::size_t i = 0; i < l_.boxes.size(); ++i) {
      rows_[backward_[i] ? 1 : 0][static_cast<std::size_t>(l_.boxes[i].row)].push_back(i);
    }
    std::vector<double> place(l_.boxes.size(), 0);
    const auto number = [&](const Chain& row) {
      for (std::size_t k = 0; k < row.size(); ++k) {
        place[row[k]] = static_cast<double>(k) - static_cast<double>(row.size() - 1) / 2;
      }
    };
    for (auto& side : rows_) {
      for (const Chain& row : side) number(row);
      for (int sweep = 0; sweep < 8; ++sweep) {
        const bool down = sweep % 2 == 0;
        for (std::size_t r = 0; r < side.size(); ++r) {
          Chain& row = side[down ? r : side.size() - 1 - r];
          std::vector<double> wish(l_.boxes.size(), 0);
          for (const std::size_t i : row) {
            const double mean = barycentre(i, down, place);
            wish[i] = mean == -1 ? place[i] : mean;
          }
          std::sort(row.begin(), row.end(), [&](std::size_t a, std::size_t b) {
            return wish[a] != wish[b] ? wish[a] < wish[b] : place[a] < place[b];
          });
          number(row);
        }
      }
    }
  }

  /// Moves the boxes of a row to where they wish to be, as far as their order and widths allow: the
  /// least sum of squared distances, by merging neighbours that would overlap.
  void settle(const Chain& row, const std::vector<double>& wish) {
    struct Run {
      double sum;
      int count;
    };
    std::vector<Run> runs;
    std::vector<double> offset(row.size(), 0);
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (k > 0) {
        offset[k] = offset[k - 1] + DiagramLayout::box_gap +
                    (l_.boxes[row[k - 1]].width + l_.boxes[row[k]].width) / 2;
      }
      runs.push_back({wish[k] - offset[k], 1});
      while (runs.size() > 1 && runs.back().sum / runs.back().count <
                                    runs[runs.size() - 2].sum / runs[runs.size() - 2].count) {
        runs[runs.size() - 2].sum += runs.back().sum;
        runs[runs.size() - 2].count += runs.back().count;
        runs.pop_back();
      }
    }
    std::size_t k = 0;
    for (const Run& run : runs) {
      for (int i = 0; i < run.count; ++i, ++k) l_.boxes[row[k]].x = run.sum / run.count + offset[k];
    }
  }

  /// Columns of one pass: every box between its neighbours; then the whole beside the other pass.
  void find_columns(bool backward) {
    auto& rows = rows_[backward ? 1 : 0];
    for (int sweep = 0; sweep < 24; ++sweep) {
      for (std::size_t r = 0; r < rows.size(); ++r) {
        const Chain& row = rows[sweep % 2 == 0 ? r : rows.size() - 1 - r];
        std::vector<double> wish;
        for (const std::size_t i : row) {
          double sum = 0;
          for (const std::size_t n : neighbours_[i]) sum += l_.boxes[n].x;
          // A weak pull to the middle keeps long chains from wandering off to one side.
          const double count = static_cast<double>(neighbours_[i].size()) + 0.05;
          wish.push_back(sum / count);
        }
        settle(row, wish);
      }
    }
    double left = 1e30;
    double right = -1e30;
    for (std::size_t i = 0; i < l_.boxes.size(); ++i) {
      if (backward_[i] != backward) continue;
      left = std::min(left, l_.boxes[i].x - l_.boxes[i].width / 2);
      right = std::max(right, l_.boxes[i].x + l_.boxes[i].width / 2);
    }
    if (left > right) return;
    const double begin = backward ? l_.width + 3 * DiagramLayout::margin : DiagramLayout::margin;
    if (backward) l_.backward_x = begin;
    for (std::size_t i = 0; i < l_.boxes.size(); ++i) {
      if (backward_[i] == backward) l_.boxes[i].x += begin - left;
    }
    l_.width = begin + right - left;
  }

  void find_heights() {
    const std::size_t rows = rows_[0].size();
    std::vector<double>& height = l_.row_heights;
    height.assign(rows, 0);
    for (const PlacedBox& b : l_.boxes) {
      double& h = height[static_cast<std::size_t>(b.row)];
      h = std::max(h, b.height);
    }
    std::vector<double> middle(rows, 0);
    double y = DiagramLayout::margin + DiagramLayout::title_height;
    for (std::size_t r = 0; r < rows; ++r) {
      middle[r] = y + height[r] / 2;
      y += height[r] + DiagramLayout::row_gap;
    }
    for (PlacedBox& b : l_.boxes) b.y = middle[static_cast<std::size_t>(b.row)];
    l_.height = y - DiagramLayout::row_gap;
  }

  const Diagram& d_;
  std::size_t count_;
  std::vector<std::size_t> group_;
  std::vector<bool> backward_;  // of boxes and bends
  std::vector<Chain> neighbours_;
  std::vector<Chain> rows_[2];  // of each pass
  DiagramLayout l_;
};

}  // namespace convexpr::detail
