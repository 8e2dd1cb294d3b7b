// Plans of a graph, made with all passes, with none of those that only save time or memory, and with
// each of them left out, compared with the oracle: values and gradients.
#pragma once

#include <convexpr/graph/graph.hpp>
#include <convexpr/graph/mode.hpp>
#include <convexpr/graph/options.hpp>
#include <convexpr/graph/plan.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace support {

namespace cx = convexpr;

/// What a plan is made for, as `graph::Purpose` has it; that and what follows from it is compiled
/// with pass_checks.cpp alone.
struct PlanPurpose {
  cx::Mode mode = cx::Mode::inference;
  bool backward = false;
  bool input_gradient = false;
  bool heads = false;
};

/// Inference; training with and without what can be left out; gradients in inference mode.
inline constexpr PlanPurpose plan_purposes[]{
    {cx::Mode::inference, false, false, false},
    {cx::Mode::training, true, false, false},
    {cx::Mode::training, true, true, true},
    {cx::Mode::inference, true, true, false},
};

/// All passes on, all off, each off alone.
std::span<const cx::Options> pass_options();

/// A graph as built, with random parameters, inputs and incoming gradients.
class PassChecks {
 public:
  /// Relative to the largest value that is compared, or to 1; both sides compute in double precision.
  explicit PassChecks(cx::graph::Graph built, std::uint32_t seed = 1, double relative_error = 1e-9);

  /// What is wrong with the plan for a purpose; empty where it gives what the oracle gives.
  std::string fault(const PlanPurpose& purpose, int lanes, const cx::Options& options = {});

  /// For all purposes, with all options: the first fault that is found, with the smallest part of the
  /// graph in which it is.
  std::string any_fault(std::span<const int> lanes,
                        std::span<const PlanPurpose> purposes = plan_purposes,
                        std::span<const cx::Options> options = pass_options());

 private:
  struct Expected {
    std::vector<double> output;
    std::vector<std::vector<double>> heads;
    std::vector<double> input_gradient;
    std::map<std::string, std::vector<double>> gradients;
    std::map<std::string, std::vector<double>> parameters;  // afterwards
  };

  const Expected& expected(const PlanPurpose& purpose);
  /// Of a plan that was made of the graph with its storage chosen.
  std::string fault(const cx::graph::PlanDraft& plan, const cx::graph::Graph& chosen,
                    const PlanPurpose& purpose, int lanes);
  std::string smallest_fault(const PlanPurpose& purpose, int lanes,
                             const cx::Options& options) const;

  cx::graph::Graph built_;
  std::uint32_t seed_;
  double tolerance_;
  std::vector<cx::NamedTensor> dict_;
  std::vector<double> x_;
  std::vector<double> dy_;
  std::vector<std::vector<double>> dheads_;
  std::map<std::pair<cx::Mode, bool>, Expected>
      expected_;  // by mode, and whether heads have gradients
};

/// One line for each node.
std::string listing(const cx::graph::Graph& g);

/// The smallest graph that `fails` and that is left where nodes of a failing one are taken away.
cx::graph::Graph smallest_part(cx::graph::Graph g,
                               const std::function<bool(const cx::graph::Graph&)>& fails);

}  // namespace support
