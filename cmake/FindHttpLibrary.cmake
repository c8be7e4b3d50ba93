# Finds cpp-httplib where it is compiled with OpenSSL, zlib and Brotli, as Debian does: target HttpLibrary::http.
find_path(HttpLibrary_INCLUDE_DIR httplib.h)
find_library(HttpLibrary_LIBRARY cpp-httplib)
mark_as_advanced(HttpLibrary_INCLUDE_DIR HttpLibrary_LIBRARY)
# Its header includes theirs.
find_package(OpenSSL QUIET MODULE)
find_path(HttpLibrary_BROTLI_DIR brotli/decode.h)
mark_as_advanced(HttpLibrary_BROTLI_DIR)

if(HttpLibrary_INCLUDE_DIR)
  file(STRINGS "${HttpLibrary_INCLUDE_DIR}/httplib.h" HttpLibrary_VERSION_LINE REGEX "^#define CPPHTTPLIB_VERSION \"[0-9.]+\"")
  string(REGEX REPLACE "^.*\"([0-9.]+)\".*$" "\\1" HttpLibrary_VERSION "${HttpLibrary_VERSION_LINE}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  HttpLibrary REQUIRED_VARS HttpLibrary_LIBRARY HttpLibrary_INCLUDE_DIR HttpLibrary_BROTLI_DIR OPENSSL_FOUND
  VERSION_VAR HttpLibrary_VERSION)

if(HttpLibrary_FOUND AND NOT TARGET HttpLibrary::http)
  add_library(HttpLibrary::http UNKNOWN IMPORTED)
  # Its classes have other members without these.
  set_target_properties(
    HttpLibrary::http
    PROPERTIES IMPORTED_LOCATION "${HttpLibrary_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${HttpLibrary_INCLUDE_DIR};${HttpLibrary_BROTLI_DIR}"
               INTERFACE_COMPILE_DEFINITIONS "CPPHTTPLIB_OPENSSL_SUPPORT;CPPHTTPLIB_ZLIB_SUPPORT;CPPHTTPLIB_BROTLI_SUPPORT"
               INTERFACE_LINK_LIBRARIES "OpenSSL::SSL;OpenSSL::Crypto")
endif()
