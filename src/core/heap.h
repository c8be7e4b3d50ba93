#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "keratin/core/error.h"
#include "keratin/core/export.h"

namespace keratin::inline v0::core {

/// For the catch of std::bad_alloc around what a user called: the same error as where an arena is refused memory, so
/// that one catch serves both. Throws std::bad_alloc again if there is no memory even for the text.
[[noreturn]] KERATIN_API void throw_heap_exhausted(std::string_view what, SourceLine where = {});

/// The words as one text where there is memory for it, else `shorter`, of at most 15 characters, which takes none. For
/// what must not fail.
std::string joined_or(std::initializer_list<std::string_view> words, std::string_view shorter) noexcept;

}  // namespace keratin::inline v0::core
