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
# ANSWERS, if given, is what the compiler said of several programs in one. OUTCOME `answers` writes
# it, from a SOURCE of them; a refused program is judged by its part, and compiled alone where that
# part is not what it should be.
#
# cmake -D COMPILER= -D COMPILER_ID= -D FLAGS=<response file> -D PREFIX= -D PRECOMPILED= -D INCLUDE=
#       -D SOURCE= -D OUTCOME= -D WORDS= [-D ANSWERS=] -P check.cmake
cmake_minimum_required(VERSION 3.25)

set(max_gcc_lines 15)

# An error of CMake's own would be refilled to its line length.
function(complain text)
  message(NOTICE "${SOURCE}: ${text}")
  message(FATAL_ERROR "the compiler's answer is not the expected one")
endfunction()

# Leaves the compiler's `status` and `output`.
macro(compile expect_failure)
  set(ENV{LC_ALL} C)
  separate_arguments(prefix UNIX_COMMAND "${PREFIX}")
  file(GLOB_RECURSE headers ${INCLUDE}/*.hpp)
  foreach(header IN LISTS headers)
    if(${header} IS_NEWER_THAN ${PRECOMPILED})  # or PRECOMPILED is not there
      set(prefix)
    endif()
  endforeach()
  execute_process(
    COMMAND ${COMPILER} @${FLAGS} -fsyntax-only ${prefix} -DEXPECT_FAILURE=${expect_failure} ${ARGN}
            ${SOURCE}
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
  )
endmacro()

# Why `output` is no good refusal, or nothing; and the words of its first error.
#
# A long sentence is printed in pieces: text<9>{"one half"}, text<10>{"the other"}. `;` and brackets
# mean something in a CMake list, so these texts are searched as strings and never become lists.
# Quotes inside a text are printed behind a backslash.
function(judge output complaint words)
  string(REGEX MATCH "[^\n]*error:[^\n]*" first_error "${output}")
  string(REGEX REPLACE "^.*(error:)" "\\1" said "${first_error}")
  string(REGEX REPLACE "\"}, *(convexpr::)?text<[0-9]+>{\"" " " first_error "${first_error}")
  string(REGEX REPLACE "\\\\(['\"])" "\\1" first_error "${first_error}")
  set(${complaint} "" PARENT_SCOPE)
  set(${words} "${said}" PARENT_SCOPE)

  file(READ ${SOURCE} rest)
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
      set(${complaint}
          "the first error does not say\n${expected}\nbut\n${first_error}\nin\n${output}"
          PARENT_SCOPE
      )
      return()
    endif()
  endwhile()
  if(expectations EQUAL 0)
    set(${complaint} "no line says `// EXPECT: ...`" PARENT_SCOPE)
  endif()

  if(COMPILER_ID STREQUAL GNU)
    string(REGEX REPLACE "[^\n]" "" newlines "${output}")
    string(LENGTH "${newlines}" lines)
    if(NOT lines LESS max_gcc_lines)
      set(${complaint}
          "refused in ${lines} lines, ${max_gcc_lines} are too many:\n${output}"
          PARENT_SCOPE
      )
    endif()
  endif()
endfunction()

# The part of ANSWERS that is about the program: from the mark with its name to the next mark.
function(read_part part)
  set(${part} "" PARENT_SCOPE)
  if(NOT EXISTS ${ANSWERS})
    return()
  endif()
  get_filename_component(name ${SOURCE} NAME_WE)
  file(READ ${ANSWERS} rest)
  set(mark "program ${name} begins\n")
  string(FIND "${rest}" "${mark}" begin)
  if(begin EQUAL -1)
    return()
  endif()
  string(LENGTH "${mark}" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${rest}" ${begin} -1 rest)
  string(REGEX REPLACE "[^\n]*program [a-z0-9_]+ begins\n.*$" "" rest "${rest}")
  # Alone, its names stand in no namespace.
  string(REPLACE "${name}::" "" rest "${rest}")
  set(${part} "${rest}" PARENT_SCOPE)
endfunction()

if(OUTCOME STREQUAL answers)
  set(all_errors)
  if(COMPILER_ID MATCHES Clang)
    set(all_errors -ferror-limit=0)
  endif()
  compile(1 ${all_errors})
  file(WRITE ${ANSWERS} "${output}")
elseif(OUTCOME STREQUAL accepted)
  compile(0)
  if(NOT status EQUAL 0)
    complain("must compile with EXPECT_FAILURE=0, but:\n${output}")
  endif()
else()
  set(complaint "not looked at")
  if(ANSWERS)
    read_part(output)
    judge("${output}" complaint words)
  endif()
  if(complaint)
    compile(1)
    if(status EQUAL 0)
      complain("must not compile with EXPECT_FAILURE=1, but does")
    endif()
    judge("${output}" complaint words)
    if(complaint)
      complain("${complaint}")
    endif()
    message("compiled alone")
  endif()
  if(COMPILER_ID STREQUAL GNU)
    file(WRITE ${WORDS} "${words}\n")
  endif()
endif()
