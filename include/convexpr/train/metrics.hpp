// How often a network is right.
#pragma once

#include <algorithm>
#include <convexpr/data/dataset.hpp>
#include <convexpr/train/argmax.hpp>
#include <cstddef>
#include <stdexcept>
#include <type_traits>

namespace convexpr {

/// The share of a data set's examples whose largest output is that of their label, in inference
/// mode: 1 where all are right, 0 for an empty data set.
///
/// Shapes     dataset: examples of Net::input_shape    the network's output: one score a class
/// Parameters batch_size: examples that are copied and run at once
/// Errors     std::invalid_argument where the batch size is 0, or there is not one label an image
template <class Net, int... Extents>
double accuracy(Net& net, const Dataset<Extents...>& dataset, std::size_t batch_size = 64) {
  static_assert(std::is_same_v<typename Net::InputBatch, Batch<float, Extents...>>,
                "accuracy: the examples must have the network's input shape");
  static_assert(Net::output_shape.rank == 1,
                "accuracy: the output must be a vector of scores; end with linear<classes>");
  if (batch_size == 0) throw std::invalid_argument("accuracy: the batch size must be 1 or more");
  if (dataset.images.size() != dataset.labels.size()) {
    throw std::invalid_argument("accuracy: the data set needs one label an image");
  }
  Batch<float, Extents...> xs;
  std::size_t correct = 0;
  for (std::size_t first = 0; first < dataset.size(); first += batch_size) {
    xs.resize(std::min(batch_size, dataset.size() - first));
    std::copy_n(dataset.images[first].data(), xs.size() * xs.example_size, xs.data());
    const auto& ys = net.forward(xs);
    for (std::size_t n = 0; n < xs.size(); ++n) {
      const std::size_t answer = argmax({ys[n].data(), ys.example_size});
      if (static_cast<int>(answer) == dataset.labels[first + n]) ++correct;
    }
  }
  if (dataset.size() == 0) return 0;
  return static_cast<double>(correct) / static_cast<double>(dataset.size());
}

}  // namespace convexpr
