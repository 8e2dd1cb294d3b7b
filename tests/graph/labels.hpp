// Plans are run on an arena of labels: every step must find, in each element that it reads, the
// label of the value that it is meant to read. So a wrong place, a wrong slice of a concat, an
// overwriting in place that is not allowed or an array that is given away too early is noticed.
#pragma once

#include <convexpr/graph/lower.hpp>
#include <cstddef>
#include <vector>

namespace test {

namespace graph = convexpr::graph;

/// Stands for the floats of an arena, for one example.
class Labels {
 public:
  Labels(const graph::Graph& g, const graph::PlanDraft& plan)
      : g_(g), plan_(plan), labels_(plan.arena_floats, garbage) {}

  void run() {
    write(0, plan_.input);
    clear_border(plan_.input);
    int node = 0;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (static_cast<int>(i) == plan_.forward_steps) turn_around();
      const graph::Step& s = plan_.steps[i];
      if (s.action == graph::Action::copy_channels) {
        copy(s);
        continue;
      }
      do {
        ++node;
      } while (g_.node(node).removed || g_.node(node).leader >= 0 ||
               g_.node(node).op.kind == convexpr::Kind::input ||
               g_.node(node).op.kind == convexpr::Kind::concat);
      step(s, node);
      run_siblings(s, node);
    }
    if (static_cast<int>(plan_.steps.size()) == plan_.forward_steps) turn_around();
    if (plan_.has_input_adjoint) {
      read(g_.input_adjoint, plan_.input_adjoint);
    }
  }

  int faults() const { return faults_; }

 private:
  static constexpr int garbage = -1;
  static constexpr int zero = 0;

  /// What channel `c` of a node's value is called: by the node that computes it.
  int label(int node, int c) const {
    const graph::Node& n = g_.node(node);
    if (n.op.kind != convexpr::Kind::concat) return 1 + node * 1000 + c;
    const auto from = g_.inputs(n);
    if (n.role == graph::Role::adjoint) return label(from[0], n.first_channel + c);
    for (const int part : from) {
      const int channels = g_.node(part).op.out.channels;
      if (c < channels) return label(part, c);
      c -= channels;
    }
    return garbage;
  }

  static std::size_t place(const graph::Operand& o, int c, int i, int j) {
    const auto at = [](int index) { return static_cast<std::size_t>(index); };
    return o.array + o.first_pixel + at(c / o.interleave) * o.block_stride + at(i) * o.row_stride +
           at(j) * at(o.interleave) + at(c % o.interleave);
  }

  void expect(std::size_t at, int label) {
    if (at >= labels_.size() || labels_[at] != label) ++faults_;
  }

  void read(int node, const graph::Operand& o) {
    for (int c = 0; c < o.shape.channels; ++c) {
      for (int i = 0; i < o.shape.height; ++i) {
        for (int j = 0; j < o.shape.width; ++j) expect(place(o, c, i, j), label(node, c));
      }
    }
  }

  /// Kernels write whole vectors: what follows the last channel becomes zero.
  void write(int node, const graph::Operand& o) {
    const int stored = (o.shape.channels + o.interleave - 1) / o.interleave * o.interleave;
    for (int c = 0; c < stored; ++c) {
      for (int i = 0; i < o.shape.height; ++i) {
        for (int j = 0; j < o.shape.width; ++j) {
          labels_.at(place(o, c, i, j)) = c < o.shape.channels ? label(node, c) : zero;
        }
      }
    }
  }

  template <class Function>
  void at_border(const graph::Operand& o, const convexpr::Padding& p, Function f) {
    const int blocks = (o.shape.channels + o.interleave - 1) / o.interleave;
    for (int b = 0; b < blocks; ++b) {
      for (int i = -p.top; i < o.shape.height + p.bottom; ++i) {
        for (int j = -p.left; j < o.shape.width + p.right; ++j) {
          if (i >= 0 && i < o.shape.height && j >= 0 && j < o.shape.width) continue;
          const std::ptrdiff_t pixel =
              i * static_cast<std::ptrdiff_t>(o.row_stride) + std::ptrdiff_t{j} * o.interleave;
          const std::size_t first =
              place(o, b * o.interleave, 0, 0) + static_cast<std::size_t>(pixel);
          for (int lane = 0; lane < o.interleave; ++lane) f(first + static_cast<std::size_t>(lane));
        }
      }
    }
  }

  void clear_border(const graph::Operand& o) {
    at_border(o, o.border, [this](std::size_t at) { labels_.at(at) = zero; });
  }

  void step(const graph::Step& s, int node) {
    const graph::Node& n = g_.node(node);
    if (s.op.kind != n.op.kind || s.role != n.role || s.input_count != n.input_count) ++faults_;
    for (int k = 0; k < s.input_count; ++k) {
      const graph::Operand& x = plan_.operands[static_cast<std::size_t>(s.first_input + k)];
      read(g_.inputs(n)[static_cast<std::size_t>(k)], x);
      const bool padded =
          n.op.kind == convexpr::Kind::conv2d && n.role != graph::Role::adjoint && k == 0;
      if (padded) at_border(x, n.op.window.padding, [this](std::size_t at) { expect(at, zero); });
    }
    if (s.output < 0) return;
    const graph::Operand& y = plan_.operands[static_cast<std::size_t>(s.output)];
    write(node, y);
    if (s.clears_border) clear_border(y);
  }

  void run_siblings(const graph::Step& s, int leader) {
    int part = s.first_part;
    for (int i = leader + 1; i < g_.size(); ++i) {
      if (g_.node(i).removed || g_.node(i).leader != leader) continue;
      step(plan_.parts.at(static_cast<std::size_t>(part++)), i);
    }
    if (part != s.first_part + s.part_count) ++faults_;
  }

  void copy(const graph::Step& s) {
    const graph::Operand& x = plan_.operands[static_cast<std::size_t>(s.first_input)];
    const graph::Operand& y = plan_.operands[static_cast<std::size_t>(s.output)];
    for (int c = 0; c < s.channels; ++c) {
      for (int i = 0; i < y.shape.height; ++i) {
        for (int j = 0; j < y.shape.width; ++j) {
          labels_.at(place(y, s.first_channel_y + c, i, j)) =
              labels_.at(place(x, s.first_channel_x + c, i, j));
        }
      }
    }
    if (s.clears_border) clear_border(y);
  }

  /// Between the passes the user reads the results and sets the incoming gradients.
  void turn_around() {
    read_results();
    if (g_.output_adjoint < 0) return;
    write(g_.output_adjoint, plan_.output_adjoint);
    clear_border(plan_.output_adjoint);
    for (std::size_t h = 0; h < g_.heads.size(); ++h) {
      write(g_.heads[h].adjoint, plan_.head_adjoints[h]);
      clear_border(plan_.head_adjoints[h]);
    }
    read_results();
  }

  void read_results() {
    read(g_.output, plan_.output);
    if (plan_.heads.size() != g_.heads.size()) ++faults_;
    for (std::size_t h = 0; h < g_.heads.size(); ++h) read(g_.heads[h].node, plan_.heads[h]);
  }

  const graph::Graph& g_;
  const graph::PlanDraft& plan_;
  std::vector<int> labels_;
  int faults_ = 0;
};

}  // namespace test
