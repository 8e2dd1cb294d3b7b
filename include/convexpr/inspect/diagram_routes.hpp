// The ways of a diagram's arrows around its boxes.
#pragma once

#include <algorithm>
#include <convexpr/inspect/diagram_layout.hpp>
#include <cstddef>
#include <vector>

namespace convexpr::detail {

struct Point {
  double x = 0;
  double y = 0;
};

/// The points of an arrow, from where it leaves to where it arrives.
struct Route {
  enum class Line { upright_curve, level_curve, corners };
  std::vector<Point> points;
  Line line = Line::upright_curve;
};

class RouteMaker {
 public:
  RouteMaker(const Diagram& d, const DiagramLayout& l) : d_(d), l_(l) {
    rightmost_.assign(l.row_heights.size(), -1e30);
    leftmost_.assign(l.row_heights.size(), 1e30);
    for (std::size_t i = 0; i < d.boxes.size(); ++i) {
      const auto row = static_cast<std::size_t>(l.boxes[i].row);
      if (d.boxes[i].backward) {
        leftmost_[row] = std::min(leftmost_[row], l.boxes[i].x);
      } else {
        rightmost_[row] = std::max(rightmost_[row], l.boxes[i].x);
      }
    }
  }

  std::vector<Route> make() const {
    std::vector<Route> routes;
    for (std::size_t a = 0; a < d_.arrows.size(); ++a) {
      routes.push_back(d_.is_kept(d_.arrows[a]) ? between_passes(d_.arrows[a])
                                                : within_pass(l_.chains[a]));
    }
    return routes;
  }

 private:
  /// From the lower side of one box to the upper side of the next, or the other way round; straight
  /// through the rows on the way.
  Route within_pass(const std::vector<std::size_t>& chain) const {
    const PlacedBox& from = l_.boxes[chain.front()];
    const PlacedBox& to = l_.boxes[chain.back()];
    const double down = from.row < to.row ? 0.5 : -0.5;
    Route route;
    route.points.push_back({from.x, from.y + down * from.height});
    for (std::size_t k = 1; k + 1 < chain.size(); ++k) {
      const PlacedBox& bend = l_.boxes[chain[k]];
      const double reach = down * row_height(bend);
      route.points.push_back({bend.x, bend.y - reach});
      route.points.push_back({bend.x, bend.y + reach});
    }
    route.points.push_back({to.x, to.y - down * to.height});
    return route;
  }

  /// From the right of a box to the left of one beside it. Where others stand between, around them:
  /// below the row that it leaves, up or down between the passes, above the row where it arrives.
  Route between_passes(const DiagramArrow& a) const {
    const PlacedBox& from = l_.boxes[a.from];
    const PlacedBox& to = l_.boxes[a.to];
    const bool leaves_freely = from.x >= rightmost_[static_cast<std::size_t>(from.row)];
    const bool arrives_freely = to.x <= leftmost_[static_cast<std::size_t>(to.row)];
    const Point begin{from.x + from.width / 2, from.y};
    const Point end{to.x - to.width / 2, to.y};
    if (leaves_freely && arrives_freely) return {{begin, end}, Route::Line::level_curve};
    // Arrows of several boxes run side by side.
    const auto turn = static_cast<double>(a.from % 7) - 3;
    const double lane = l_.backward_x - DiagramLayout::margin * 1.5 + 6 * turn;
    Route route{{}, Route::Line::corners};
    const auto go = [&](double x, double y) { route.points.push_back({x, y}); };
    if (leaves_freely) {
      go(begin.x, begin.y);
      go(lane, begin.y);
    } else {
      const double below = from.y + row_height(from) / 2 + DiagramLayout::row_gap / 2 + 2 * turn;
      go(begin.x - 12, from.y + from.height / 2);
      go(begin.x - 12, below);
      go(lane, below);
    }
    if (arrives_freely) {
      go(lane, end.y);
      go(end.x, end.y);
    } else {
      const double above = to.y - row_height(to) / 2 - DiagramLayout::row_gap / 2 + 2 * turn;
      go(lane, above);
      go(end.x + 12, above);
      go(end.x + 12, to.y - to.height / 2);
    }
    return route;
  }

  double row_height(const PlacedBox& b) const {
    return l_.row_heights[static_cast<std::size_t>(b.row)];
  }

  const Diagram& d_;
  const DiagramLayout& l_;
  std::vector<double> rightmost_;  // box of the forward pass in each row
  std::vector<double> leftmost_;   // box of the backward pass
};

}  // namespace convexpr::detail
