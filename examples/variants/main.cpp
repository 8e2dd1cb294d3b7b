// One program for all machines: the network runs with the best instructions that there are.
#include <array>
#include <cstddef>
#include <cstdio>

#include "classifier.hpp"

int main() {
  std::array<float, 28 * 28> picture{};
  for (std::size_t i = 0; i < picture.size(); ++i) {
    picture[i] = static_cast<float>(i % 13) / 13.0F;
  }
  const auto classifier = make_classifier();
  std::printf("%s, vectors of %d floats\n", make_classifier_isa(), classifier->lanes());
  for (const float score : classifier->scores(picture)) {
    std::printf(" %.3f", static_cast<double>(score));
  }
  std::puts("");
}
