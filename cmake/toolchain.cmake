# Compiler, build type, sanitizers, ccache: what is the same for every target of ours.
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  message(FATAL_ERROR "Keratin is written for x86-64. Received: ${CMAKE_SYSTEM_PROCESSOR}")
endif()
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
   OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16))
  message(FATAL_ERROR "Keratin needs g++ 12 or clang++ 16 or newer. "
                      "Received: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
endif()

if(PROJECT_IS_TOP_LEVEL)
  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT multi_config AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
  endif()
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(KERATIN_SANITIZE)
  add_compile_options(-fsanitize=${KERATIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${KERATIN_SANITIZE})
endif()

if(KERATIN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(KERATIN_CCACHE_PROGRAM ccache)
  mark_as_advanced(KERATIN_CCACHE_PROGRAM)
  if(KERATIN_CCACHE_PROGRAM)
    # The sloppiness is what ccache asks for with precompiled headers. Paths are taken relative to
    # the project, so that every build folder and every clone shares what one has compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${KERATIN_CCACHE_PROGRAM})
  endif()
endif()
