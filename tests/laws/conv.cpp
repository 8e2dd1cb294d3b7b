// Convolutions and dense layers: the laws that roster.hpp says they keep.
#define BOOST_TEST_MODULE conv
#include "roster.hpp"

BOOST_AUTO_TEST_CASE(convolutions_and_dense_layers_keep_the_laws_that_they_claim) {
  laws::uphold(std::type_identity<laws::Convolutions>{});
}
