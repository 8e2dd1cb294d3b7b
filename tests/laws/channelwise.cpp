// Depthwise, transposed and fixed convolutions: the laws that roster.hpp says they keep.
#define BOOST_TEST_MODULE channelwise
#include "roster.hpp"

BOOST_AUTO_TEST_CASE(depthwise_and_transposed_convolutions_keep_the_laws_that_they_claim) {
  laws::uphold(std::type_identity<laws::Channelwise>{});
}
