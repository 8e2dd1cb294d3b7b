# What `cmake --install` copies: the headers, and the package that find_package(convexpr) reads.
#
# Each optional part has an export file of its own, so that a user who asks for none of them needs
# none of their libraries.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/convexpr)

foreach(component convexpr ${CONVEXPR_COMPONENTS})
  if(component STREQUAL convexpr)
    set(target convexpr)
  else()
    set(target convexpr_${component})
  endif()
  install(TARGETS ${target} EXPORT ${target} FILE_SET HEADERS)
  install(EXPORT ${target} NAMESPACE convexpr:: DESTINATION ${package_dir})
endforeach()

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/convexpr-config.cmake.in
  ${PROJECT_BINARY_DIR}/convexpr-config.cmake
  INSTALL_DESTINATION ${package_dir}
)
# Before 1.0 a minor version may break what the one before it offered. Headers have no word size.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/convexpr-config-version.cmake
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT
)
install(
  FILES ${PROJECT_BINARY_DIR}/convexpr-config.cmake
        ${PROJECT_BINARY_DIR}/convexpr-config-version.cmake
        ${PROJECT_SOURCE_DIR}/cmake/ConvexprVariants.cmake
        ${PROJECT_SOURCE_DIR}/cmake/variants.cpp.in
        ${PROJECT_SOURCE_DIR}/cmake/Findstb.cmake
        ${PROJECT_SOURCE_DIR}/cmake/Findxsimd.cmake
  DESTINATION ${package_dir}
)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
