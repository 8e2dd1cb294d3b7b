// How each output of a network changes with each input.
#pragma once

#include <algorithm>
#include <convexpr/network/vjp.hpp>
#include <convexpr/tensor/matrix.hpp>

namespace convexpr {

/// The Jacobian matrix of a network at x, in inference mode: row by row, each a backward pass.
///
///     m[i,j] = dy[i] / dx[j],   y and x in C, H, W order
///
/// Shapes     x: input_shape    m: values of the output x values of the input
/// Cost       a forward and a backward pass for each output, up to 32 of them as one batch
/// See also   PyTorch's torch.autograd.functional.jacobian; vjp, for one row's worth of work
template <class Architecture, class In, Options O>
Matrix jacobian(const Network<Architecture, In, O>& net,
                typename Network<Architecture, In, O>::InputView x) {
  using Net = Network<Architecture, In, O>;
  constexpr std::size_t outputs = Net::output_shape.size();
  constexpr std::size_t inputs = Net::input_shape.size();
  constexpr std::size_t most = std::min<std::size_t>(outputs, 32);
  Matrix m(static_cast<int>(outputs), static_cast<int>(inputs));
  Backpropagation<Net, Mode::inference> pass;
  typename Net::InputBatch xs(most);
  typename Net::OutputBatch dys(most);
  for (std::size_t first = 0; first < outputs; first += most) {
    const std::size_t rows = std::min(most, outputs - first);
    xs.resize(rows);
    dys.resize(rows);
    dys.fill(0);
    for (std::size_t r = 0; r < rows; ++r) {
      std::ranges::copy(x, xs[r].begin());
      dys[r].data()[first + r] = 1;  // dL/dy where the loss is this output
    }
    pass.forward(net, xs);
    pass.backward(net, dys);
    for (std::size_t r = 0; r < rows; ++r) {
      std::ranges::copy(pass.input_gradient()[r], m.row(static_cast<int>(first + r)).begin());
    }
  }
  return m;
}

}  // namespace convexpr
