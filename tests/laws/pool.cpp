// Pooling: the laws that roster.hpp says they keep.
#define BOOST_TEST_MODULE pool
#include "roster.hpp"

BOOST_AUTO_TEST_CASE(pools_keep_the_laws_that_they_claim) {
  laws::uphold(std::type_identity<laws::Pools>{});
}
