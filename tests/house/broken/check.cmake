# Runs PROGRAM on the headers in FOLDER and compares what it finds with expected.txt.
#
# cmake -D PROGRAM= -D FOLDER= -P check.cmake
cmake_minimum_required(VERSION 3.25)

execute_process(
  COMMAND ${PROGRAM} ${FOLDER}/rooms.txt ${FOLDER}/include
  RESULT_VARIABLE status
  OUTPUT_VARIABLE found
)
file(READ ${FOLDER}/expected.txt expected)
if(NOT status EQUAL 1 OR NOT found STREQUAL expected)
  message(FATAL_ERROR "exit status ${status}, found\n${found}\nexpected\n${expected}")
endif()
