// The check of the refusals itself, on a refusal with no architecture around it: words with the
// signs that CMake lists break at, long enough for Clang to get them in pieces.
// EXPECT: the check: one fact; and [another]: it's longer than thirty characters
// EXPECT: got "none"
#include <convexpr/meta/refusal.hpp>

constexpr convexpr::Refusal make_refusal() {
  convexpr::Refusal refusal;
#if EXPECT_FAILURE
  refusal.fact << "the check: one fact; and [another]: it's longer than thirty characters";
  refusal.got << "got \"none\"";
#endif
  return refusal;
}

inline constexpr convexpr::Refusal refusal = make_refusal();

struct Checked : convexpr::detail::Insist<refusal> {};
