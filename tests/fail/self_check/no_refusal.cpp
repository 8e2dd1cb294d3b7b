// Compiles although it says that it must not: the check must notice.
// EXPECT: anything
static_assert(2 + 2 == 4);
