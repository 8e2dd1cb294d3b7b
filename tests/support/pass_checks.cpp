// The one place where graphs are lowered at run time and their plans compared with the oracle.
#include "pass_checks.hpp"

#include <algorithm>
#include <cmath>
#include <convexpr/graph/lower.hpp>
#include <initializer_list>
#include <sstream>

#include "network_checks.hpp"
#include "oracle.hpp"
#include "plan_interpreter.hpp"

namespace support {

namespace {

using cx::Kind;
using cx::Options;
using graph::Graph;
using graph::Node;

constexpr int examples = 2;

/// Every pass that can be left out, with its name.
constexpr std::pair<bool Options::*, const char*> passes[]{
    {&Options::fuse_elementwise, "fuse_elementwise"},
    {&Options::attach_epilogues, "attach_epilogues"},
    {&Options::fold_batch_norm, "fold_batch_norm"},
    {&Options::fuse_pooling, "fuse_pooling"},
    {&Options::merge_siblings, "merge_siblings"},
    {&Options::place_concats, "place_concats"},
    {&Options::overwrite, "overwrite"},
    {&Options::search_placement, "search_placement"},
};

std::vector<Options> make_pass_options() {
  Options none;
  for (const auto& [pass, name] : passes) none.*pass = false;
  std::vector<Options> all{Options{}, none};
  for (const auto& [pass, name] : passes) {
    Options without;
    without.*pass = false;
    all.push_back(without);
  }
  return all;
}

std::string words(const PlanPurpose& p, int lanes, const Options& options) {
  std::ostringstream out;
  out << (p.mode == cx::Mode::training ? "training" : "inference");
  if (p.backward) out << ", backward";
  if (p.input_gradient) out << ", input gradient";
  if (p.heads) out << ", heads";
  out << ", " << lanes << " lanes; left out:";
  for (const auto& [pass, name] : passes) {
    if (!(options.*pass)) out << " " << name;
  }
  return out.str();
}

/// All numbers in a list of records, one behind the other.
class NumberList {
 public:
  void add(const graph::Operand& o) {
    add(o.shape);
    add(o.border);
    put({o.interleave, o.array, o.array_size, o.first_pixel, o.row_stride, o.block_stride});
  }
  void add(const graph::Step& s) {
    const cx::Window& w = s.op.window;
    add(s.op.in);
    add(s.op.out);
    add(w.padding);
    put({s.op.kind, s.role, s.action, s.function, s.interleave, s.layer, s.owner, s.folded});
    put({w.kernel.h, w.kernel.w, w.stride.h, w.stride.w, w.dilation.h, w.dilation.w, s.op.groups});
    put({s.pool.window.h, s.pool.window.w, s.pool.maximum, s.op.padding_mode});
    put({s.first_channel_x, s.first_channel_y, s.channels, s.first_input, s.input_count});
    put({s.own_inputs, s.output, s.output_count, s.first_use, s.use_count, s.gradient_uses});
    put({s.clears_border, s.batch_statistics, s.adds_gradient, s.first_part, s.part_count});
  }
  template <class List>
  void add_all(const List& list) {
    put({list.size()});
    for (const auto& element : list) add(element);
  }

  friend bool operator==(const NumberList&, const NumberList&) = default;

 private:
  struct Number {
    template <class T>
    Number(T v) : value(static_cast<long long>(v)) {}  // NOLINT: any number
    long long value;
  };
  void put(std::initializer_list<Number> numbers) {
    for (const Number& n : numbers) numbers_.push_back(n.value);
  }
  void add(const cx::Shape& s) { put({s.channels, s.height, s.width, s.rank}); }
  void add(const cx::Padding& p) { put({p.top, p.left, p.bottom, p.right}); }

  std::vector<long long> numbers_;
};

/// What tells two plans of one graph for one purpose apart.
struct PlanIdentity {
  NumberList numbers;
  std::vector<cx::expr::Formula> formulas;
  std::vector<graph::Use> uses;

  explicit PlanIdentity(const graph::PlanDraft& plan) : formulas(plan.formulas), uses(plan.uses) {
    numbers.add_all(plan.steps);
    numbers.add_all(plan.parts);
    numbers.add_all(plan.operands);
    numbers.add_all(plan.heads);
    numbers.add_all(plan.head_adjoints);
    for (const graph::Operand& o :
         {plan.input, plan.output, plan.output_adjoint, plan.input_adjoint}) {
      numbers.add(o);
    }
  }

  friend bool operator==(const PlanIdentity&, const PlanIdentity&) = default;
};

graph::PlanDraft plan_of(const Graph& chosen, const PlanPurpose& p, int lanes,
                         const Options& options) {
  graph::PlanDraft plan = graph::lower_unplaced(
      chosen, {p.mode, p.backward, p.input_gradient, lanes, p.heads, options});
  graph::place_arrays(plan, options.search_placement);
  return plan;
}

Graph with_chosen_storage(Graph built, int lanes) {
  graph::choose_storage(built, lanes);
  return built;
}

/// The parameters of a graph, all zero.
std::vector<cx::NamedTensor> parameters_of(const Graph& g) {
  std::vector<cx::NamedTensor> dict;
  for (const graph::Parameter& p : g.parameters) {
    std::string name(graph::path(g.scopes, g.node(p.layer).scope).view());
    if (!name.empty()) name += ".";
    std::vector<std::size_t> shape;
    for (int axis = 0; axis < p.spec.rank; ++axis) {
      shape.push_back(static_cast<std::size_t>(p.spec.extents[static_cast<std::size_t>(axis)]));
    }
    dict.push_back({name.append(p.spec.name), shape, std::vector<float>(p.spec.size())});
  }
  return dict;
}

/// With activations as the formulas that they declare, whose constants are those of the plan.
Graph with_formulas(Graph g) {
  for (Node& n : g.nodes) {
    if (cx::is_elementwise(n.op.kind)) n.op.kind = Kind::elementwise;
  }
  return g;
}

/// What runs where heads do not.
Graph without_heads(Graph g) {
  if (g.heads.empty()) return g;
  const std::vector<char> wanted = graph::wanted_nodes(g, false);
  for (std::size_t i = 0; i < wanted.size(); ++i) g.nodes[i].removed = wanted[i] == 0;
  g.heads.clear();
  return g;
}

Values random_values(std::size_t count, Numbers& numbers) {
  Values values(count);
  for (double& v : values) v = static_cast<double>(numbers.next());
  return values;
}

/// Throws a PlanFault where they differ.
void compare(const Values& found, const Values& expected, double relative_error,
             const std::string& what) {
  if (found.size() != expected.size()) throw PlanFault(what + " has another size");
  double largest = 1;
  for (const double e : expected) largest = std::max(largest, std::abs(e));
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::abs(found[i] - expected[i]) <= relative_error * largest) continue;
    std::ostringstream out;
    out.precision(12);
    out << what << ": element " << i << " of " << found.size() << " is " << found[i] << ", not "
        << expected[i];
    throw PlanFault(out.str());
  }
}

}  // namespace

std::span<const Options> pass_options() {
  static const std::vector<Options> all = make_pass_options();
  return all;
}

PassChecks::PassChecks(Graph built, std::uint32_t seed, double relative_error)
    : built_(std::move(built)), seed_(seed), tolerance_(relative_error) {
  Numbers numbers(seed);
  dict_ = random_parameters(parameters_of(built_), numbers);
  const auto size = [&](int node) { return examples * built_.node(node).op.out.size(); };
  x_ = random_values(size(0), numbers);
  dy_ = random_values(size(built_.output), numbers);
  for (const graph::SideOutput& h : built_.heads) {
    dheads_.push_back(random_values(size(h.node), numbers));
  }
}

const PassChecks::Expected& PassChecks::expected(const PlanPurpose& purpose) {
  const auto [found, is_new] = expected_.try_emplace({purpose.mode, purpose.heads});
  Expected& e = found->second;
  if (!is_new) return e;
  const Graph ran = with_formulas(purpose.heads ? built_ : without_heads(built_));
  reference::Oracle oracle(ran, dict_, purpose.mode);
  e.output = oracle.forward(x_, examples);
  for (std::size_t h = 0; h < ran.heads.size(); ++h) e.heads.push_back(oracle.head(h));
  e.parameters = oracle.parameters();
  oracle.backward(dy_, purpose.heads ? dheads_ : std::vector<Values>{});
  e.input_gradient = oracle.input_gradient();
  for (const cx::NamedTensor& t : dict_) e.gradients[t.name] = oracle.gradient(t.name);
  return e;
}

std::string PassChecks::fault(const PlanPurpose& purpose, int lanes, const Options& options) {
  const Graph chosen = with_chosen_storage(built_, lanes);
  return fault(plan_of(chosen, purpose, lanes, options), chosen, purpose, lanes);
}

std::string PassChecks::fault(const graph::PlanDraft& plan, const Graph& chosen,
                              const PlanPurpose& purpose, int lanes) {
  const Expected& e = expected(purpose);
  try {
    PlanInterpreter run(plan, chosen, dict_, lanes);
    run.forward(x_, examples);
    compare(run.output(), e.output, tolerance_, "the output");
    if (plan.heads.size() != e.heads.size()) throw PlanFault("heads are missing");
    for (std::size_t h = 0; h < plan.heads.size(); ++h) {
      compare(run.head(h), e.heads[h], tolerance_, "a head");
    }
    for (const auto& [name, values] : e.parameters) {
      compare(run.parameter(name), values, tolerance_, "afterwards, " + name);
    }
    if (!purpose.backward) return {};
    run.backward(dy_, dheads_);
    if (purpose.input_gradient) {
      const Values none(x_.size(), 0.0);  // nothing of the input reaches the output
      compare(plan.has_input_adjoint ? run.input_gradient() : none, e.input_gradient, tolerance_,
              "the input's gradient");
    }
    for (const auto& [name, values] : e.gradients) {
      if (name.find("running_") != std::string::npos) continue;
      compare(run.gradient(name), values, tolerance_, "the gradient of " + name);
    }
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string PassChecks::any_fault(std::span<const int> lanes, std::span<const PlanPurpose> purposes,
                                  std::span<const Options> options) {
  for (const int l : lanes) {
    const Graph chosen = with_chosen_storage(built_, l);
    for (const PlanPurpose& p : purposes) {
      std::vector<PlanIdentity> seen;
      for (const Options& o : options) {
        const graph::PlanDraft plan = plan_of(chosen, p, l, o);
        const PlanIdentity identity(plan);
        if (std::find(seen.begin(), seen.end(), identity) != seen.end()) continue;
        seen.push_back(identity);
        const std::string found = fault(plan, chosen, p, l);
        if (!found.empty()) return words(p, l, o) + "\n" + found + "\n" + smallest_fault(p, l, o);
      }
    }
  }
  return {};
}

std::string PassChecks::smallest_fault(const PlanPurpose& purpose, int lanes,
                                       const Options& options) const {
  const auto fault_of = [&](const Graph& g) {
    return PassChecks(g, seed_, tolerance_).fault(purpose, lanes, options);
  };
  const Graph part = smallest_part(built_, [&](const Graph& g) { return !fault_of(g).empty(); });
  return "The smallest part that fails, with " + fault_of(part) + ":\n" + listing(part);
}

std::string listing(const Graph& g) {
  std::ostringstream out;
  for (int i = 0; i < g.size(); ++i) {
    const Node& n = g.node(i);
    const cx::Window& w = n.op.window;
    out << i << ": " << cx::name(n.op) << " of";
    for (const int x : g.inputs(n)) out << " " << x;
    out << ", " << cx::words(n.op.out).view();
    if (w.kernel != cx::Extent2{1} || w.padding != cx::Padding{}) {
      out << ", kernel " << cx::words(w.kernel).view() << ", stride " << cx::words(w.stride).view()
          << ", dilation " << cx::words(w.dilation).view() << ", padding " << w.padding.top << " "
          << w.padding.left << " " << w.padding.bottom << " " << w.padding.right;
    }
    if (n.op.padding_mode != cx::PaddingMode::zeros) out << ", made";
    if (n.op.groups > 1) out << ", " << n.op.groups << " groups";
    if (n.owner != i) out << ", parameters of " << n.owner;
    if (i == g.output) out << ", output";
    for (const graph::SideOutput& h : g.heads) out << (h.node == i ? ", head" : "");
    out << "\n";
  }
  return out.str();
}

namespace {

/// The graph without what neither its output nor a head needs.
Graph without_the_rest(const Graph& g) {
  std::vector<char> kept = graph::wanted_nodes(g, true);
  for (int i = g.size() - 1; i > 0; --i) {
    if (kept[static_cast<std::size_t>(i)] == 0) continue;
    kept[static_cast<std::size_t>(g.node(i).owner)] = 1;
    for (const int x : g.inputs(g.node(i))) kept[static_cast<std::size_t>(x)] = 1;
  }
  std::vector<int> number(g.nodes.size(), 0);
  Graph out = g;
  out.nodes.clear();
  out.edges.clear();
  out.uses.clear();
  for (int i = 0; i < g.size(); ++i) {
    if (kept[static_cast<std::size_t>(i)] == 0) continue;
    Node n = g.node(i);
    number[static_cast<std::size_t>(i)] = n.layer = out.size();
    n.owner = number[static_cast<std::size_t>(n.owner)];
    std::vector<int> from(g.inputs(n).begin(), g.inputs(n).end());
    std::vector<graph::Use> uses(g.uses_of(n).begin(), g.uses_of(n).end());
    for (int& x : from) x = number[static_cast<std::size_t>(x)];
    for (graph::Use& u : uses) u.owner = number[static_cast<std::size_t>(u.owner)];
    out.set_uses(n, uses);
    out.add(n, from);
  }
  std::erase_if(out.parameters, [&](const graph::Parameter& p) {
    return kept[static_cast<std::size_t>(p.layer)] == 0;
  });
  for (graph::Parameter& p : out.parameters) p.layer = number[static_cast<std::size_t>(p.layer)];
  for (graph::SideOutput& h : out.heads) h.node = number[static_cast<std::size_t>(h.node)];
  for (graph::Scope& s : out.scopes) s.output = 0;
  out.output = number[static_cast<std::size_t>(g.output)];
  return out;
}

/// Graphs with one head, one node or all that comes behind a node less; the smaller ones first.
std::vector<Graph> smaller_graphs(const Graph& g) {
  std::vector<Graph> all;
  for (int i = 1; i < g.output; ++i) {
    all.push_back(g);
    all.back().output = i;
    all.back().heads.clear();
  }
  for (std::size_t h = 0; h < g.heads.size(); ++h) {
    all.push_back(g);
    all.back().heads.erase(all.back().heads.begin() + static_cast<std::ptrdiff_t>(h));
  }
  for (int i = 1; i < g.size(); ++i) {
    for (const int x : g.inputs(g.node(i))) {
      if (g.node(x).op.out != g.node(i).op.out) continue;
      graph::Replacement replacement(g);
      replacement.set(i, x);
      all.push_back(g);
      replacement.apply(all.back());
      all.back().node(i).removed = false;
    }
  }
  for (Graph& smaller : all) smaller = without_the_rest(smaller);
  return all;
}

}  // namespace

Graph smallest_part(Graph g, const std::function<bool(const Graph&)>& fails) {
  for (bool smaller_fails = true; smaller_fails;) {
    smaller_fails = false;
    for (Graph& smaller : smaller_graphs(g)) {
      if ((smaller.size() < g.size() || smaller.heads.size() < g.heads.size()) && fails(smaller)) {
        g = std::move(smaller);
        smaller_fails = true;
        break;
      }
    }
  }
  return g;
}

}  // namespace support
