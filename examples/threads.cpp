// Two threads run one network. The network is constant; each thread brings an arena of its own.
#include <algorithm>
#include <cmath>
#include <convexpr/convexpr.hpp>
#include <convexpr/tensor/aligned_buffer.hpp>
#include <cstddef>
#include <cstdio>
#include <thread>

#include "command_line.hpp"

namespace cx = convexpr;

constexpr auto chain = cx::conv2d<16, {.kernel = 3, .padding = 1}> | cx::relu |
                       cx::max_pool2d<{.kernel = 2}> | cx::flatten | cx::linear<10>;
using Net = cx::Network<decltype(chain), cx::Input<3, 20, 24>>;

namespace {

/// Runs every second example, from `first` on.
void run(const Net& net, const Net::InputBatch& xs, Net::OutputBatch& ys, std::size_t first) {
  cx::AlignedBuffer<std::byte> arena(Net::inference_arena_bytes);  // 64-byte aligned
  for (std::size_t n = first; n < xs.size(); n += 2) net.forward(xs[n], ys[n], arena.span());
}

}  // namespace

static int show() {
  Net net;
  cx::initialize(net, {.seed = 1});
  Net::InputBatch xs(9);
  for (std::size_t i = 0; i < xs.size() * xs.example_size; ++i) {
    xs.data()[i] = std::sin(static_cast<float>(i));
  }

  Net::OutputBatch ys(xs.size());
  std::thread even([&] { run(net, xs, ys, 0); });
  std::thread odd([&] { run(net, xs, ys, 1); });
  even.join();
  odd.join();

  const bool same = ys == net.forward(xs);  // bit for bit
  std::printf("%zu examples on two threads, %zu bytes of arena each: %s\n", xs.size(),
              Net::inference_arena_bytes, same ? "as on one thread" : "WRONG");
  return same ? 0 : 1;
}

int main(int argc, char** argv) {
  return command_line::run(argc, argv, "threads",
                           "Runs one network on two threads, each with an arena of its own.", show);
}
