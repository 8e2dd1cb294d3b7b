# Flags of this project's own programs. None of them reaches a user of the library.
set(CMAKE_CXX_EXTENSIONS OFF)
add_library(convexpr_own INTERFACE)
target_link_libraries(convexpr_own INTERFACE convexpr)
target_compile_options(
  convexpr_own INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
                         -march=${CONVEXPR_MARCH}
)
# On machines with AVX10.1, Clang 19 takes the processor's features apart and then warns of what it
# put together itself.
target_compile_options(
  convexpr_own INTERFACE $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wno-invalid-feature-combination>
)
if(CONVEXPR_SANITIZE)
  set(sanitize -fsanitize=${CONVEXPR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(convexpr_own INTERFACE ${sanitize})
  target_link_options(convexpr_own INTERFACE ${sanitize})
endif()

# GCC forgets what pragmas in precompiled headers say, those in its own intrinsics among them.
set(convexpr_precompiled_options
    $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
)

# convexpr_have_libraries(<result> <what> <targets>...) is false, and says so, if a target is
# missing: a part whose library is not installed takes its tests and examples with it.
function(convexpr_have_libraries result what)
  set(${result} TRUE PARENT_SCOPE)
  foreach(library IN LISTS ARGN)
    if(NOT TARGET ${library})
      message(STATUS "convexpr: without ${what}: ${library} was not found")
      set(${result} FALSE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()
