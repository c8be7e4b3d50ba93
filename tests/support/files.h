#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <unistd.h>

#include "keratin/core/error.h"

namespace keratin::test {

inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A folder that is gone with the test.
class Scratch {
 public:
  Scratch() {
    static int count = 0;
    folder_ = ::testing::TempDir() + "keratin_test_" + std::to_string(::getpid()) + "_" + std::to_string(count++);
    std::filesystem::create_directories(folder_);
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path(name);
  }

 private:
  std::string folder_;
};

/// The message with which `action` throws an Error of this class; "" where it throws none.
template <class Thrown, class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Thrown& error) {
    return error.what();
  }
  return {};
}

inline void expect_says(const std::string& message, std::initializer_list<std::string_view> parts) {
  EXPECT_FALSE(message.empty()) << "nothing was thrown";
  for (const std::string_view part : parts) EXPECT_NE(message.find(part), std::string::npos) << message;
}

}  // namespace keratin::test
