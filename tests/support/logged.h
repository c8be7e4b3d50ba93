#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/log.h"

namespace keratin::test {

/// What the library logs while it lives.
class Logged {
 public:
  Logged() {
    log::set_sink([this](log::Level, std::string_view message) {
      const std::lock_guard lock(mutex_);
      messages_.emplace_back(message);
    });
  }
  ~Logged() { log::set_sink({}); }
  Logged(const Logged&) = delete;
  Logged& operator=(const Logged&) = delete;

  std::vector<std::string> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  /// Those that have a text in them.
  std::vector<std::string> with(std::string_view text) const {
    std::vector<std::string> found;
    for (std::string& message : messages())
      if (message.find(text) != std::string::npos) found.push_back(std::move(message));
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
};

}  // namespace keratin::test
