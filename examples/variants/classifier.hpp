// A network behind an interface that knows nothing of instruction sets.
#pragma once

#include <memory>
#include <span>

class Classifier {
 public:
  virtual ~Classifier() = default;

  /// Scores of ten classes for a grey picture of 28 x 28. They belong to the classifier, until the
  /// next call.
  virtual std::span<const float> scores(std::span<const float, 28 * 28> picture) = 0;
  /// Floats in a vector of the instruction set that it uses.
  virtual int lanes() const = 0;
};

/// One for the best instruction set of this machine, with the same parameters on all.
std::unique_ptr<Classifier> make_classifier();
/// Which that is: "x86-64-v3".
const char* make_classifier_isa();
