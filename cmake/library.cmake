# The library: one target that needs headers alone, and one target for every part that needs more.
include(${CMAKE_CURRENT_LIST_DIR}/headers.cmake)

find_package(Boost 1.81 CONFIG REQUIRED)
find_package(xsimd 8.1 REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# convexpr_library(<target> <exported name> <headers>...) declares an interface target.
function(convexpr_library target name)
  add_library(${target} INTERFACE)
  add_library(convexpr::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/include/convexpr/)
  target_sources(
    ${target} INTERFACE FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${ARGN}
  )
  target_compile_features(${target} INTERFACE cxx_std_20)
endfunction()

convexpr_library(convexpr convexpr ${CONVEXPR_HEADERS})
target_link_libraries(convexpr INTERFACE Boost::headers xsimd::headers Threads::Threads)
# Compilers stop a constant's evaluation after so many steps: Clang after 2^20, of which GoogLeNet's
# training plan takes some 750,000, GCC after 2^25. Networks several times as deep need more.
target_compile_options(
  convexpr INTERFACE $<$<CXX_COMPILER_ID:Clang,AppleClang>:-fconstexpr-steps=100000000>
                     $<$<CXX_COMPILER_ID:GNU>:-fconstexpr-ops-limit=1000000000>
)

include(${CMAKE_CURRENT_LIST_DIR}/ConvexprVariants.cmake)

set(CONVEXPR_COMPONENTS)

find_package(nlohmann_json CONFIG QUIET)
if(nlohmann_json_FOUND)
  convexpr_library(convexpr_safetensors safetensors ${CONVEXPR_SAFETENSORS_HEADERS})
  target_link_libraries(convexpr_safetensors INTERFACE convexpr nlohmann_json::nlohmann_json)
  list(APPEND CONVEXPR_COMPONENTS safetensors)
endif()

find_package(ZLIB QUIET)
if(ZLIB_FOUND)
  convexpr_library(convexpr_idx idx ${CONVEXPR_IDX_HEADERS})
  target_link_libraries(convexpr_idx INTERFACE convexpr ZLIB::ZLIB)
  list(APPEND CONVEXPR_COMPONENTS idx)
endif()

find_package(stb QUIET)
if(stb_FOUND)
  convexpr_library(convexpr_pictures pictures ${CONVEXPR_PICTURES_HEADERS})
  target_link_libraries(convexpr_pictures INTERFACE convexpr stb::stb)
  list(APPEND CONVEXPR_COMPONENTS pictures)
endif()

# Threads: no header more, but the compiler's flag.
find_package(OpenMP COMPONENTS CXX QUIET)
if(OpenMP_CXX_FOUND)
  convexpr_library(convexpr_openmp openmp)
  target_link_libraries(convexpr_openmp INTERFACE convexpr OpenMP::OpenMP_CXX)
  list(APPEND CONVEXPR_COMPONENTS openmp)
endif()

if(PROJECT_IS_TOP_LEVEL)
  list(JOIN CONVEXPR_COMPONENTS ", " components)
  message(STATUS "convexpr: optional parts: ${components}")
endif()
