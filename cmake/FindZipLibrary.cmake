# Finds libzip by its header and library: target ZipLibrary::zip, ZipLibrary_VERSION.
# Debian's own libzip-config.cmake fails where libzip's tools are not installed, which nothing here needs.
find_path(ZipLibrary_INCLUDE_DIR zip.h)
find_path(ZipLibrary_CONFIG_DIR zipconf.h PATH_SUFFIXES include lib/libzip/include)
find_library(ZipLibrary_LIBRARY zip)
mark_as_advanced(ZipLibrary_INCLUDE_DIR ZipLibrary_CONFIG_DIR ZipLibrary_LIBRARY)

if(ZipLibrary_CONFIG_DIR AND EXISTS "${ZipLibrary_CONFIG_DIR}/zipconf.h")
  file(STRINGS "${ZipLibrary_CONFIG_DIR}/zipconf.h" ZipLibrary_VERSION_LINE REGEX "^#define LIBZIP_VERSION \"[0-9.]+\"")
  string(REGEX REPLACE "^.*\"([0-9.]+)\".*$" "\\1" ZipLibrary_VERSION "${ZipLibrary_VERSION_LINE}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  ZipLibrary REQUIRED_VARS ZipLibrary_LIBRARY ZipLibrary_INCLUDE_DIR ZipLibrary_CONFIG_DIR
  VERSION_VAR ZipLibrary_VERSION)

if(ZipLibrary_FOUND AND NOT TARGET ZipLibrary::zip)
  add_library(ZipLibrary::zip UNKNOWN IMPORTED)
  set_target_properties(
    ZipLibrary::zip PROPERTIES IMPORTED_LOCATION "${ZipLibrary_LIBRARY}"
                               INTERFACE_INCLUDE_DIRECTORIES "${ZipLibrary_INCLUDE_DIR};${ZipLibrary_CONFIG_DIR}")
endif()
