// How the learning rate changes while a network trains.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <stdexcept>

namespace convexpr {

/// A factor on the learning rate, given how many epochs have gone by: 0 before the first step, 1.5
/// in the middle of the second epoch. Any function of a double will do; an empty one changes
/// nothing.
using Schedule = std::function<double(double epoch)>;

/// The learning rate falls by `factor` every `every` epochs.
///
///     factor^floor(epoch / every)
///
/// Errors     std::invalid_argument where `every` is not 1 or more
/// See also   PyTorch's torch.optim.lr_scheduler.StepLR
inline Schedule step_decay(int every, double factor = 0.1) {
  if (every < 1) throw std::invalid_argument("step_decay: the epochs must be 1 or more");
  return [=](double epoch) { return std::pow(factor, std::floor(epoch / every)); };
}

/// The learning rate falls from 1 to `last` along half a cosine in `epochs` epochs, and stays
/// there.
///
///     last + (1 - last) * (1 + cos(pi * epoch / epochs)) / 2
///
/// Errors     std::invalid_argument where `epochs` is not 1 or more
/// Source     I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
///            2017, without restarts
/// See also   PyTorch's torch.optim.lr_scheduler.CosineAnnealingLR
inline Schedule cosine_decay(int epochs, double last = 0) {
  if (epochs < 1) throw std::invalid_argument("cosine_decay: the epochs must be 1 or more");
  return [=](double epoch) {
    const double part = std::min(epoch / epochs, 1.0);
    return last + (1 - last) * (1 + std::cos(std::numbers::pi * part)) / 2;
  };
}

}  // namespace convexpr
