// A user's first program, with nothing but the installed headers and no flag of its own.
#include <convexpr/convexpr.hpp>
#ifdef HAS_safetensors
#include <convexpr/io/safetensors.hpp>
#endif
#ifdef HAS_idx
#include <convexpr/data/idx.hpp>
#endif
#ifdef HAS_pictures
#include <convexpr/data/picture.hpp>
#endif

namespace cx = convexpr;

constexpr auto chain = cx::conv2d<6, {.kernel = 5}> | cx::relu | cx::max_pool2d<{.kernel = 2}> |
                       cx::flatten | cx::linear<10>;
using Net = cx::Network<decltype(chain), cx::Input<1, 28, 20>>;
static_assert(Net::output_shape == cx::shape(10));

int main() {
  cx::set_threads(2);
#if defined HAS_openmp
  if (cx::threads() != 2) return 2;
#endif
  Net net;
  const cx::Tensor<float, 1, 28, 20> x;
  const auto& y = net.forward(x);
  return y.size() == 10 ? 0 : 1;
}
