# What `install` puts in place: headers, libraries, the CMake package Keratin, keratin.pc, licence and notices.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Keratin)

install(TARGETS keratin_core keratin EXPORT KeratinTargets)
install(EXPORT KeratinTargets NAMESPACE keratin:: DESTINATION ${package_dir})
install(DIRECTORY include/keratin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE docs/third-party.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(cmake/KeratinConfig.cmake.in KeratinConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(KeratinConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/KeratinConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/KeratinConfigVersion.cmake
              cmake/FindoneDNN.cmake DESTINATION ${package_dir})

# A static library leaves its dependencies to the program that links it; a shared one brings them along.
set(pc_cflags "")
set(pc_libs "")
if(NOT BUILD_SHARED_LIBS)
  get_filename_component(dnnl_dir "${oneDNN_LIBRARY}" DIRECTORY)
  if(NOT dnnl_dir IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    set(pc_libs " -L${dnnl_dir} -Wl,-rpath,${dnnl_dir}")
  endif()
  set(pc_cflags " -DKERATIN_STATIC")
  string(APPEND pc_libs " -ldnnl -lspdlog -lfmt -lz -pthread")
endif()
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR absolute_libdir)
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_INCLUDEDIR absolute_includedir)
cmake_path(APPEND pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
# pcfiledir keeps the file right when the whole prefix is moved, or chosen at install time.
file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
if(absolute_libdir OR absolute_includedir)
  set(pc_prefix_line "prefix=${CMAKE_INSTALL_PREFIX}")
else()
  set(pc_prefix_line "prefix=\${pcfiledir}/${pc_prefix}")
endif()
configure_file(cmake/keratin.pc.in keratin.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/keratin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
