# Builds SOURCE into OUTPUT with the flags that keratin.pc gives, and runs it.
set(ENV{PKG_CONFIG_PATH} ${PC_DIR})
foreach(what cflags libs)
  execute_process(COMMAND ${PKG_CONFIG} --${what} keratin OUTPUT_VARIABLE ${what} OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(${what} UNIX_COMMAND "${${what}}")
endforeach()
execute_process(COMMAND ${CXX} -std=c++20 -Wall -Wextra -Werror ${cflags} ${SOURCE} -o ${OUTPUT} ${libs}
                        COMMAND_ERROR_IS_FATAL ANY)
set(ENV{LD_LIBRARY_PATH} ${LIB_DIR})
execute_process(COMMAND ${OUTPUT} COMMAND_ERROR_IS_FATAL ANY)
