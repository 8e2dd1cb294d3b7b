// Pointers that stay pointers.
//
// Of several arrays that a loop goes along, compilers like to make one counter and an index. Intel's
// processors take a multiply-add apart in two that reads memory at a base and an index: a tile of
// them then takes 1.15 to 1.5 times as long.
#pragma once

#include <convexpr/simd/unroll.hpp>
#include <cstddef>

namespace convexpr::simd {

/// Moves `p` by some elements, and keeps it in a register of its own.
template <class T>
CONVEXPR_INLINE void step(T*& p, std::ptrdiff_t elements = 1) {
  T* next = p + elements;  // apart from p: GCC would keep that on the stack, as one of an array
#if defined(__GNUC__) || defined(__clang__)
  asm("" : "+r"(next));  // no instruction: what the optimiser knew of the address ends here
#endif
  p = next;
}

}  // namespace convexpr::simd
