// Layers that only move values, and those that join branches: the laws that roster.hpp says they keep.
#define BOOST_TEST_MODULE structure
#include "roster.hpp"

BOOST_AUTO_TEST_CASE(what_moves_and_joins_values_keeps_the_laws_that_it_claims) {
  laws::uphold(std::type_identity<laws::Structures>{});
}
