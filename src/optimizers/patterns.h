#pragma once

#include <string>
#include <string_view>

// Regular expressions on paths of variables. All throw ValueError for a pattern that is none, naming its owner.
namespace keratin::inline v0::optimizers {

void check_pattern(std::string_view owner, const std::string& pattern);
/// Whether a part of the path fits: Python's re.search.
bool is_found(const std::string& pattern, const std::string& path);
/// Whether the whole path fits: Python's re.fullmatch.
bool fits(const std::string& pattern, const std::string& path);

}  // namespace keratin::inline v0::optimizers
