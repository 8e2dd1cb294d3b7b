# From recorded cases, the cases.json of a folder, to tests that can be compiled.
#
# A case takes part if the library has its layer and, for convolutions, its padding mode.
set(convexpr_recorded_layers
    AvgPool2d BatchNorm2d Conv2d ELU Flatten GELU GlobalAvgPool2d GroupNorm HardSigmoid HardSwish
    InstanceNorm2d LayerNorm LeakyReLU Linear LocalResponseNorm LogSoftmax MaxPool2d Mish PReLU ReLU
    ReLU6 SELU Sigmoid SiLU Softmax Softplus Softsign Tanh
)

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
    string(REGEX MATCH "^cx::([A-Za-z0-9]+)" ignored "${layer}")
    if(CMAKE_MATCH_1 IN_LIST convexpr_recorded_layers AND NOT layer MATCHES "padding_mode")
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
    endif()
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
