# What the library is built on. None of it appears in a public header, except Eigen in keratin/eigen.h.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED)
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
find_package(oneDNN 2.6 REQUIRED MODULE)

set(KERATIN_PRIVATE_LIBRARIES oneDNN::dnnl spdlog::spdlog ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})

# What components beside the core are built on. keratin_option(name text packages found…): an option that is on in
# Keratin's own build, and in another's where everything is found; on without them is an error that names the packages.
function(keratin_option name text packages)
  set(found ON)
  set(missing "")
  foreach(package ${ARGN})
    if(NOT ${package}_FOUND)
      set(found OFF)
      list(APPEND missing ${package})
    endif()
  endforeach()
  set(default ${found})
  if(PROJECT_IS_TOP_LEVEL)
    set(default ON)
  endif()
  option(${name} "${text}" ${default})
  if(${name} AND NOT found)
    list(JOIN missing ", " missing)
    message(FATAL_ERROR "${name} is on, and not found: ${missing}. Install them (Debian: ${packages}), "
                        "or leave the component out with -D${name}=OFF")
  endif()
endfunction()

find_package(ZipLibrary 1.5 QUIET MODULE)
find_package(HDF5Serial 1.10 QUIET MODULE)
find_package(nlohmann_json 3.9 QUIET CONFIG)
find_package(CLI11 2.1 QUIET CONFIG)
set(KERATIN_FILES_LIBRARIES ZipLibrary::zip HDF5Serial::hdf5)
