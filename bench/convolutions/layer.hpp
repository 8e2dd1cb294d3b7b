// A convolution of one of the networks that are measured, and how it is run here and elsewhere.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace convexpr::bench {

/// A convolution of square images that keeps their size, or divides it by the stride.
struct ConvLayer {
  int in = 0;
  int out = 0;
  int extent = 0;  // of the output
  int kernel = 1;
  int stride = 1;
  int count = 1;           // how often the network has it
  bool depthwise = false;  // each channel by itself

  constexpr int in_extent() const { return extent * stride; }
  constexpr int groups() const { return depthwise ? in : 1; }
  constexpr int padding() const { return kernel / 2; }
  constexpr double macs() const {
    return 1.0 * in / groups() * out * kernel * kernel * extent * extent;
  }
  /// Of one example's input and output and of the weights.
  constexpr double bytes() const {
    return 4.0 * (1.0 * in * in_extent() * in_extent() + 1.0 * out * extent * extent +
                  1.0 * in / groups() * out * kernel * kernel);
  }
  std::string name() const;
};

enum class Direction { forward, backward_data, backward_weights };
inline constexpr Direction all_directions[]{Direction::forward, Direction::backward_data,
                                            Direction::backward_weights};
constexpr std::string_view name_of(Direction d) {
  return d == Direction::forward         ? "forward"
         : d == Direction::backward_data ? "backward, data"
                                         : "backward, weights";
}

/// One convolution in one direction with operands of its own, ready to run.
class Convolution {
 public:
  Convolution() = default;
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;
  virtual ~Convolution() = default;
  virtual void run() = 0;
  /// What is run, in words.
  virtual std::string algorithm() const = 0;
};

/// A layer as this library runs it: forward with a bias and ReLU in inference, backward in training.
struct Candidate {
  ConvLayer layer;
  std::unique_ptr<Convolution> (*forward)(std::size_t examples);
  /// Both directions backward.
  std::unique_ptr<Convolution> (*backward)(Direction direction, std::size_t examples);

  std::unique_ptr<Convolution> make(Direction d, std::size_t examples) const {
    return d == Direction::forward ? forward(examples) : backward(d, examples);
  }
};

/// All convolutions of a network, each geometry once.
struct Candidates {
  const char* network;
  std::vector<Candidate> layers;
};

/// Adds a network to those that this program compares, in the order of `place`.
struct RegisteredNetwork {
  RegisteredNetwork(int place, Candidates (*make)());
};

/// The same convolution by oneDNN, which chooses the algorithm and the layouts.
std::unique_ptr<Convolution> onednn_convolution(const ConvLayer& layer, Direction direction,
                                                std::size_t examples);
/// Its version, in words.
std::string onednn_version();

}  // namespace convexpr::bench
