// The one place where the oracle is compiled.
#include "oracle.hpp"

#include "reference.hpp"

namespace reference {

void tell(const convexpr::UserFunctions* layer, const UserInDouble& in_double) {
  told()[layer] = in_double;
}

Oracle::Oracle(const convexpr::graph::Graph& graph, const std::vector<NamedTensor>& dict, Mode mode)
    : model_(std::make_unique<Model>(graph, dict, mode)) {}

Oracle::~Oracle() = default;

const Values& Oracle::forward(const Values& x, int examples) {
  return model_->forward(x, examples);
}

void Oracle::backward(const Values& dy, const std::vector<Values>& dheads) {
  model_->backward(dy, dheads);
}

const Values& Oracle::output() const { return model_->output(); }

const Values& Oracle::head(std::size_t h) const { return model_->head(h); }

const Values& Oracle::input_gradient() const { return model_->input_gradient(); }

const Values& Oracle::gradient(const std::string& name) const { return model_->gradient(name); }

std::map<std::string, Values>& Oracle::parameters() { return model_->parameters(); }

}  // namespace reference
