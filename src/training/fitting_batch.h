#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace keratin::inline v0::training {

/// What an OutOfMemoryError's text adds: how many rows would fit where `rows` don't, as planning fewer shows. `fits`
/// plans so many and says whether there is room for them; what it throws means no. `subject`: "A batch_size of ".
std::string advice_on_rows(std::string_view subject, std::int64_t rows, const std::function<bool(std::int64_t)>& fits);

}  // namespace keratin::inline v0::training
