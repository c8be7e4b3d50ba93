#pragma once

#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

enum class ErrorCode : std::uint8_t {
  value,               ///< an argument's value is not allowed
  shape,               ///< shapes don't fit
  dtype,               ///< a dtype isn't supported there
  key,                 ///< no entry of that name
  stale_handle,        ///< a handle outlived what it stood for
  no_session,          ///< no session is open on this thread
  concurrent_use,      ///< a second thread entered a session
  session_busy,        ///< not allowed while fit runs on the session
  out_of_memory,       ///< over the budget, or the system refused
  not_differentiable,  ///< a gradient was asked through an op that has none
  file,                ///< a file can't be read or written
  not_built,           ///< a component or a layer isn't built
  stateful,            ///< the states of recurrent layers would be mixed up
  forked,              ///< a session was used in a child process of the one that made it
  internal,            ///< a defect of the library
};

/// Where in the user's source something was asked for; empty file name if unknown.
struct SourceLine {
  const char* file = "";
  std::uint32_t line = 0;

  constexpr SourceLine() noexcept = default;
  constexpr SourceLine(const std::source_location& where) noexcept : file(where.file_name()), line(where.line()) {}
};
/// "train.cpp:42", or "" if unknown.
KERATIN_API std::string to_string(const SourceLine& where);

/// The root of all that the library throws. what() says what, where, what was received and what to do.
class KERATIN_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string layer_path = {}, SourceLine where = {});
  ~Error() override;

  ErrorCode code() const noexcept { return code_; }
  /// Path of the layer that was at work ("sequential/dense_1"), or empty.
  const std::string& layer_path() const noexcept { return layer_path_; }
  const SourceLine& where() const noexcept { return where_; }

 private:
  ErrorCode code_;
  std::string layer_path_;
  SourceLine where_;
};

// One class a code, so that a caller can catch what it can handle.
#define KERATIN_ERROR(Name, code_value)                                                           \
  class KERATIN_API Name : public Error {                                                         \
   public:                                                                                        \
    explicit Name(const std::string& message, std::string layer_path = {}, SourceLine where = {}) \
        : Error(ErrorCode::code_value, message, std::move(layer_path), where) {}                  \
    ~Name() override;                                                                             \
  };
KERATIN_ERROR(ValueError, value)
KERATIN_ERROR(ShapeError, shape)
KERATIN_ERROR(DTypeError, dtype)
KERATIN_ERROR(KeyError, key)
KERATIN_ERROR(StaleHandleError, stale_handle)
KERATIN_ERROR(NoSessionError, no_session)
KERATIN_ERROR(ConcurrentUseError, concurrent_use)
KERATIN_ERROR(SessionBusyError, session_busy)
KERATIN_ERROR(OutOfMemoryError, out_of_memory)
KERATIN_ERROR(NotDifferentiableError, not_differentiable)
KERATIN_ERROR(FileError, file)
KERATIN_ERROR(NotBuiltError, not_built)
KERATIN_ERROR(StatefulError, stateful)
KERATIN_ERROR(ForkedError, forked)
KERATIN_ERROR(InternalError, internal)
#undef KERATIN_ERROR

}  // namespace keratin::inline v0
