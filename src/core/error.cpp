#include "keratin/core/error.h"

#include <string_view>

namespace keratin::inline v0 {
namespace {

/// The message with the layer and the line it came from, unless it names them already.
std::string with_context(const std::string& message, const std::string& layer_path, const SourceLine& where) {
  const std::string line = to_string(where);
  const bool name_layer = !layer_path.empty() && message.find(layer_path) == std::string::npos;
  const bool name_line = !line.empty() && message.find(line) == std::string::npos;
  if (!name_layer && !name_line) return message;
  std::string text = message + " [";
  if (name_layer) text += "layer '" + layer_path + "'";
  if (name_layer && name_line) text += ", ";
  if (name_line) text += "at " + line;
  return text + "]";
}

}  // namespace

std::string to_string(const SourceLine& where) {
  std::string_view file = where.file == nullptr ? "" : where.file;
  if (file.empty()) return {};
  if (const std::size_t slash = file.rfind('/'); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return std::string(file) + ":" + std::to_string(where.line);
}

Error::Error(ErrorCode code, const std::string& message, std::string layer_path, SourceLine where)
    : std::runtime_error(with_context(message, layer_path, where)),
      code_(code),
      layer_path_(std::move(layer_path)),
      where_(where) {}

// The destructors are defined here so that each class has one type_info, in the library: it can be caught across
// shared objects.
Error::~Error() = default;
ValueError::~ValueError() = default;
ShapeError::~ShapeError() = default;
DTypeError::~DTypeError() = default;
KeyError::~KeyError() = default;
StaleHandleError::~StaleHandleError() = default;
NoSessionError::~NoSessionError() = default;
ConcurrentUseError::~ConcurrentUseError() = default;
SessionBusyError::~SessionBusyError() = default;
OutOfMemoryError::~OutOfMemoryError() = default;
NotDifferentiableError::~NotDifferentiableError() = default;
FileError::~FileError() = default;
NotBuiltError::~NotBuiltError() = default;
StatefulError::~StatefulError() = default;
ForkedError::~ForkedError() = default;
InternalError::~InternalError() = default;

}  // namespace keratin::inline v0
