// Activations: the laws that roster.hpp says they keep.
#define BOOST_TEST_MODULE activation
#include "roster.hpp"

BOOST_AUTO_TEST_CASE(activations_keep_the_laws_that_they_claim) {
  laws::uphold(std::type_identity<laws::Activations>{});
}
