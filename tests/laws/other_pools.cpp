// Pools of powers, to given extents and along sequences, and upsampling: the laws that they keep.
#define BOOST_TEST_MODULE other_pools
#include "roster.hpp"

BOOST_AUTO_TEST_CASE(other_pools_keep_the_laws_that_they_claim) {
  laws::uphold(std::type_identity<laws::OtherPools>{});
}
