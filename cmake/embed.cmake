# keratin_embed(target file symbol header): compiles a data file into target. `header`, an include of the source tree,
# declares `std::span<const std::byte> symbol() noexcept`, which the generated file defines.
function(keratin_embed target file symbol header)
  get_filename_component(input "${file}" ABSOLUTE)
  string(MAKE_C_IDENTIFIER "${symbol}" name)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.cpp")
  set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_file.cmake")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} "-DINPUT=${input}" "-DOUTPUT=${output}" "-DSYMBOL=${symbol}" "-DHEADER=${header}" -P
            "${script}"
    DEPENDS "${input}" "${script}"
    COMMENT "Embedding ${file}"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}")
endfunction()
