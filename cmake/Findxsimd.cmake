# xsimd's headers, as the target xsimd::headers.
#
# xsimd's own package is passed over: its version file refuses every major version but the one asked
# for, and as Debian builds it, its target links a library `xtl` that is not there.
find_path(xsimd_INCLUDE_DIR NAMES xsimd/xsimd.hpp)
mark_as_advanced(xsimd_INCLUDE_DIR)

set(xsimd_VERSION)
if(xsimd_INCLUDE_DIR)
  file(STRINGS ${xsimd_INCLUDE_DIR}/xsimd/config/xsimd_config.hpp lines
       REGEX "define XSIMD_VERSION_(MAJOR|MINOR|PATCH) "
  )
  string(REGEX MATCHALL "[0-9]+" xsimd_VERSION "${lines}")
  list(JOIN xsimd_VERSION "." xsimd_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  xsimd REQUIRED_VARS xsimd_INCLUDE_DIR VERSION_VAR xsimd_VERSION
)

if(xsimd_FOUND AND NOT TARGET xsimd::headers)
  add_library(xsimd::headers INTERFACE IMPORTED)
  set_target_properties(
    xsimd::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${xsimd_INCLUDE_DIR}"
  )
endif()
