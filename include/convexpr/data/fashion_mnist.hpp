// Fashion-MNIST: 70,000 grey pictures of clothes, 28 x 28, in ten classes.
//
// Needs zlib (-lz), by idx.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <convexpr/data/dataset.hpp>
#include <convexpr/data/idx.hpp>
#include <convexpr/tensor/file_error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace convexpr {

/// The two parts of Fashion-MNIST, with normalised pixels.
struct FashionMnist {
  static constexpr std::array<std::string_view, 10> class_names = {
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  /// Mean and standard deviation of the pixels of the training part, scaled to 0..1.
  static constexpr float mean = 0.2860F;
  static constexpr float standard_deviation = 0.3530F;

  Dataset<1, 28, 28> train;
  Dataset<1, 28, 28> test;
};

namespace detail {

/// The file in the folder, compressed or, failing that, as it is.
inline std::filesystem::path compressed_or_plain(const std::filesystem::path& folder,
                                                 const std::string& name) {
  auto compressed = folder / (name + ".gz");
  return std::filesystem::exists(compressed) ? compressed : folder / name;
}

inline Batch<float, 1, 28, 28> load_fashion_images(const std::filesystem::path& path) {
  const IdxFile idx = read_idx(path);
  if (idx.extents.size() != 3 || idx.extents[1] != 28 || idx.extents[2] != 28) {
    std::string found;
    for (const std::size_t extent : idx.extents) {
      if (!found.empty()) found += " x ";
      found += std::to_string(extent);
    }
    throw FileError(path, "the extents must be N x 28 x 28, but they are " + found);
  }
  std::array<float, 256> normalised{};
  for (std::size_t v = 0; v < normalised.size(); ++v) {
    normalised[v] =
        (static_cast<float>(v) / 255.0F - FashionMnist::mean) / FashionMnist::standard_deviation;
  }
  Batch<float, 1, 28, 28> images(idx.extents[0]);
  std::transform(idx.values.begin(), idx.values.end(), images.data(),
                 [&](std::uint8_t v) { return normalised[v]; });
  return images;
}

inline std::vector<int> load_fashion_labels(const std::filesystem::path& path) {
  const IdxFile idx = read_idx(path);
  if (idx.extents.size() != 1) {
    throw FileError(
        path, "labels must have one extent, but there are " + std::to_string(idx.extents.size()));
  }
  const auto wrong = std::ranges::find_if(
      idx.values, [](std::uint8_t label) { return label >= FashionMnist::class_names.size(); });
  if (wrong != idx.values.end()) {
    throw FileError(path, "labels go from 0 to 9, but label " +
                              std::to_string(wrong - idx.values.begin()) + " is " +
                              std::to_string(*wrong));
  }
  return {idx.values.begin(), idx.values.end()};
}

inline Dataset<1, 28, 28> load_fashion_part(const std::filesystem::path& folder,
                                            const std::string& part) {
  const auto label_file = compressed_or_plain(folder, part + "-labels-idx1-ubyte");
  Dataset<1, 28, 28> dataset{
      .images = load_fashion_images(compressed_or_plain(folder, part + "-images-idx3-ubyte")),
      .labels = load_fashion_labels(label_file)};
  if (dataset.images.size() != dataset.labels.size()) {
    throw FileError(label_file, "there are " + std::to_string(dataset.labels.size()) +
                                    " labels for " + std::to_string(dataset.images.size()) +
                                    " images");
  }
  return dataset;
}

}  // namespace detail

/// Reads Fashion-MNIST from its four IDX files, each with or without the ending `.gz`.
///
///     x = (pixel / 255 - 0.2860) / 0.3530
///
/// Shapes     train: 60,000 x 1 x 28 x 28    test: 10,000 x 1 x 28 x 28
/// Parameters folder: by default where Debian's package dataset-fashion-mnist puts them
/// Cost       220 MB of memory for all pixels
/// Errors     FileError: a file is missing or damaged, pictures are not 28 x 28, a label is above
///            9, labels and images differ in number
/// Source     H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST", 2017, arXiv:1708.07747
inline FashionMnist load_fashion_mnist(
    const std::filesystem::path& folder = "/usr/share/datasets/fashion-mnist") {
  return {.train = detail::load_fashion_part(folder, "train"),
          .test = detail::load_fashion_part(folder, "t10k")};
}

}  // namespace convexpr
