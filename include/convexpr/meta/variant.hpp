// The name of a function in a source that is compiled for several instruction sets.
//
// convexpr_add_variants of the CMake package compiles one source for each and takes the best that
// the machine has when the program runs. cmake/ConvexprVariants.cmake says how.
#pragma once

#define CONVEXPR_JOIN_NAMES(name, suffix) name##suffix
#define CONVEXPR_JOIN(name, suffix) CONVEXPR_JOIN_NAMES(name, suffix)

/// `name` with the suffix of the instruction set for which it is compiled, if for several:
///
///     std::unique_ptr<Classifier> CONVEXPR_VARIANT(make_classifier)() { ... }
#ifdef CONVEXPR_VARIANT_SUFFIX
#define CONVEXPR_VARIANT(name) CONVEXPR_JOIN(name, CONVEXPR_VARIANT_SUFFIX)
#else
#define CONVEXPR_VARIANT(name) name
#endif
