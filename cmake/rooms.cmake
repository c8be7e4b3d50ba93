# A room is a folder under src/ with its sub-folders, and one OBJECT library keratin_room_<name>; rooms are gathered into
# components, the libraries that are installed.

# What every file of the library is compiled with.
add_library(keratin_settings INTERFACE)
target_include_directories(keratin_settings INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(keratin_settings INTERFACE EIGEN_MPL2_ONLY $<$<NOT:$<BOOL:${BUILD_SHARED_LIBS}>>:KERATIN_STATIC>)
target_link_libraries(keratin_settings INTERFACE ${KERATIN_PRIVATE_LIBRARIES} Eigen3::Eigen)

# Rooms whose own code takes no time: they describe, trace, check, report, and leave work to kernels and to the C library. They are
# compiled for size, which makes the library a third smaller. Of the core, what has loops over elements or is asked in each step is
# not.
set(KERATIN_ROOMS_FOR_SIZE core data graph ops runtime session initializers regularizers constraints activations layers losses
                           metrics optimizers training diagnostics serving saving remote testing cli)
set(KERATIN_CORE_FOR_SPEED array_convert parallel philox)

# And kernels that no step waits for: what is done when a plan is made, and dtypes that programs seldom compute in. Others gain
# nothing of -O3, which makes them a third larger: they order, copy rows, or have their loops elsewhere.
set(KERATIN_KERNELS_FOR_SIZE elementwise/casts elementwise/idioms elementwise/other_loops elementwise/schedule movement/movement
                             onednn/convolution onednn/handles sequence/ctc_decode)
set(KERATIN_KERNELS_FOR_LESS crossentropy eigen/matmul elementwise/broadcast elementwise/elementwise indexing/ordering
                             indexing/scatter indexing/take onednn/runner reduce reduce_functions sequence/ctc_loss softmax)
set(KERATIN_KERNELS_OF_VECTORS batch_norm/loops elementwise/loops normalization/layer_norm reduce softmax)

# Relative relocations, of which tables of functions have many, in a tenth of their room: where the system's loader knows them.
include(CheckCXXSourceRuns)
set(CMAKE_REQUIRED_LINK_OPTIONS -Wl,-z,pack-relative-relocs)
check_cxx_source_runs("int main() { return 0; }" KERATIN_PACKS_RELOCATIONS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)

# What nearly every file of the library includes is compiled once for each kind of room. It is a help to the compiler alone: each
# file includes what it uses.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/rooms/precompiled.cpp
     CONTENT "// What the precompiled header of the library is compiled for.\n")
function(keratin_precompiled target)
  add_library(${target} OBJECT ${PROJECT_BINARY_DIR}/rooms/precompiled.cpp)
  target_link_libraries(${target} PRIVATE keratin_settings)
  keratin_warnings(${target})
  target_compile_options(${target} PRIVATE ${ARGN})
  target_precompile_headers(
    ${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <functional> <memory> <memory_resource> <optional> <span> <string>
    <string_view> <unordered_map> <utility> <vector> <keratin/core/error.h> <keratin/core/array.h> <keratin/graph/tensor.h>
    <keratin/ops/math.h>)
endfunction()
set(KERATIN_FOR_SIZE $<$<CONFIG:Release>:-Os>)
set(KERATIN_FOR_SPEED $<$<CONFIG:Release>:-O2>)  # CMake's -O3 makes rooms larger that have no loops to speak of
keratin_precompiled(keratin_rooms_precompiled ${KERATIN_FOR_SPEED})
keratin_precompiled(keratin_rooms_precompiled_for_size ${KERATIN_FOR_SIZE})

# Files named after an instruction set are the only ones that may use it; the rest is baseline x86-64.
function(keratin_instruction_sets)
  foreach(source ${ARGN})
    if(source MATCHES "_avx2\\.cpp$")
      set(options -mavx2 -mfma -mf16c -ffp-contract=on)
    elseif(source MATCHES "_avx512\\.cpp$")
      set(options -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -ffp-contract=on)
    else()
      continue()
    endif()
    # g++ 12 takes its own intrinsics' deliberately undefined registers for a mistake (GCC bug 105593).
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      list(APPEND options -Wno-uninitialized -Wno-maybe-uninitialized)
    endif()
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${options}")
  endforeach()
endfunction()

function(keratin_room room)
  set(target keratin_room_${room})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/absent/")  # what stands in for a room that is left out
  if(NOT sources)  # a room of headers alone: CMake wants a file all the same
    set(sources ${PROJECT_BINARY_DIR}/rooms/${room}.cpp)
    file(CONFIGURE OUTPUT ${sources} CONTENT "// The room ${room} has headers alone.\n")
  endif()
  add_library(${target} OBJECT ${sources})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${target} PRIVATE keratin_settings)
  keratin_warnings(${target})
  if(NOT room STREQUAL "kernels")  # whose options are its own
    if(room IN_LIST KERATIN_ROOMS_FOR_SIZE)
      target_compile_options(${target} PRIVATE ${KERATIN_FOR_SIZE})
      target_precompile_headers(${target} REUSE_FROM keratin_rooms_precompiled_for_size)
      if(room STREQUAL "core")
        foreach(file ${KERATIN_CORE_FOR_SPEED})
          set_source_files_properties(${PROJECT_SOURCE_DIR}/src/core/${file}.cpp PROPERTIES
                                      COMPILE_OPTIONS "${KERATIN_FOR_SPEED}" SKIP_PRECOMPILE_HEADERS ON)
        endforeach()
      endif()
    else()
      target_compile_options(${target} PRIVATE ${KERATIN_FOR_SPEED})
      target_precompile_headers(${target} REUSE_FROM keratin_rooms_precompiled)
    endif()
    # A precompiled system header is no longer one to g++ 12, which is wrong about std::string there (GCC bugs 105329, 105762).
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-restrict -Wno-stringop-overread -Wno-stringop-overflow)
    endif()
  else()
    keratin_instruction_sets(${sources})
    # Loops become vectors where nobody asks for errno or floating-point traps; no value changes with these two.
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release,RelWithDebInfo>:-O3> -fno-math-errno -fno-trapping-math)
    foreach(file ${KERATIN_KERNELS_FOR_SIZE})
      set_source_files_properties(${PROJECT_SOURCE_DIR}/src/kernels/${file}.cpp PROPERTIES COMPILE_OPTIONS "${KERATIN_FOR_SIZE}")
    endforeach()
    foreach(file ${KERATIN_KERNELS_FOR_LESS})
      set_source_files_properties(${PROJECT_SOURCE_DIR}/src/kernels/${file}.cpp PROPERTIES COMPILE_OPTIONS "${KERATIN_FOR_SPEED}")
    endforeach()
    # Loops over elements that are written for vectors, or by the hundred: vectors are all that they gain of -O3.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      foreach(file ${KERATIN_KERNELS_OF_VECTORS})
        foreach(level baseline avx2 avx512)
          set_property(SOURCE ${PROJECT_SOURCE_DIR}/src/kernels/${file}_${level}.cpp APPEND PROPERTY COMPILE_OPTIONS
                       ${KERATIN_FOR_SPEED} -ftree-vectorize -fvect-cost-model=dynamic)
        endforeach()
      endforeach()
    endif()
  endif()
endfunction()

# keratin_rooms(room…): these rooms, added to KERATIN_ROOMS.
function(keratin_rooms)
  foreach(room ${ARGN})
    keratin_room(${room})
  endforeach()
  set(KERATIN_ROOMS ${KERATIN_ROOMS} ${ARGN} PARENT_SCOPE)
endfunction()

# keratin_component(name ROOMS … LIBRARIES … [ABOVE component]): the library keratin_<name> of these rooms, with the
# target keratin::<name>. LIBRARIES are private; ABOVE is the component that it builds on, and brings along.
function(keratin_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ABOVE" "ROOMS;LIBRARIES")
  set(target keratin_${name})
  list(TRANSFORM arg_ROOMS REPLACE "^(.+)$" "$<TARGET_OBJECTS:keratin_room_\\1>" OUTPUT_VARIABLE objects)
  add_library(${target} ${objects})
  add_library(keratin::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION} LINKER_LANGUAGE CXX
                                             EXPORT_NAME ${name} INSTALL_RPATH "$ORIGIN"
                                             INSTALL_RPATH_USE_LINK_PATH ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
  if(arg_ABOVE)
    target_link_libraries(${target} PUBLIC keratin_${arg_ABOVE})
  endif()
  set_property(GLOBAL APPEND PROPERTY KERATIN_COMPONENTS ${target})
  if(BUILD_SHARED_LIBS)
    # Calls between the library's own functions, and its tables of virtual ones, need no lookup when programs start.
    target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,-O1 -Wl,-Bsymbolic
                                          $<$<BOOL:${KERATIN_PACKS_RELOCATIONS}>:-Wl,-z,pack-relative-relocs>
                                          -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/hidden.map)
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/hidden.map)
    if(NOT KERATIN_SANITIZE)
      target_link_options(${target} PRIVATE -Wl,--no-undefined)
    endif()
  else()
    target_compile_definitions(${target} PUBLIC KERATIN_STATIC)
  endif()
endfunction()

# keratin_internals(library…): the target keratin_internal, the library with its hidden symbols and its inner headers, so that tests
# and benchmarks reach the parts inside, in a shared build too.
function(keratin_internals)
  if(BUILD_SHARED_LIBS)
    list(TRANSFORM KERATIN_ROOMS REPLACE "^(.+)$" "$<TARGET_OBJECTS:keratin_room_\\1>" OUTPUT_VARIABLE objects)
    add_library(keratin_internal STATIC EXCLUDE_FROM_ALL ${objects})
    set_target_properties(keratin_internal PROPERTIES LINKER_LANGUAGE CXX)
    target_link_libraries(keratin_internal PUBLIC keratin_settings ${ARGN})
  else()
    get_property(components GLOBAL PROPERTY KERATIN_COMPONENTS)
    add_library(keratin_internal INTERFACE)
    target_link_libraries(keratin_internal INTERFACE ${components} keratin_settings ${ARGN})
  endif()
endfunction()
