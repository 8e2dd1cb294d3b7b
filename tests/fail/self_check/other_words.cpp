// Refused, but not for the reason that is given here: the check must notice.
// EXPECT: the reason that is given here
#if EXPECT_FAILURE
static_assert(2 + 2 == 5, "another reason");
#endif
