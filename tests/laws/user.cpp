// Layers of a user: the laws that roster.hpp says they keep.
#define BOOST_TEST_MODULE user
#include "roster.hpp"

BOOST_AUTO_TEST_CASE(layers_of_a_user_keep_the_laws_that_they_claim) {
  laws::uphold(std::type_identity<laws::UserLayers>{});
}
