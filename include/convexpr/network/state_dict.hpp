// The parameters of a network by name, as PyTorch's state_dict has them.
#pragma once

#include <algorithm>
#include <convexpr/network/network.hpp>
#include <convexpr/network/pack.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convexpr {

/// A state dict does not fit its network; the message names the tensor, what was expected and what
/// was found.
class StateDictError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

inline std::string words(std::span<const std::size_t> shape) {
  std::string out = "[";
  for (const std::size_t extent : shape) {
    if (out.size() > 1) out += ", ";
    out += std::to_string(extent);
  }
  return out += "]";
}

inline std::vector<std::size_t> shape_of(const ParameterSpec& spec) {
  std::vector<std::size_t> out;
  for (int i = 0; i < spec.rank; ++i) {
    out.push_back(static_cast<std::size_t>(spec.extents[static_cast<std::size_t>(i)]));
  }
  return out;
}

/// The slots of `blueprint` as named tensors, read from `stored`.
template <class Blueprint>
std::vector<NamedTensor> named_tensors(const Blueprint& blueprint, const float* stored,
                                       bool learned_only) {
  std::vector<NamedTensor> out;
  for (const ParameterSlot& slot : blueprint.parameters) {
    if (learned_only && !slot.spec.learned) continue;
    NamedTensor t{parameter_name(slot, blueprint.scopes), shape_of(slot.spec),
                  std::vector<float>(slot.spec.size())};
    unpack(slot, stored, t.values.data());
    out.push_back(std::move(t));
  }
  return out;
}

/// The tensor called `name`; there must be exactly one.
inline const NamedTensor& find_tensor(const std::vector<NamedTensor>& dict,
                                      const std::string& name) {
  const NamedTensor* found = nullptr;
  for (const NamedTensor& t : dict) {
    if (t.name != name) continue;
    if (found != nullptr) throw StateDictError("tensor \"" + name + "\" is there twice");
    found = &t;
  }
  if (found == nullptr) {
    throw StateDictError("tensor \"" + name + "\" is missing: the network has it, the " +
                         std::to_string(dict.size()) + " given tensors do not");
  }
  return *found;
}

inline void check_tensor(const NamedTensor& t, const ParameterSlot& slot) {
  const std::vector<std::size_t> expected = shape_of(slot.spec);
  if (t.shape != expected) {
    throw StateDictError("tensor \"" + t.name + "\": expected shape " + words(expected) +
                         ", found " + words(t.shape));
  }
  if (t.values.size() != slot.spec.size()) {
    throw StateDictError("tensor \"" + t.name + "\": shape " + words(expected) + " has " +
                         std::to_string(slot.spec.size()) + " values, found " +
                         std::to_string(t.values.size()));
  }
}

}  // namespace detail

/// Every parameter and running statistic: name, shape and values in PyTorch's order.
template <class Architecture, class In, Options O>
std::vector<NamedTensor> state_dict(const Network<Architecture, In, O>& net) {
  return detail::named_tensors(net.blueprint(), net.stored_parameters().data(), false);
}

/// Sets every parameter and running statistic.
///
/// Requires   exactly the tensors of `state_dict(net)`, in any order
/// Errors     StateDictError where one is missing, is not the network's, is there twice or has
///            another shape; the network is then unchanged
template <class Architecture, class In, Options O>
void load_state_dict(Network<Architecture, In, O>& net, const std::vector<NamedTensor>& dict) {
  const auto& blueprint = net.blueprint();
  std::vector<std::pair<const detail::ParameterSlot*, const NamedTensor*>> matched;
  std::vector<std::string> names;
  for (const detail::ParameterSlot& slot : blueprint.parameters) {
    names.push_back(detail::parameter_name(slot, blueprint.scopes));
    const NamedTensor& t = detail::find_tensor(dict, names.back());
    detail::check_tensor(t, slot);
    matched.emplace_back(&slot, &t);
  }
  for (const NamedTensor& t : dict) {
    if (std::ranges::find(names, t.name) == names.end()) {
      throw StateDictError("tensor \"" + t.name + "\" with shape " + detail::words(t.shape) +
                           " is none of the network's " + std::to_string(names.size()) +
                           " tensors");
    }
  }
  for (const auto& [slot, t] : matched) {
    detail::pack(*slot, t->values.data(), net.stored_parameters().data());
  }
}

}  // namespace convexpr
