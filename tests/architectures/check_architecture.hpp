// An architecture of the field runs in both directions, at its own input size.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <convexpr/network/vjp.hpp>
#include <convexpr/train/initialize.hpp>
#include <cstddef>
#include <span>
#include <string>

namespace support {

namespace cx = convexpr;

/// Numbers that look random, from -1 to 1.
inline void fill_with_noise(std::span<float> values, std::uint32_t state) {
  for (float& v : values) {
    state = state * 1664525U + 1013904223U;
    v = static_cast<float>(state >> 8) / 8388608.0F - 1.0F;
  }
}

template <class Batch>
Batch noise(std::size_t examples, std::uint32_t seed) {
  Batch batch(examples);
  fill_with_noise({batch.data(), examples * Batch::example_size}, seed);
  return batch;
}

inline void check_finite_and_alive(std::span<const float> values, const std::string& what) {
  bool finite = true;
  bool alive = false;
  for (const float v : values) {
    finite = finite && std::isfinite(v);
    alive = alive || v != 0;
  }
  BOOST_CHECK_MESSAGE(finite, what << " has values that are no numbers");
  BOOST_CHECK_MESSAGE(alive, what << " is zero everywhere");
}

/// Every weight of a convolution or a dense layer has a gradient: the backward pass reached it.
template <class Gradient>
void check_gradient(const Gradient& gradient) {
  for (const cx::NamedTensor& t : cx::state_dict(gradient)) {
    if (t.shape.size() > 1) check_finite_and_alive(t.values, "gradient of " + t.name);
  }
}

/// Forward for one example, and the gradients of a batch of two.
template <class Net>
void check_runs() {
  Net net;
  cx::initialize(net, {.seed = 1, .method = cx::Initialization::kaiming_normal});
  const auto xs = noise<typename Net::InputBatch>(2, 3);
  const auto& y = net.forward(xs[0]);
  check_finite_and_alive({y.data(), Net::output_shape.size()}, "y");
  const auto dys = noise<typename Net::OutputBatch>(2, 5);
  const auto [ys, dxs, gradient] = cx::vjp(net, xs, dys);
  check_finite_and_alive({ys.data(), 2 * Net::output_shape.size()}, "ys");
  check_finite_and_alive({dxs.data(), 2 * Net::input_shape.size()}, "dxs");
  check_gradient(gradient);
}

}  // namespace support
