// Batches from a data set, in a new order every epoch.
#pragma once

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <convexpr/data/dataset.hpp>
#include <convexpr/tensor/batch.hpp>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace convexpr {

/// Options of `DataLoader`.
struct DataLoaderOptions {
  std::size_t batch_size = 1;
  bool shuffle = true;
  std::uint64_t seed = 0;
  bool drop_last = false;  // leave out the last batch of an epoch if it is not full
};

/// Deals out a data set in batches.
///
///     while (loader.next(images, labels)) ...    // one epoch
///     loader.start_epoch();                      // the next one, in another order
///
/// The first epoch starts with the loader. The order of every epoch follows from the seed alone,
/// bit for bit, with every compiler and standard library: a Fisher-Yates shuffle on Boost's
/// mt19937_64 and uniform_int_distribution.
///
/// Requires   the data set outlives the loader and does not change
/// Cost       no allocation in `next` once the batch and the labels have grown to the batch size
/// Errors     std::invalid_argument: batch size 0; a data set with more images than labels or fewer
template <int... Extents>
class DataLoader final {
 public:
  explicit DataLoader(const Dataset<Extents...>& dataset, DataLoaderOptions options = {})
      : dataset_(&dataset), options_(options), random_(options.seed), order_(dataset.size()) {
    if (options.batch_size == 0) {
      throw std::invalid_argument("data loader: the batch size is 0, but must be 1 or more");
    }
    if (dataset.images.size() != dataset.labels.size()) {
      throw std::invalid_argument("data loader: the data set has " +
                                  std::to_string(dataset.images.size()) + " images, but " +
                                  std::to_string(dataset.labels.size()) + " labels");
    }
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    start_epoch();
  }
  /// A temporary data set would be gone before the first batch.
  explicit DataLoader(const Dataset<Extents...>&&, DataLoaderOptions = {}) = delete;

  /// Batches in one epoch.
  std::size_t batches() const {
    const std::size_t full = order_.size() / options_.batch_size;
    const bool rest = order_.size() % options_.batch_size != 0;
    return full + (rest && !options_.drop_last ? 1 : 0);
  }

  /// Goes back to the first batch and shuffles again.
  void start_epoch() {
    next_batch_ = 0;
    if (!options_.shuffle) return;
    for (std::size_t last = order_.size(); last-- > 1;) {
      boost::random::uniform_int_distribution<std::uint64_t> pick(0, last);
      std::swap(order_[last], order_[static_cast<std::size_t>(pick(random_))]);
    }
  }

  /// Fills the next batch of the epoch; false, and nothing changed, if there is none.
  bool next(Batch<float, Extents...>& images, std::vector<int>& labels) {
    if (next_batch_ == batches()) return false;
    const std::size_t first = next_batch_ * options_.batch_size;
    const std::size_t count = std::min(options_.batch_size, order_.size() - first);
    images.resize(count);
    labels.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t example = order_[first + i];
      const auto image = dataset_->images[example];
      std::copy(image.begin(), image.end(), images[i].begin());
      labels[i] = dataset_->labels[example];
    }
    ++next_batch_;
    return true;
  }

 private:
  const Dataset<Extents...>* dataset_;
  DataLoaderOptions options_;
  boost::random::mt19937_64 random_;
  std::vector<std::size_t> order_;
  std::size_t next_batch_ = 0;
};

}  // namespace convexpr
