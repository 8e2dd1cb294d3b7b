// What is checked of a network, compiled once: values and gradients against the oracle.
#pragma once

#include <convexpr/graph/graph.hpp>
#include <convexpr/graph/mode.hpp>
#include <convexpr/tensor/named_tensor.hpp>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "oracle.hpp"

namespace support {

namespace cx = convexpr;

/// Uniform numbers, the same with every standard library.
class Numbers {
 public:
  explicit Numbers(std::uint32_t seed) : bits_(seed) {}
  /// From -1 to 1.
  float next() { return static_cast<float>(static_cast<double>(bits_()) * 0x1p-31 - 1); }
  void fill(std::span<float> values) {
    for (float& v : values) v = next();
  }

 private:
  std::mt19937 bits_;
};

/// Values for every parameter that keep what flows through a network about as large as its input.
std::vector<cx::NamedTensor> random_parameters(std::vector<cx::NamedTensor> dict, Numbers& numbers);

inline reference::Values doubles(std::span<const float> values) {
  return {values.begin(), values.end()};
}

template <class Batch>
std::span<const float> all_of(const Batch& batch) {
  return {batch.data(), batch.size() * Batch::example_size};
}

/// Rounding of a network of a few layers: a few times what one sum of products loses.
inline constexpr double tolerance = 1e-5;

/// Compares within `tolerance` of the largest expected magnitude, or of `least` where all are
/// smaller: what cancels to zero is as exact as its terms.
void check_close(std::span<const float> found, const reference::Values& expected,
                 const std::string& what, double least = 0.1);

/// The oracle's own derivative against central differences of its values, along one direction that
/// changes the input and every parameter.
void check_slope(const cx::graph::Graph& graph, const std::vector<cx::NamedTensor>& dict,
                 cx::Mode mode, const reference::Values& x, int examples,
                 const reference::Values& dy, Numbers& numbers,
                 const std::vector<reference::Values>& dheads = {});

/// What `vjp` gives, as plain numbers.
struct PlainVjp {
  std::vector<float> ys;
  std::vector<float> dxs;
  std::vector<std::vector<float>> heads;
  std::vector<cx::NamedTensor> gradient;

  friend bool operator==(const PlainVjp&, const PlainVjp&) = default;
};

/// A network as the checks see it: numbers in, numbers out.
class NetworkUnderTest {
 public:
  virtual ~NetworkUnderTest() = default;

  virtual std::vector<float> forward(std::span<const float> xs, std::size_t examples) = 0;
  virtual std::vector<float> forward_one(std::span<const float> x) = 0;
  virtual PlainVjp vjp(cx::Mode mode, bool constant, std::span<const float> xs,
                       std::span<const float> dys,
                       const std::vector<std::vector<float>>& dheads) = 0;
  virtual std::vector<cx::NamedTensor> parameters() const = 0;
  virtual void load(const std::vector<cx::NamedTensor>& dict) = 0;
  virtual cx::graph::Graph graph() const = 0;
};

/// A network with random parameters, and all that is compared of it.
class NetworkChecks {
 public:
  NetworkChecks(NetworkUnderTest& net, std::uint32_t seed);

  /// Example by example and as a batch, in inference mode.
  void check_forward(std::size_t examples);
  /// Outputs, gradients and running statistics.
  void check_vjp(cx::Mode mode, std::size_t examples);
  /// A constant network gives the same and stays as it is.
  void check_constant(std::size_t examples);

 private:
  std::vector<float> random_batch(int node, std::size_t examples);

  NetworkUnderTest& net_;
  cx::graph::Graph graph_;
  Numbers numbers_;
};

}  // namespace support
