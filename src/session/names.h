#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace keratin::inline v0::session {

/// Keras's names: "dense", "dense_1", …, counted by base; those given by the user are left alone and kept free.
class Names {
 public:
  std::string unique(std::string_view base);
  void take(const std::string& name) { ++taken_[name]; }
  /// One of those that took the name has ended.
  void give_back(const std::string& name) noexcept;
  /// Counts anew, and gives the memory back.
  void restart() noexcept;

 private:
  std::unordered_map<std::string, std::int64_t> counters_;
  std::unordered_map<std::string, std::int64_t> taken_;  ///< how often
};

}  // namespace keratin::inline v0::session
