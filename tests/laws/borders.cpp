// Borders other than zeros, and sequences: the laws that roster.hpp says their layers keep.
#define BOOST_TEST_MODULE borders
#include "roster.hpp"

BOOST_AUTO_TEST_CASE(borders_and_sequences_keep_the_laws_that_they_claim) {
  laws::uphold(std::type_identity<laws::Borders>{});
}
