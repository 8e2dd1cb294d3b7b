# Installs BUILD into an empty prefix, and builds and runs the project beside this file against it.
#
# cmake -D BUILD= -D COMPILER= -D GENERATOR= -D COMPONENTS=<names, spaces between> -D SOURCE=
#       -D SCRATCH= -P check.cmake
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${SCRATCH})
set(prefix ${SCRATCH}/prefix)

foreach(
  step
  "--install;${BUILD};--prefix;${prefix}"
  "-S;${SOURCE};-B;${SCRATCH}/build;-G;${GENERATOR};-DCMAKE_PREFIX_PATH=${prefix};-DCMAKE_CXX_COMPILER=${COMPILER};-DPARTS=${COMPONENTS}"
  "--build;${SCRATCH}/build;--target;run"
)
  execute_process(
    COMMAND ${CMAKE_COMMAND} ${step}
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
  )
  if(NOT status EQUAL 0)
    list(JOIN step " " step)
    message(FATAL_ERROR "cmake ${step}\n${output}")
  endif()
endforeach()
