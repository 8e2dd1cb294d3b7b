# From recorded cases, the cases.json of a folder, to tests that can be compiled.

# convexpr_write_oracle_cases(<result> <cases.json> <folder> <cases a file>) writes
# <folder>/oracle_cases_<i>.inc, and only where it changed; the result is the list of these files.
function(convexpr_write_oracle_cases result file folder most)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} json)
  string(JSON count LENGTH "${json}")
  math(EXPR last "${count} - 1")
  set(text)
  set(in_text 0)
  set(written)
  foreach(i RANGE ${last})
    string(JSON layer GET "${json}" ${i} cpp)
    string(JSON name GET "${json}" ${i} name)
    string(JSON mode GET "${json}" ${i} mode)
    foreach(border input output)
      string(JSON extents GET "${json}" ${i} ${border})
      string(REGEX REPLACE "[][ \n]" "" extents "${extents}")
      string(REPLACE "," ", " ${border} "${extents}")
    endforeach()
    string(JSON parameters GET "${json}" ${i} parameter_count)
    string(APPEND text "BOOST_AUTO_TEST_CASE(case_${name}) {\n"
           "  check_recorded<${layer}, cx::Input<${input}>, cx::Mode::${mode}>(\n"
           "      \"${name}\", cx::shape(${output}), ${parameters});\n}\n"
    )
    math(EXPR in_text "${in_text} + 1")
    if(in_text EQUAL most OR (i EQUAL last AND in_text GREATER 0))
      list(LENGTH written number)
      set(path ${folder}/oracle_cases_${number}.inc)
      file(CONFIGURE OUTPUT ${path} CONTENT "${text}" @ONLY)
      list(APPEND written ${path})
      set(text)
      set(in_text 0)
    endif()
  endforeach()
  set(${result} ${written} PARENT_SCOPE)
endfunction()
