// A path that would be cut could be that of another block, too.
// EXPECT: named: the path is too long
// EXPECT: 98 characters in 3 steps
// EXPECT: at most 96 in at most 32
// EXPECT: write shorter names, or fewer blocks within each other
#include <convexpr/layers/layers.hpp>
#include <convexpr/network/network.hpp>

namespace cx = convexpr;

using In = cx::Input<3, 9, 7>;

#if EXPECT_FAILURE
constexpr auto architecture =
    cx::named<"a_long_name_for_an_outer_block__">(cx::named<"a_long_name_for_a_block_in_it___">(
        cx::named<"a_long_name_for_a_block_inside__">(cx::relu)));
#else
constexpr auto architecture = cx::named<"a_long_name_for_an_outer_block__">(
    cx::named<"a_long_name_for_a_block_in_it___">(cx::named<"a_short_name">(cx::relu)));
#endif

int main() {
  cx::Network<decltype(architecture), In> net;
  return static_cast<int>(net.forward(cx::TensorOf<float, In::shape>{}).data()[0]);
}
