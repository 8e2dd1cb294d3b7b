// A plan as boxes and arrows: its steps, what goes in and what comes out, and the values between.
//
// Next: inspect/diagram_layout.hpp, which finds each box a place.
#pragma once

#include <algorithm>
#include <convexpr/inspect/plan_view.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace convexpr::detail {

/// What a box is about, which its colour shows.
enum class Work { border_of_plan, weights, window, elementwise, normalisation, copy };

constexpr Work work_of(Kind kind) {
  switch (kind) {
    case Kind::conv2d:
    case Kind::depthwise_conv2d:
    case Kind::conv_transpose2d:
    case Kind::filter2d:
    case Kind::linear: return Work::weights;
    case Kind::max_pool2d:
    case Kind::avg_pool2d:
    case Kind::lp_pool2d:
    case Kind::adaptive_avg_pool2d:
    case Kind::adaptive_max_pool2d:
    case Kind::global_avg_pool2d:
    case Kind::global_max_pool2d:
    case Kind::upsample_nearest:
    case Kind::upsample_bilinear: return Work::window;
    case Kind::batch_norm2d:
    case Kind::layer_norm:
    case Kind::group_norm:
    case Kind::instance_norm2d:
    case Kind::local_response_norm: return Work::normalisation;
    case Kind::flatten:
    case Kind::crop2d:
    case Kind::pad2d:
    case Kind::concat: return Work::copy;
    default: return Work::elementwise;
  }
}

struct DiagramBox {
  std::vector<std::string> lines;
  Work work = Work::border_of_plan;
  bool backward = false;
  int step = -1;     // its number, of a step
  int partner = -1;  // backward: the box of the forward pass whose layers it belongs to, if known
};

/// A value on its way from the box that wrote it to one that reads it.
struct DiagramArrow {
  std::size_t from = 0;
  std::size_t to = 0;
};

struct Diagram {
  std::vector<DiagramBox> boxes;  // each after those it reads
  std::vector<DiagramArrow> arrows;

  /// Whether an arrow stands for a value that is kept from the forward pass for the backward pass.
  bool is_kept(const DiagramArrow& a) const {
    return !boxes[a.from].backward && boxes[a.to].backward;
  }
};

/// Which box wrote each part of the arena last.
class LastWriters {
 public:
  void write(const graph::Operand& o, std::size_t box) {
    const Range r = range_of(o, box);
    std::vector<Range> left;
    for (const Range& old : ranges_) {
      if (old.begin < r.begin) left.push_back({old.begin, std::min(old.end, r.begin), old.box});
      if (old.end > r.end) left.push_back({std::max(old.begin, r.end), old.end, old.box});
    }
    left.push_back(r);
    ranges_ = std::move(left);
  }

  /// The boxes that wrote what an operand holds, each once.
  std::vector<std::size_t> of(const graph::Operand& o) const {
    const Range r = range_of(o, 0);
    std::vector<std::size_t> boxes;
    for (const Range& old : ranges_) {
      if (old.end > r.begin && old.begin < r.end) boxes.push_back(old.box);
    }
    std::sort(boxes.begin(), boxes.end());
    boxes.erase(std::unique(boxes.begin(), boxes.end()), boxes.end());
    return boxes;
  }

 private:
  struct Range {
    std::size_t begin;
    std::size_t end;
    std::size_t box;
  };

  /// The blocks of channels of an operand, borders included.
  static Range range_of(const graph::Operand& o, std::size_t box) {
    const auto blocks =
        static_cast<std::size_t>((o.shape.channels + o.interleave - 1) / o.interleave);
    const std::size_t begin = o.array + o.first_pixel / o.block_stride * o.block_stride;
    return {begin, begin + blocks * o.block_stride, box};
  }

  std::vector<Range> ranges_;
};

/// Draws boxes in the order in which they run.
class DiagramMaker {
 public:
  explicit DiagramMaker(const PlanView& plan) : plan_(plan), box_of_(plan.steps.size(), 0) {}

  Diagram make() {
    const graph::PlanFacts& f = plan_.facts;
    const std::size_t input = add_end("input", f.input.shape, false);
    writers_.write(f.input, input);
    const auto turn = static_cast<std::size_t>(f.forward_steps);
    for (std::size_t i = 0; i < turn; ++i) add_step(i);
    const std::size_t output = add_result("output", f.output, false);
    std::vector<std::size_t> heads;
    for (std::size_t h = 0; h < plan_.heads.size() && h < plan_.head_names.size(); ++h) {
      const std::string name = "head " + std::string(plan_.head_names[h].name);
      heads.push_back(add_result(name, plan_.heads[h], false));
    }
    if (turn == plan_.steps.size()) return std::move(diagram_);
    add_seed("gradient of the output", f.output_adjoint, output);
    for (std::size_t h = 0; h < heads.size(); ++h) {
      const std::string name = "gradient of head " + std::string(plan_.head_names[h].name);
      add_seed(name, plan_.head_adjoints[h], heads[h]);
    }
    for (std::size_t i = turn; i < plan_.steps.size(); ++i) add_step(i);
    if (f.has_input_adjoint) {
      const std::size_t dx = add_result("gradient of the input", f.input_adjoint, true);
      diagram_.boxes[dx].partner = static_cast<int>(input);
    }
    return std::move(diagram_);
  }

 private:
  std::size_t add_end(const std::string& name, Shape shape, bool backward) {
    diagram_.boxes.push_back({{name, words_of(shape)}, Work::border_of_plan, backward});
    return diagram_.boxes.size() - 1;
  }
  std::size_t add_result(const std::string& name, const graph::Operand& x, bool backward) {
    const std::size_t box = add_end(name, x.shape, backward);
    read(x, box);
    return box;
  }
  void add_seed(const std::string& name, const graph::Operand& dy, std::size_t partner) {
    const std::size_t box = add_end(name, dy.shape, true);
    diagram_.boxes[box].partner = static_cast<int>(partner);
    writers_.write(dy, box);
  }

  void add_step(std::size_t i) {
    const graph::Step& s = plan_.steps[i];
    const std::size_t box = diagram_.boxes.size();
    box_of_[i] = box;
    diagram_.boxes.push_back({{}, work_of(s.op.kind), plan_.is_backward(i), static_cast<int>(i)});
    add_lines(box, i, -1, s);
    for (const graph::Operand& x : plan_.inputs(s)) read(x, box);
    if (diagram_.boxes[box].backward && s.layer > 0) {
      const int step = plan_.step_of(static_cast<std::size_t>(s.layer - 1));
      if (step >= 0) {
        diagram_.boxes[box].partner = static_cast<int>(box_of_[static_cast<std::size_t>(step)]);
      }
    }
    write(s, box);
    for (int k = 0; k < s.part_count; ++k) {
      const int part = s.first_part + k;
      add_lines(box, i, part, plan_.parts[static_cast<std::size_t>(part)]);
      write(plan_.parts[static_cast<std::size_t>(part)], box);
    }
  }

  void add_lines(std::size_t box, std::size_t step, int part, const graph::Step& s) {
    std::vector<std::string>& lines = diagram_.boxes[box].lines;
    for (std::string& line : work_of(plan_, step, part)) lines.push_back(std::move(line));
    if (s.output >= 0) lines.push_back(words_of(plan_.operand(s.output).shape));
  }

  void write(const graph::Step& s, std::size_t box) {
    if (s.output >= 0) writers_.write(plan_.operand(s.output), box);
  }

  void read(const graph::Operand& x, std::size_t box) {
    for (const std::size_t from : writers_.of(x)) {
      const auto same = [&](const DiagramArrow& a) { return a.from == from && a.to == box; };
      std::vector<DiagramArrow>& arrows = diagram_.arrows;
      if (from != box && std::none_of(arrows.begin(), arrows.end(), same)) {
        arrows.push_back({from, box});
      }
    }
  }

  static std::string words_of(Shape s) { return std::string(words(s).view()); }

  const PlanView& plan_;
  std::vector<std::size_t> box_of_;  // of each step
  LastWriters writers_;
  Diagram diagram_;
};

}  // namespace convexpr::detail
