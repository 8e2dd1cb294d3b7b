// The lowering, told on one page: an architecture and its input become a plan.
//
// Next: network/network.hpp, which binds a plan to parameters and an arena.
#pragma once

#include <convexpr/graph/build.hpp>
#include <convexpr/graph/differentiate.hpp>
#include <convexpr/graph/epilogue.hpp>
#include <convexpr/graph/filtering.hpp>
#include <convexpr/graph/fold.hpp>
#include <convexpr/graph/fuse.hpp>
#include <convexpr/graph/layout.hpp>
#include <convexpr/graph/options.hpp>
#include <convexpr/graph/padding.hpp>
#include <convexpr/graph/plan.hpp>
#include <convexpr/graph/pooling.hpp>
#include <convexpr/graph/prune.hpp>
#include <convexpr/graph/schedule.hpp>
#include <convexpr/graph/siblings.hpp>

namespace convexpr::graph {

/// What a plan is made for.
struct Purpose {
  Mode mode = Mode::inference;
  bool backward = false;
  bool input_gradient = false;  // with `backward`: the gradient of the network's input as well
  int lanes = 1;                // floats in a vector of the machine
  bool heads = false;           // the side outputs as well
  Options options{};
};

/// What is decided on the graph as built, since where parameters lie follows from it.
constexpr void choose_storage(Graph& g, int lanes) {
  choose_folds(g);                // fold.hpp           which weights take a batch norm in
  choose_planar_input(g, lanes);  // layout.hpp         how the first convolution reads
}

template <class Architecture>
constexpr Graph build_for(Shape in, int lanes) {
  Graph g = build<Architecture>(in);  // build.hpp          types become nodes; shapes, costs
  choose_storage(g, lanes);
  return g;
}

/// The passes that rewrite a graph, in order.
constexpr void run_passes(Graph& g, const Purpose& purpose) {
  const Options& o = purpose.options;
  const bool constant = purpose.mode == Mode::inference && !purpose.backward;
  separate_padding(g);                                             // padding.hpp   made borders
  absorb_padding(g);                                               // padding.hpp   zero borders
  prune(g, purpose.mode, purpose.heads);                           // prune.hpp     idle nodes go
  if (constant && o.fold_batch_norm) fold_batch_norm(g);           // fold.hpp      into weights
  if (o.fuse_elementwise) fuse_elementwise(g, purpose.backward);   // fuse.hpp      chains
  if (purpose.backward) differentiate(g, purpose.input_gradient);  // differentiate.hpp  adjoints
  if (o.attach_epilogues) attach_epilogues(g);                     // epilogue.hpp  work rides on
  choose_filtering(g, purpose.lanes, constant, o);                 // filtering.hpp Winograd's tiles
  if (constant && o.fuse_pooling) fuse_pooling(g);                 // pooling.hpp   pools ride on
  if (o.merge_siblings) merge_siblings(g);                         // siblings.hpp  one step
}

/// The plan of a graph without places: what this makes is linear in the number of layers.
constexpr PlanDraft lower_unplaced(Graph g, const Purpose& purpose) {
  run_passes(g, purpose);
  const Layout layout =
      LayoutPass(g, purpose.lanes, purpose.options).run();  // layout.hpp    concats in place
  return Schedule(g, layout, purpose.mode).run();           // schedule.hpp  nodes become steps
}

template <class Architecture>
constexpr PlanDraft lower_unplaced(Shape in, Purpose purpose) {
  return lower_unplaced(build_for<Architecture>(in, purpose.lanes), purpose);
}

template <class Architecture>
constexpr PlanDraft lower(Shape in, Purpose purpose) {
  PlanDraft draft = lower_unplaced<Architecture>(in, purpose);
  place_arrays(draft, purpose.options.search_placement);  // arena.hpp  one arena for all values
  return draft;
}

template <PlanSize Size>
constexpr Plan<Size> placed(Plan<Size> plan, bool search) {
  place_arrays(plan, search);
  return plan;
}

// Several constants, not one: Clang bounds the steps of each constant's evaluation.
template <class Architecture, Shape In>
inline constexpr std::size_t nodes_of = build_for<Architecture>(In, 1).nodes.size();

/// Room for the plan of a graph of so many nodes: what networks of this field need, or more.
constexpr PlanSize room_for(std::size_t nodes, bool backward) {
  const std::size_t n = nodes + 4;
  return backward ? PlanSize{3 * n, 7 * n, n, n, 2 * n, n, 2 * n, 2 * n, 2 * n}
                  : PlanSize{n, 2 * n, n, n, 2 * n, n, n, n, n};
}

/// The lowering's result, without places. `Times`: how many times as much room as is expected.
template <class Architecture, Shape In, Purpose For, std::size_t Times>
inline constexpr RoomyPlan<room_for(Times* nodes_of<Architecture, In>, For.backward)> roomy_plan{
    lower_unplaced<Architecture>(In, For)};

template <class Architecture, Shape In, Purpose For, std::size_t Times = 1>
constexpr const auto& unplaced_plan() {
  constexpr const auto& roomy = roomy_plan<Architecture, In, For, Times>;
  if constexpr (roomy.room.holds(roomy.size)) {
    return roomy;
  } else {
    return unplaced_plan<Architecture, In, For, 4 * Times>();
  }
}

/// The plan of `Architecture` on inputs of shape `In`.
template <class Architecture, Shape In, Purpose For>
inline constexpr auto plan = placed(
    Plan<unplaced_plan<Architecture, In, For>().size>(unplaced_plan<Architecture, In, For>().plan),
    For.options.search_placement);

}  // namespace convexpr::graph
