#include "runtime/errors.h"

#include <string>

namespace keratin::inline v0::runtime {
namespace {

template <class E>
[[noreturn]] void rethrow_as(const Error& error, std::string_view owner, const SourceLine& where) {
  throw E(error.what(), std::string(owner), where);
}

}  // namespace

void rethrow_at(std::string_view owner, const SourceLine& where) {
  try {
    throw;
  } catch (const Error& error) {
    if (!error.layer_path().empty() || *error.where().file != '\0') throw;
    switch (error.code()) {
      case ErrorCode::value:
        rethrow_as<ValueError>(error, owner, where);
      case ErrorCode::shape:
        rethrow_as<ShapeError>(error, owner, where);
      case ErrorCode::dtype:
        rethrow_as<DTypeError>(error, owner, where);
      case ErrorCode::key:
        rethrow_as<KeyError>(error, owner, where);
      case ErrorCode::out_of_memory:
        rethrow_as<OutOfMemoryError>(error, owner, where);
      case ErrorCode::not_differentiable:
        rethrow_as<NotDifferentiableError>(error, owner, where);
      case ErrorCode::not_built:
        rethrow_as<NotBuiltError>(error, owner, where);
      case ErrorCode::internal:
        rethrow_as<InternalError>(error, owner, where);
      case ErrorCode::stale_handle:
      case ErrorCode::no_session:
      case ErrorCode::concurrent_use:
      case ErrorCode::session_busy:
      case ErrorCode::stateful:
      case ErrorCode::forked:
      case ErrorCode::file:
        throw;  // not a kernel's: they say where they come from
    }
    throw;
  }
}

}  // namespace keratin::inline v0::runtime
