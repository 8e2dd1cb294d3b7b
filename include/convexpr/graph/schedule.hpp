// Pass: the nodes that are left become steps, and it is known how long each value must last.
//
// Operands say the number of their array; `place_arrays` (plan.hpp) says where it lies.
#pragma once

#include <convexpr/graph/gradients.hpp>
#include <convexpr/graph/layout.hpp>
#include <convexpr/graph/mode.hpp>
#include <convexpr/graph/plan.hpp>

namespace convexpr::graph {

class Schedule {
 public:
  constexpr Schedule(const Graph& g, const Layout& layout, Mode mode)
      : g_(g),
        layout_(layout),
        mode_(mode),
        forward_end_(g.forward_nodes > 0 ? g.forward_nodes : g.size()),
        array_of_(g.nodes.size(), -1),
        step_of_(g.nodes.size(), -1),
        part_of_(g.nodes.size(), -1),
        has_siblings_(g.nodes.size(), 0),
        number_of_formula_(g.formulas.size(), -1),
        gradients_(g) {
    for (const Node& n : g.nodes) {
      if (!n.removed && n.leader >= 0) has_siblings_[static_cast<std::size_t>(n.leader)] = 1;
    }
  }

  constexpr PlanDraft run() {
    find_arrays();
    describe_values();
    for (int i = 0; i < g_.size(); ++i) {
      if (i == forward_end_) draft_.forward_steps = static_cast<int>(draft_.steps.size());
      add_steps(i);
    }
    if (forward_end_ == g_.size()) draft_.forward_steps = static_cast<int>(draft_.steps.size());
    add_riders();
    if (g_.forward_nodes > 0) add_saved();
    draft_.input = value(0);
    draft_.output = value(g_.output);
    if (g_.output_adjoint >= 0) draft_.output_adjoint = value(g_.output_adjoint);
    for (const SideOutput& h : g_.heads) {
      draft_.heads.push_back(value(h.node));
      if (h.adjoint >= 0) draft_.head_adjoints.push_back(value(h.adjoint));
    }
    draft_.has_input_adjoint = g_.input_adjoint >= 0;
    if (draft_.has_input_adjoint) draft_.input_adjoint = value(g_.input_adjoint);
    return static_cast<PlanDraft&&>(draft_);
  }

 private:
  constexpr const Storage& storage(int i) const { return layout_.of(i); }

  constexpr const Operand& value(int node) const { return values_[static_cast<std::size_t>(node)]; }

  constexpr void find_arrays() {
    for (int i = 0; i < g_.size(); ++i) {
      const Node& n = g_.node(i);
      if (n.removed) continue;
      // Incoming gradients are all there before the first step backward.
      const bool seed = n.role == Role::adjoint && n.op.kind == Kind::input;
      const bool further = n.op.kind == Kind::result;  // its step is another's, just before
      const int time = n.leader >= 0 ? n.leader : further ? g_.inputs(n)[0] : i;
      if (n.role != Role::parameter_adjoint) use(i, seed ? g_.forward_nodes : time);
      if (further) continue;
      for (const int x : g_.inputs(n)) use(x, time);
    }
    // Results are read once the forward steps are done, the input's gradient at the end.
    use(g_.output, forward_end_);
    for (const SideOutput& h : g_.heads) use(h.node, forward_end_);
    if (g_.input_adjoint >= 0) use(g_.input_adjoint, g_.size());
  }

  constexpr int& array_of(int node) {
    return array_of_[static_cast<std::size_t>(storage(node).root)];
  }

  /// The array of `node` is in use at time `time`.
  constexpr void use(int node, int time) {
    int& array = array_of(node);
    if (array < 0) {
      array = static_cast<int>(draft_.arrays.size());
      const std::size_t floats = describe(storage(node).root).array_size;
      draft_.arrays.push_back({floats, time, time, 0});
      draft_.separate_bytes += floats * sizeof(float);
    }
    Block& b = draft_.arrays[static_cast<std::size_t>(array)];
    if (time < b.first) b.first = time;
    if (time > b.last) b.last = time;
  }

  /// The value of `node` as an operand, but for where its array stands.
  constexpr Operand describe(int node) const {
    const Storage& s = storage(node);
    const auto root = static_cast<std::size_t>(s.root);
    const Padding& border = layout_.border[root];
    const int interleave = layout_.interleave[root];
    const Shape whole = g_.node(s.root).op.out;
    Operand o;
    o.shape = g_.node(node).op.out;
    o.interleave = interleave;
    o.border = border;
    o.row_stride =
        static_cast<std::size_t>((whole.width + border.left + border.right) * interleave);
    o.block_stride =
        static_cast<std::size_t>(whole.height + border.top + border.bottom) * o.row_stride;
    const int blocks = (whole.channels + interleave - 1) / interleave;
    const std::size_t floats = static_cast<std::size_t>(blocks) * o.block_stride;
    o.array_size = (floats + 15) / 16 * 16;  // a cache line
    o.first_pixel = static_cast<std::size_t>(s.channel / interleave) * o.block_stride +
                    static_cast<std::size_t>(border.top) * o.row_stride +
                    static_cast<std::size_t>(border.left * interleave);
    return o;
  }

  constexpr void describe_values() {
    values_.assign(g_.nodes.size(), Operand{});
    for (std::size_t i = 0; i < g_.nodes.size(); ++i) {
      const Node& n = g_.nodes[i];
      if (n.removed || n.role == Role::parameter_adjoint) continue;
      Operand& o = values_[i];
      o = describe(static_cast<int>(i));
      o.array = static_cast<std::size_t>(array_of(static_cast<int>(i)));
    }
  }

  constexpr int add_operand(int node) {
    draft_.operands.push_back(value(node));
    return static_cast<int>(draft_.operands.size()) - 1;
  }

  constexpr void add_steps(int i) {
    const Node& n = g_.node(i);
    if (n.removed || n.op.kind == Kind::input || n.op.kind == Kind::result || n.leader >= 0) return;
    if (n.op.kind == Kind::concat) {
      add_copies(i, n);
      return;
    }
    Step s = step_of(i, n);
    s.first_part = static_cast<int>(draft_.parts.size());
    if (has_siblings_[static_cast<std::size_t>(i)] != 0) add_parts(i);
    s.part_count = static_cast<int>(draft_.parts.size()) - s.first_part;
    if (n.op.kind == Kind::flatten || n.op.kind == Kind::crop2d) ++draft_.copies;
    step_of_[static_cast<std::size_t>(i)] = static_cast<int>(draft_.steps.size());
    draft_.steps.push_back(s);
  }

  /// They stand right behind the node that gives them.
  constexpr void add_further_results(int of, Step& s) {
    for (int i = of + 1; i < g_.size() && g_.node(i).op.kind == Kind::result; ++i) {
      if (g_.inputs(g_.node(i))[0] != of) continue;
      add_operand(i);
      ++s.output_count;
    }
  }

  /// The plan has the formulas that are left, in the order of their first use.
  constexpr int use_formula(int formula) {
    if (formula < 0) return -1;
    int& number = number_of_formula_[static_cast<std::size_t>(formula)];
    if (number < 0) {
      number = static_cast<int>(draft_.formulas.size());
      draft_.formulas.push_back(g_.formula(formula));
    }
    return number;
  }

  constexpr void add_parts(int leader) {
    for (int i = leader + 1; i < g_.size(); ++i) {
      const Node& n = g_.node(i);
      if (n.removed || n.leader != leader) continue;
      const int step = step_of_[static_cast<std::size_t>(i)] =
          static_cast<int>(draft_.steps.size());
      const int part = part_of_[static_cast<std::size_t>(i)] =
          static_cast<int>(draft_.parts.size());
      draft_.riders.push_back({n.layer, n.role, step, part});
      draft_.parts.push_back(step_of(i, n));
    }
  }

  constexpr Step step_of(int i, const Node& n) {
    Step s;
    s.op = n.op;
    s.role = n.role;
    s.function = use_formula(n.formula >= 0 ? n.formula : n.epilogue);
    s.own_inputs = n.own_inputs;
    s.folded = n.folded;
    s.pool = n.pool;
    s.tile_outputs = n.tile_outputs;
    s.time = n.leader >= 0 ? n.leader : i;
    s.first_use = static_cast<int>(draft_.uses.size());
    s.use_count = n.use_count;
    s.gradient_uses = n.gradient_uses;
    for (const Use& u : g_.uses_of(n)) draft_.uses.push_back(u);
    s.interleave = n.interleave == 1 ? 1 : layout_.lanes;
    s.layer = n.layer;
    s.owner = n.owner;
    s.adds_gradient = gradients_.is_further(n);
    s.batch_statistics = n.op.kind == Kind::batch_norm2d && mode_ == Mode::training;
    s.first_input = static_cast<int>(draft_.operands.size());
    s.input_count = n.input_count;
    for (const int x : g_.inputs(n)) add_operand(x);
    if (n.role != Role::parameter_adjoint) {
      s.output = add_operand(i);
      s.output_count = 1;
      add_further_results(i, s);
      s.clears_border = !storage(i).overwrites && has_border(i);
    }
    return s;
  }

  /// Parts of a concat that could not be written in their place are copied there, and adjoints that
  /// could not be read in theirs are copied out.
  constexpr void add_copies(int i, const Node& n) {
    if (n.role == Role::adjoint) {
      const int dy = g_.inputs(n)[0];
      if (storage(i).root != storage(dy).root) add_copy(i, dy, n.first_channel, i, 0, i);
      return;
    }
    int channel = 0;
    for (const int part : g_.inputs(n)) {
      const Storage& s = storage(part);
      const bool in_place = s.root == storage(i).root && s.channel == storage(i).channel + channel;
      if (!in_place) add_copy(i, part, 0, i, channel, part);
      channel += g_.node(part).op.out.channels;
    }
  }

  /// For the concat, or the adjoint of one, `whole`.
  constexpr void add_copy(int whole, int x, int first_x, int y, int first_y, int extent_of) {
    Step s;
    s.op.kind = Kind::concat;
    s.time = whole;
    s.role = g_.node(whole).role;
    s.action = Action::copy_channels;
    s.layer = g_.node(whole).layer;
    s.first_channel_x = first_x;
    s.first_channel_y = first_y;
    s.channels = g_.node(extent_of).op.out.channels;
    s.first_input = add_operand(x);
    s.input_count = 1;
    s.output = add_operand(y);
    s.output_count = 1;
    s.clears_border = has_border(y);
    ++draft_.copies;
    draft_.steps.push_back(s);
  }

  /// Layers that share a node share its step. A node may have gone, with what only a head needed.
  constexpr void add_riders() {
    for (const Rider& r : g_.riders) {
      const int step = step_of_[static_cast<std::size_t>(r.on)];
      const int part = part_of_[static_cast<std::size_t>(r.on)];
      if (step >= 0) draft_.riders.push_back({r.layer, r.role, step, part});
    }
  }

  /// Arrays that the forward pass has written and a step behind the incoming gradients reads.
  constexpr void add_saved() {
    std::vector<int> writer(draft_.arrays.size(), -1);  // the last node whose value is there
    for (int i = 0; i < forward_end_; ++i) {
      if (!g_.node(i).removed) writer[static_cast<std::size_t>(array_of(i))] = i;
    }
    for (std::size_t a = 0; a < writer.size(); ++a) {
      const Block& b = draft_.arrays[a];
      if (b.first >= forward_end_ || b.last <= forward_end_) continue;
      const Node& n = g_.node(writer[a]);
      const std::size_t bytes = b.size * sizeof(float);
      draft_.saved.push_back({n.layer, n.op.out, static_cast<int>(a), bytes});
      draft_.saved_bytes += bytes;
    }
  }

  constexpr bool has_border(int node) const {
    return layout_.border[static_cast<std::size_t>(storage(node).root)] != Padding{};
  }

  const Graph& g_;
  const Layout& layout_;
  Mode mode_;
  int forward_end_;            // nodes, and times, from here on belong to the backward pass
  std::vector<int> array_of_;  // by root
  std::vector<int> step_of_;   // by node
  std::vector<int> part_of_;   // likewise, of siblings
  std::vector<char> has_siblings_;
  std::vector<int> number_of_formula_;
  std::vector<Operand> values_;
  GradientWriters gradients_;
  PlanDraft draft_;
};

}  // namespace convexpr::graph
