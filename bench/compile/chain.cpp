// DEPTH convolutions in a chain, run forward: what each further layer costs the compiler.
#include <convexpr/convexpr.hpp>

namespace cx = convexpr;

using Net =
    cx::Network<decltype(cx::repeat<DEPTH>(cx::conv2d<16, {.kernel = 3, .padding = 1}> | cx::relu)),
                cx::Input<16, 20, 24>>;

int main() {
  Net net;
  const cx::Tensor<float, 16, 20, 24> x;
  return net.forward(x)(0, 0, 0) > 0 ? 1 : 0;
}
