#include "session/names.h"

namespace keratin::inline v0::session {

std::string Names::unique(std::string_view base) {
  std::int64_t& counter = counters_[std::string(base)];
  std::string name;
  do {
    name = std::string(base);
    if (counter > 0) name += "_" + std::to_string(counter);
    ++counter;
  } while (taken_.contains(name));
  return name;
}

void Names::give_back(const std::string& name) noexcept {
  const auto found = taken_.find(name);
  if (found != taken_.end() && --found->second == 0) taken_.erase(found);
}

void Names::restart() noexcept {
  decltype(counters_)().swap(counters_);
  decltype(taken_)().swap(taken_);
}

}  // namespace keratin::inline v0::session
