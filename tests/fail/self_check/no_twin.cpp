// Does not compile at all: the check must notice that there is no right program to stand beside it.
// EXPECT: always
static_assert(2 + 2 == 5, "always");
