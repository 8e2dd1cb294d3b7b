# Fails when a header is not in cmake/headers.cmake, or a test not in its folder's CMakeLists.txt:
# the first would not be installed, the second would never run. And when a list names no file.
#
# cmake -D ROOT= -D LISTED_TESTS=<one path a line> -P everything_is_listed.cmake
cmake_minimum_required(VERSION 3.25)
include(${ROOT}/cmake/headers.cmake)

set(faults)

# compare(<what is there> <what is listed> <the list's name>) over two lists given by name.
macro(compare there listed list_name)
  foreach(file IN LISTS ${there})
    if(NOT file IN_LIST ${listed})
      string(APPEND faults "\n  ${file}: not listed in ${list_name}")
    endif()
  endforeach()
  foreach(file IN LISTS ${listed})
    if(NOT file IN_LIST ${there})
      string(APPEND faults "\n  ${list_name}: lists ${file}, which does not exist")
    endif()
  endforeach()
endmacro()

file(GLOB_RECURSE headers RELATIVE ${ROOT}/include/convexpr ${ROOT}/include/convexpr/*)
set(listed_headers
    ${CONVEXPR_HEADERS} ${CONVEXPR_SAFETENSORS_HEADERS} ${CONVEXPR_IDX_HEADERS}
    ${CONVEXPR_PICTURES_HEADERS}
)
compare(headers listed_headers cmake/headers.cmake)

# Folders below a room's hold what its tests work on; the house has its own programs.
file(GLOB tests ${ROOT}/tests/*/*.cpp)
list(FILTER tests EXCLUDE REGEX "/tests/house/")
file(STRINGS ${LISTED_TESTS} listed_tests)
compare(tests listed_tests "the CMakeLists.txt beside it")

if(faults)
  message(FATAL_ERROR "${faults}")
endif()
