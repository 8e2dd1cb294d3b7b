// What a user's first program needs of the installed headers.
#include <convexpr/layers/layers.hpp>
#include <type_traits>

namespace cx = convexpr;

using Chain = cx::Sequential<cx::Conv2d<6, {.kernel = 5}>, cx::ReLU>;
constexpr auto chain = cx::conv2d<6, {.kernel = 5}> | cx::relu;
static_assert(std::is_same_v<decltype(chain), const Chain>);

int main() {}
