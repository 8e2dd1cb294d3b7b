// One layer against what PyTorch computed for it in double precision.
//
// What is compared is in recorded_case.cpp, compiled once.
#pragma once

#include <string>

#include "check_network.hpp"

namespace support {

/// What a recorded case says of a layer, and what the layer says of itself.
struct LayerFacts {
  cx::Shape output_shape;
  long long parameter_count = 0;
};

/// Shapes, values and gradients of the case called `name`.
///
/// A file beside cases.json holds x, y, dy, dx, each with the batch first, every parameter P and its
/// gradient d.P, running statistics as they were before the step.
void check_recorded(NetworkUnderTest& net, cx::Mode mode, const std::string& name,
                    const std::string& kind, const LayerFacts& found, const LayerFacts& expected);

/// Writes the largest errors so far by kind of layer; a report of all programs is made of these.
void write_recorded_errors(const std::string& file);

template <class Layer, class In, cx::Mode M>
void check_recorded(const std::string& name, cx::Shape output, long long parameter_count) {
  using Net = cx::Network<Layer, In>;
  PlainNetwork<Layer, In, M == cx::Mode::inference> net;
  check_recorded(net, M, name, std::string(Net::layers[0].kind),
                 {Net::output_shape, Net::parameter_count}, {output, parameter_count});
}

}  // namespace support
