// The oracle as tests use it: reference.hpp, compiled once and not with every test.
#pragma once

#include <convexpr/graph/graph.hpp>
#include <convexpr/graph/mode.hpp>
#include <convexpr/layers/views.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reference {

class Model;
using Values = std::vector<double>;

/// A user's layer in double precision.
struct UserInDouble {
  using Input = convexpr::ExampleView<const double>;
  using Output = convexpr::ExampleView<double>;
  using Parameters = convexpr::ParameterViews<const double>;
  using Gradients = convexpr::ParameterViews<double>;

  void (*forward)(Input x, Parameters w, Output y) = nullptr;
  void (*vjp)(Input x, Parameters w, Input dy, Output dx, Gradients dw) = nullptr;
};

/// What the oracle computes where a network has that layer; user_layers.hpp has those of the tests.
void tell(const convexpr::UserFunctions* layer, const UserInDouble& in_double);

/// A network's values and gradients by plain loops in double precision. Dropout is the identity
/// here: its mask is the library's own.
class Oracle {
 public:
  Oracle(const convexpr::graph::Graph& graph, const std::vector<convexpr::NamedTensor>& dict,
         convexpr::Mode mode);
  ~Oracle();
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  /// The outputs of a batch, example after example.
  const Values& forward(const Values& x, int examples);
  /// The gradients that belong to the last forward pass; heads that are not given get none.
  void backward(const Values& dy, const std::vector<Values>& dheads = {});

  const Values& output() const;
  const Values& head(std::size_t h) const;
  const Values& input_gradient() const;
  const Values& gradient(const std::string& name) const;
  /// Parameters by name; training changes the running statistics.
  std::map<std::string, Values>& parameters();

 private:
  std::unique_ptr<Model> model_;
};

}  // namespace reference
