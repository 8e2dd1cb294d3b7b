// What a layer says of itself on an input, for the tests of the vocabulary.
#pragma once

#include <convexpr/layers/layer.hpp>
#include <convexpr/layers/operation.hpp>

namespace test {

/// What layer `L` declares on an input of shape `in`.
template <class L>
constexpr convexpr::Declaration declared(const L&, convexpr::Shape in) {
  convexpr::Declaration d;
  d.op.in = in;
  d.op.out = in;
  L::declare(in, d);
  return d;
}

template <class L>
constexpr bool accepts(const L& layer, convexpr::Shape in) {
  return !declared(layer, in).refusal.happened();
}

template <class L>
constexpr convexpr::Shape output_shape(const L& layer, convexpr::Shape in) {
  return declared(layer, in).op.out;
}

/// Values in all parameters, learned or not.
template <class L>
constexpr long long parameter_values(const L& layer, convexpr::Shape in) {
  const convexpr::Declaration d = declared(layer, in);
  long long values = 0;
  for (int i = 0; i < d.parameter_count; ++i) {
    values += static_cast<long long>(d.parameters[static_cast<std::size_t>(i)].size());
  }
  return values;
}

}  // namespace test
