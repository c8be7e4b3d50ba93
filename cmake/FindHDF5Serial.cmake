# Finds HDF5's C library by its header and library: target HDF5Serial::hdf5, HDF5Serial_VERSION.
# CMake's own FindHDF5 asks for a C compiler and takes whichever build is the default, the one for MPI included.
find_path(HDF5Serial_INCLUDE_DIR hdf5.h HINTS ENV HDF5_ROOT PATH_SUFFIXES include hdf5/serial include/hdf5/serial)
find_library(HDF5Serial_LIBRARY NAMES hdf5_serial hdf5 HINTS ENV HDF5_ROOT PATH_SUFFIXES lib lib64)
mark_as_advanced(HDF5Serial_INCLUDE_DIR HDF5Serial_LIBRARY)

if(HDF5Serial_INCLUDE_DIR AND EXISTS "${HDF5Serial_INCLUDE_DIR}/H5public.h")
  file(STRINGS "${HDF5Serial_INCLUDE_DIR}/H5public.h" HDF5Serial_VERSION_LINES
       REGEX "^#define H5_VERS_(MAJOR|MINOR|RELEASE)[ \t]+[0-9]+")
  list(TRANSFORM HDF5Serial_VERSION_LINES REPLACE "^#define H5_VERS_[A-Z]+[ \t]+([0-9]+).*$" "\\1")
  list(JOIN HDF5Serial_VERSION_LINES "." HDF5Serial_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(HDF5Serial REQUIRED_VARS HDF5Serial_LIBRARY HDF5Serial_INCLUDE_DIR
                                  VERSION_VAR HDF5Serial_VERSION)

if(HDF5Serial_FOUND AND NOT TARGET HDF5Serial::hdf5)
  add_library(HDF5Serial::hdf5 UNKNOWN IMPORTED)
  set_target_properties(HDF5Serial::hdf5 PROPERTIES IMPORTED_LOCATION "${HDF5Serial_LIBRARY}"
                                                    INTERFACE_INCLUDE_DIRECTORIES "${HDF5Serial_INCLUDE_DIR}")
endif()
