# Compiles SOURCE as OUTCOME asks, `refused` or `accepted`, and judges what the compiler says.
#
# A refused program must fail, and every text after `// EXPECT:` in it must stand in the first line
# that says "error:". GCC must say all it has to say in fewer than 15 lines: an error that nobody
# reads helps nobody.
#
# What GCC says is kept for the page of errors: that line, from "error:" on, goes to the file WORDS.
#
# PREFIX, the options that include what was precompiled, counts only while PRECOMPILED is newer than
# every header below INCLUDE: who runs a test without building sees the headers as they are.
#
# cmake -D COMPILER= -D COMPILER_ID= -D FLAGS=<response file> -D PREFIX= -D PRECOMPILED= -D INCLUDE=
#       -D SOURCE= -D OUTCOME= -D WORDS= -P check.cmake
cmake_minimum_required(VERSION 3.25)

set(max_gcc_lines 15)

# An error of CMake's own would be refilled to its line length.
function(complain text)
  message(NOTICE "${SOURCE}: ${text}")
  message(FATAL_ERROR "the compiler's answer is not the expected one")
endfunction()

set(ENV{LC_ALL} C)
string(COMPARE EQUAL ${OUTCOME} refused expect_failure)

separate_arguments(prefix UNIX_COMMAND "${PREFIX}")
file(GLOB_RECURSE headers ${INCLUDE}/*.hpp)
foreach(header IN LISTS headers)
  if(${header} IS_NEWER_THAN ${PRECOMPILED})  # or PRECOMPILED is not there
    set(prefix)
  endif()
endforeach()
execute_process(
  COMMAND ${COMPILER} @${FLAGS} -fsyntax-only ${prefix} -DEXPECT_FAILURE=${expect_failure} ${SOURCE}
  RESULT_VARIABLE status
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output
)

if(OUTCOME STREQUAL accepted)
  if(NOT status EQUAL 0)
    complain("must compile with EXPECT_FAILURE=0, but:\n${output}")
  endif()
  return()
endif()
if(status EQUAL 0)
  complain("must not compile with EXPECT_FAILURE=1, but does")
endif()

# A long sentence is printed in pieces: text<9>{"one half"}, text<10>{"the other"}. `;` and brackets
# mean something in a CMake list, so these texts are searched as strings and never become lists.
# Quotes inside a text are printed behind a backslash.
string(REGEX MATCH "[^\n]*error:[^\n]*" first_error "${output}")
string(REGEX REPLACE "^.*(error:)" "\\1" words "${first_error}")
string(REGEX REPLACE "\"}, *(convexpr::)?text<[0-9]+>{\"" " " first_error "${first_error}")
string(REGEX REPLACE "\\\\(['\"])" "\\1" first_error "${first_error}")

file(READ ${SOURCE} source)
set(rest "${source}")
set(expectations 0)
while(rest MATCHES "// EXPECT: *([^\n]*)\n")
  set(expected "${CMAKE_MATCH_1}")
  string(FIND "${rest}" "${CMAKE_MATCH_0}" begin)
  string(LENGTH "${CMAKE_MATCH_0}" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${rest}" ${begin} -1 rest)
  math(EXPR expectations "${expectations} + 1")
  string(FIND "${first_error}" "${expected}" found)
  if(found EQUAL -1)
    complain("the first error does not say\n${expected}\nbut\n${first_error}\nin\n${output}")
  endif()
endwhile()
if(expectations EQUAL 0)
  complain("no line says `// EXPECT: ...`")
endif()

if(COMPILER_ID STREQUAL GNU)
  string(REGEX REPLACE "[^\n]" "" newlines "${output}")
  string(LENGTH "${newlines}" lines)
  if(NOT lines LESS max_gcc_lines)
    complain("refused in ${lines} lines, ${max_gcc_lines} are too many:\n${output}")
  endif()
  file(WRITE ${WORDS} "${words}\n")
endif()
