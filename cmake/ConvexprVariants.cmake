# convexpr_add_variants: one source, compiled for several instruction sets; the best is taken at run
# time.
#
#   convexpr_add_variants(classifier
#     SOURCE classifier.cpp             # defines the function below as CONVEXPR_VARIANT(make_classifier)
#     HEADER classifier.hpp             # declares it
#     FUNCTION make_classifier          # takes nothing
#     RETURNS std::unique_ptr<Classifier>
#     ISAS x86-64 x86-64-v3 x86-64-v4   # the default; the first is what every machine must have
#     LIBRARIES convexpr::safetensors)  # that the source needs besides convexpr::convexpr
#
# makes a static library `classifier`. Its make_classifier() calls the one of the best instruction set
# that the processor has; the environment variable CONVEXPR_ISA may name a lower one, for comparison.
# const char* make_classifier_isa() says which that is.
#
# The same inline function, compiled for another instruction set, is another function, and a linker
# that takes one for all makes a program that stops where AVX-512 is missing. So each variant is
# linked by itself and all its names but that of the function are made local. That needs GNU's linker
# and objcopy, which come with every compiler on Linux.
include_guard(GLOBAL)

# What to ask of a processor.
set(convexpr_condition_x86_64 "true")
set(convexpr_condition_x86_64_v3
    "has(\"avx2\") && has(\"fma\") && has(\"bmi\") && has(\"bmi2\") && has(\"popcnt\")"
)
set(convexpr_condition_x86_64_v4
    "${convexpr_condition_x86_64_v3} && has(\"avx512f\") && has(\"avx512vl\") && has(\"avx512bw\") && has(\"avx512dq\") && has(\"avx512cd\")"
)
set(convexpr_templates ${CMAKE_CURRENT_LIST_DIR})
# By name: where Clang compiles, CMake's own are LLVM's, of which the linker knows no such option.
find_program(CONVEXPR_GNU_LD ld.bfd)
find_program(CONVEXPR_GNU_OBJCOPY objcopy)
mark_as_advanced(CONVEXPR_GNU_LD CONVEXPR_GNU_OBJCOPY)

function(convexpr_add_variants target)
  cmake_parse_arguments(PARSE_ARGV 1 v "" "SOURCE;HEADER;FUNCTION;RETURNS" "ISAS;LIBRARIES")
  foreach(needed IN ITEMS SOURCE HEADER FUNCTION RETURNS)
    if(NOT v_${needed})
      message(FATAL_ERROR "convexpr_add_variants(${target}): ${needed} is missing")
    endif()
  endforeach()
  if(v_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "convexpr_add_variants(${target}): unknown: ${v_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT CONVEXPR_GNU_LD OR NOT CONVEXPR_GNU_OBJCOPY)
    message(FATAL_ERROR "convexpr_add_variants(${target}): there is no GNU ld and objcopy")
  endif()
  if(NOT v_ISAS)
    set(v_ISAS x86-64 x86-64-v3 x86-64-v4)
  endif()
  cmake_path(ABSOLUTE_PATH v_HEADER OUTPUT_VARIABLE header)
  cmake_path(GET header PARENT_PATH folder)

  set(objects)
  set(declarations)
  set(choices)
  foreach(isa IN LISTS v_ISAS)
    string(MAKE_C_IDENTIFIER ${isa} suffix)
    if(NOT DEFINED convexpr_condition_${suffix})
      message(FATAL_ERROR "convexpr_add_variants(${target}): ISAS may be x86-64, x86-64-v3 and "
                          "x86-64-v4, not ${isa}"
      )
    endif()
    set(part ${target}_${suffix})
    add_library(${part} OBJECT ${v_SOURCE})
    set_target_properties(
      ${part} PROPERTIES POSITION_INDEPENDENT_CODE ON INTERPROCEDURAL_OPTIMIZATION OFF
    )
    target_link_libraries(${part} PRIVATE convexpr::convexpr ${v_LIBRARIES})
    # objcopy leaves GNU's unique objects alone, which constants in templates are with GCC.
    target_compile_options(
      ${part} PRIVATE -march=${isa} $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>
    )
    target_compile_definitions(${part} PRIVATE CONVEXPR_VARIANT_SUFFIX=_${suffix})
    set(whole ${CMAKE_CURRENT_BINARY_DIR}/${part}.whole.o)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${part}.o)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${CONVEXPR_GNU_LD} -r --force-group-allocation $<TARGET_OBJECTS:${part}> -o ${whole}
      COMMAND ${CONVEXPR_GNU_OBJCOPY} --wildcard --keep-global-symbol=*${v_FUNCTION}_${suffix}* ${whole}
              ${object}
      DEPENDS ${part} $<TARGET_OBJECTS:${part}>
      COMMAND_EXPAND_LISTS
      VERBATIM
    )
    list(APPEND objects ${object})
    string(APPEND declarations "${v_RETURNS} ${v_FUNCTION}_${suffix}();\n")
    string(PREPEND choices # the best first
           "    {\"${isa}\", ${convexpr_condition_${suffix}}, &${v_FUNCTION}_${suffix}},\n"
    )
  endforeach()
  set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  list(GET v_ISAS 0 lowest)
  configure_file(${convexpr_templates}/variants.cpp.in ${target}_choice.cpp @ONLY)

  add_library(${target} STATIC ${CMAKE_CURRENT_BINARY_DIR}/${target}_choice.cpp ${objects})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC ${folder})
  target_link_libraries(${target} PUBLIC Threads::Threads ${v_LIBRARIES})
endfunction()
