// The packed weights of a convolution: the order that the header promises, counted one by one.
#define BOOST_TEST_MODULE conv2d_weights
#include <boost/test/unit_test.hpp>
#include <convexpr/kernels/conv2d_weights.hpp>
#include <vector>

namespace {

using namespace convexpr;
using kernels::ChannelRange;
using kernels::ConvGeometry;

constexpr int lanes = simd::lanes;

// With one group every output channel reads every input channel.
constexpr ConvGeometry dense{.in_channels = 5,
                             .out_channels = lanes + 1,
                             .groups = 1,
                             .window = {.kernel = {3, 2}},
                             .interleave = lanes};
static_assert(kernels::channels_of_block(dense, 1) == ChannelRange{0, 5});
static_assert(kernels::packed_size(dense) == std::size_t{2 * 5 * 3 * 2 * lanes});

// Two output channels and one input channel a group: a block of lanes reads lanes / 2 channels.
constexpr ConvGeometry depthwise{.in_channels = 2 * lanes,
                                 .out_channels = 4 * lanes,
                                 .groups = 2 * lanes,
                                 .window = {.kernel = {1, 3}},
                                 .interleave = lanes};
static_assert(kernels::channels_of_block(depthwise, 1) == ChannelRange{lanes / 2, lanes});
static_assert(kernels::packed_size(depthwise) == std::size_t{2 * lanes * 3 * lanes});

std::vector<ConvGeometry> geometries() {
  std::vector<ConvGeometry> all{dense, depthwise};
  for (const int interleave : {1, lanes}) {
    for (const Extent2 kernel : {Extent2{1}, Extent2{3, 2}, Extent2{2, 5}}) {
      for (const int in : {1, 3, 16, 17, 33}) {
        for (const int out : {1, 6, 16, 33}) {
          all.push_back({in, out, 1, {.kernel = kernel}, interleave});
        }
      }
      all.push_back({15, 6, 3, {.kernel = kernel}, interleave});
      all.push_back({15, 33, 3, {.kernel = kernel}, interleave});
      all.push_back({33, 33, 33, {.kernel = kernel}, interleave});
      all.push_back({34, 51, 17, {.kernel = kernel}, interleave});
    }
  }
  return all;
}

// The order of the opening comment, written down as it is told there.
std::vector<float> packed_by_definition(const ConvGeometry& g, const std::vector<float>& plain) {
  std::vector<float> packed(kernels::packed_size(g), 0.0F);
  const Extent2 k = g.window.kernel;
  const int owned = g.in_channels / g.groups;
  const int made = g.out_channels / g.groups;
  const int out_blocks = (g.out_channels + lanes - 1) / lanes;
  for (int ob = 0; ob < out_blocks; ++ob) {
    const int first_group = ob * lanes / made;
    const int last_group = (std::min((ob + 1) * lanes, g.out_channels) - 1) / made;
    std::size_t at =
        packed.size() / static_cast<std::size_t>(out_blocks) * static_cast<std::size_t>(ob);
    for (int ib = 0; ib * g.interleave < g.in_channels; ++ib)
      for (int u = 0; u < k.h; ++u)
        for (int v = 0; v < k.w; ++v)
          for (int c = ib * g.interleave; c < (ib + 1) * g.interleave; ++c) {
            if (c < first_group * owned || c >= (last_group + 1) * owned) continue;
            for (int lane = 0; lane < lanes; ++lane, ++at) {
              const int o = ob * lanes + lane;
              if (o >= g.out_channels || o / made != c / owned) continue;
              const int row = (o * owned + c % owned) * k.h + u;
              packed[at] = plain[static_cast<std::size_t>(row * k.w + v)];
            }
          }
  }
  return packed;
}

std::vector<float> numbered(const ConvGeometry& g) {
  std::vector<float> plain(static_cast<std::size_t>(g.out_channels * (g.in_channels / g.groups) *
                                                    g.window.kernel.h * g.window.kernel.w));
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<float>(i + 1);
  return plain;
}

BOOST_AUTO_TEST_CASE(weights_lie_in_the_order_that_the_header_tells) {
  for (const ConvGeometry& g : geometries()) {
    const std::vector<float> plain = numbered(g);
    std::vector<float> packed(kernels::packed_size(g), -1.0F);
    kernels::pack(g, plain.data(), packed.data());
    BOOST_TEST(packed == packed_by_definition(g, plain));
  }
}

BOOST_AUTO_TEST_CASE(unpacking_gives_back_what_was_packed) {
  for (const ConvGeometry& g : geometries()) {
    const std::vector<float> plain = numbered(g);
    std::vector<float> packed(kernels::packed_size(g));
    std::vector<float> again(plain.size(), -1.0F);
    kernels::pack(g, plain.data(), packed.data());
    kernels::unpack(g, packed.data(), again.data());
    BOOST_TEST(again == plain);
  }
}

BOOST_AUTO_TEST_CASE(packed_offset_finds_the_lanes_of_one_tap) {
  for (const ConvGeometry& g : geometries()) {
    const std::vector<float> plain = numbered(g);
    std::vector<float> packed(kernels::packed_size(g));
    kernels::pack(g, plain.data(), packed.data());
    const Extent2 k = g.window.kernel;
    const int owned = g.in_channels / g.groups;
    for (int o = 0; o < g.out_channels; ++o) {
      const int c = kernels::channels_of_output(g, o).last - 1;
      const std::ptrdiff_t at = o / lanes * kernels::packed_block_stride(g) +
                                kernels::packed_offset(g, o / lanes, c, k.h - 1, 0) + o % lanes;
      const int row = (o * owned + owned - 1) * k.h + k.h - 1;
      BOOST_TEST(packed[static_cast<std::size_t>(at)] ==
                 plain[static_cast<std::size_t>(row * k.w)]);
    }
  }
}

}  // namespace
