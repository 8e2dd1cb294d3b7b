// Runs a plan in double precision, step by step and without kernels, as plan.hpp says what a step is.
//
// Every value is taken from where its operand says it lies and goes where its result's operand says,
// in an arena that held no numbers before; in between it is computed by the definitions of the
// oracle. So what differs from the oracle is a fault of the passes, which gave the plan.
#pragma once

#include <convexpr/graph/plan.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plan_memory.hpp"
#include "reference_layers.hpp"

namespace support {

using reference::Images;
using reference::Values;

/// A plan and all that a run of it changes. Dropout is the identity, as in the oracle.
///
/// Errors     PlanFault where the plan breaks what kernels rely on; std::exception where it makes no
///            sense
class PlanInterpreter {
 public:
  /// `built` is the graph as it was before all passes, with what `choose_storage` has decided; it
  /// knows the names of the parameters in `dict`. `lanes` is what the plan was made for. The plan and
  /// the graph must last as long as this.
  PlanInterpreter(const graph::PlanDraft& plan, const graph::Graph& built,
                  const std::vector<cx::NamedTensor>& dict, int lanes);

  void forward(const Values& x, int examples);
  /// Belongs to the last forward pass; as many `dheads` as the plan has heads.
  void backward(const Values& dy, const std::vector<Values>& dheads);

  const Values& output() const { return output_; }
  const Values& head(std::size_t h) const { return heads_.at(h); }
  const Values& input_gradient() const { return input_gradient_; }
  /// A learned parameter's gradient: zeros where no step gives it.
  Values gradient(const std::string& name) const;
  /// Training changes the running statistics.
  const Values& parameter(const std::string& name) const;

 private:
  /// A parameter of a layer; those that a layer has not are empty.
  struct Parameter {
    std::string name;
    Values values;
    Values gradient;  // empty until a step has written it
  };

  /// Weights and bias as a step reads them.
  struct Weights {
    Values weight;
    Values bias;
  };

  Parameter& parameter(int owner, std::string_view name);
  void prepare_norm(const graph::Node& norm);
  Weights weights(const graph::Step& s);
  void put(const graph::Operand& to, const Values& values);
  Values get(const graph::Operand& from);

  std::vector<const graph::Step*> together_with(const graph::Step& s) const;
  void check_places();
  void run(std::size_t first, std::size_t last);
  void run(const graph::Step& s);
  void copy(const graph::Step& s);
  void run_forward(const graph::Step& s);
  void run_layer(const graph::Step& s, const Images& x, Images& y);
  void pool(const graph::Step& s, Images& y) const;
  void run_adjoint(const graph::Step& s);
  void run_sum(const graph::Step& s, Images& y) const;
  void run_batch_norm(const graph::Step& s, const Images& x, Images& y);
  void run_batch_norm_adjoint(const graph::Step& s, const Images& x, const Images& dy, Images& dx,
                              Values& dw, Values& db);
  void run_function(const graph::Step& s);
  void ride(const graph::Step& s, Images& y);
  void check_saved_output(const cx::Operation& op, const Images& x, const Images& y) const;
  void give(const graph::Step& s, int owner, std::string_view name, const Values& gradient);

  const graph::Operand& operand(int i) const {
    return plan_.operands.at(static_cast<std::size_t>(i));
  }
  Images input(const graph::Step& s, int k) const {
    return memory_.read(operand(s.first_input + k));
  }
  const graph::Use& use(const graph::Step& s, int u) const {
    return plan_.uses.at(static_cast<std::size_t>(s.first_use + u));
  }
  const cx::expr::Formula& formula(const graph::Step& s) const {
    return plan_.formulas.at(static_cast<std::size_t>(s.function));
  }

  const graph::PlanDraft& plan_;
  const graph::Graph& built_;
  int lanes_;
  std::map<std::pair<int, std::string>, Parameter> parameters_;  // by owner and name
  PlanMemory memory_;
  std::map<int, reference::Moments> statistics_;  // of the batch, by layer
  std::map<int, cx::Kind> masks_;                 // layers that have dropped
  Values output_;
  std::vector<Values> heads_;
  Values input_gradient_;
};

}  // namespace support
