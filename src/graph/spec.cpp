#include "graph/spec.h"

#include <array>
#include <string_view>

namespace keratin::inline v0::graph {
namespace {

/// In the order of DType.
constexpr std::array<std::string_view, 15> short_names{"bool", "u8",  "u16",  "u32", "u64", "i8",  "i16", "i32",
                                                       "i64",  "f16", "bf16", "f32", "f64", "c64", "str"};

}  // namespace

std::string to_string(const Spec& spec) {
  std::string text(short_names[static_cast<std::size_t>(spec.dtype)]);
  text += '[';
  for (std::size_t i = 0; i < spec.shape.rank(); ++i) {
    if (i > 0) text += ',';
    const std::int64_t size = spec.shape.dims()[i];
    text += size < 0 ? "?" : std::to_string(size);
  }
  return text + ']';
}

}  // namespace keratin::inline v0::graph
