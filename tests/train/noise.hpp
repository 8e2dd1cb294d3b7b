// Examples that say nothing, for tests of what training does with them.
#pragma once

#include <convexpr/data/dataset.hpp>
#include <convexpr/train/random.hpp>
#include <cstddef>

namespace test {

/// Images of 1 x 6 x 5 numbers from -1 to 1, and labels of three classes.
inline convexpr::Dataset<1, 6, 5> noise(std::size_t count) {
  convexpr::detail::RandomBits bits(1);
  convexpr::Dataset<1, 6, 5> dataset{.images = convexpr::Batch<float, 1, 6, 5>(count),
                                     .labels = {}};
  for (std::size_t i = 0; i < count * 30; ++i) {
    dataset.images.data()[i] = 2 * static_cast<float>(convexpr::detail::draw_uniform(bits)) - 1;
  }
  for (std::size_t n = 0; n < count; ++n) dataset.labels.push_back(static_cast<int>(n * n % 3));
  return dataset;
}

}  // namespace test
