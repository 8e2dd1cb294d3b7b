// One check for every network: values and gradients against the oracle in reference.hpp.
//
// What is compared is in network_checks.cpp, which sees a network as numbers in, numbers out.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <convexpr/network/vjp.hpp>
#include <stdexcept>

#include "frozen_graph.hpp"
#include "network_checks.hpp"

namespace support {

template <class Batch>
Batch batch_of(std::span<const float> values) {
  Batch batch(values.size() / Batch::example_size);
  std::copy(values.begin(), values.end(), batch.data());
  return batch;
}

/// A vector of all values of a batch.
template <class Batch>
std::vector<float> values_of(const Batch& batch) {
  const std::span<const float> all = all_of(batch);
  return {all.begin(), all.end()};
}

/// A network as numbers in, numbers out; vjp in inference mode only where it is asked for.
template <class Architecture, class In, bool BothModes>
class PlainNetwork final : public NetworkUnderTest {
  using Net = cx::Network<Architecture, In>;

 public:
  std::vector<float> forward(std::span<const float> xs, std::size_t) override {
    return values_of(net_.forward(batch_of<typename Net::InputBatch>(xs)));
  }

  std::vector<float> forward_one(std::span<const float> x) override {
    const auto xs = batch_of<typename Net::InputBatch>(x);
    const auto& y = net_.forward(xs[0]);
    return {y.begin(), y.end()};
  }

  PlainVjp vjp(cx::Mode mode, bool constant, std::span<const float> xs, std::span<const float> dys,
               const std::vector<std::vector<float>>& dheads) override {
    if (mode == cx::Mode::training) return vjp<cx::Mode::training>(constant, xs, dys, dheads);
    if constexpr (BothModes) return vjp<cx::Mode::inference>(constant, xs, dys, dheads);
    throw std::logic_error("vjp in inference mode was not asked for");
  }

  std::vector<cx::NamedTensor> parameters() const override { return cx::state_dict(net_); }
  void load(const std::vector<cx::NamedTensor>& dict) override { cx::load_state_dict(net_, dict); }
  cx::graph::Graph graph() const override {
    return graph_of<std::remove_cv_t<Architecture>, In::shape>();
  }

 private:
  template <cx::Mode M>
  PlainVjp vjp(bool constant, std::span<const float> xs, std::span<const float> dys,
               const std::vector<std::vector<float>>& dheads) {
    const auto x_batch = batch_of<typename Net::InputBatch>(xs);
    const auto dy_batch = batch_of<typename Net::OutputBatch>(dys);
    typename Net::HeadBatches head_batches(x_batch.size());
    head_batches.for_each([&](std::size_t h, auto& batch) {
      batch = batch_of<std::remove_cvref_t<decltype(batch)>>(dheads[h]);
    });
    cx::Backpropagation<Net, M> pass;
    if (constant) {
      pass.forward(std::as_const(net_), x_batch);
    } else {
      pass.forward(net_, x_batch);
    }
    pass.backward(net_, dy_batch, head_batches);
    PlainVjp out{values_of(pass.outputs()),
                 values_of(pass.input_gradient()),
                 {},
                 cx::state_dict(pass.gradient())};
    pass.heads().for_each(
        [&](std::size_t, const auto& batch) { out.heads.push_back(values_of(batch)); });
    return out;
  }

  Net net_;
};

/// A network with random parameters, and all that is compared of it.
template <class Architecture, class In, bool BothModes = true>
class Subject {
 public:
  explicit Subject(std::uint32_t seed) : checks_(net_, seed) {}
  NetworkChecks* operator->() { return &checks_; }

 private:
  PlainNetwork<Architecture, In, BothModes> net_;
  NetworkChecks checks_;
};

/// Checks a network forward and backward, for one, three and five examples; in both modes where
/// they differ.
template <class In, class Architecture>
void check(Architecture, std::uint32_t seed = 1) {
  constexpr bool modes_differ = [] {
    for (const cx::LayerRow& row : cx::Network<Architecture, In>::layers) {
      if (row.kind == "BatchNorm2d") return true;
    }
    return false;
  }();
  Subject<Architecture, In, modes_differ> subject(seed);
  for (const std::size_t examples : {1U, 3U, 5U}) {
    subject->check_forward(examples);
    subject->check_vjp(cx::Mode::training, examples);
    if (modes_differ) subject->check_vjp(cx::Mode::inference, examples);
  }
  if (modes_differ) subject->check_constant(3);
}

}  // namespace support
