// Files that NumPy wrote are read, and what is wrong with a file is said by its name.
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <unistd.h>

#include "data/npy_files.h"
#include "keratin/core/array.h"
#include "keratin/core/error.h"

namespace {

using namespace keratin;

/// A file that is gone with the test. Its name is longer than what a std::string keeps inside of itself.
class Npy : public testing::Test {
 protected:
  Npy() : path_(testing::TempDir() + "keratin_npy_test_" + std::to_string(::getpid()) + ".npy") {}
  ~Npy() override { std::filesystem::remove(path_); }
  Npy(const Npy&) = delete;
  Npy& operator=(const Npy&) = delete;

  void write(std::string_view bytes) const {
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::string refusal() const {
    try {
      static_cast<void>(Array::load(path_));
    } catch (const FileError& error) {
      return error.what();
    }
    return "no refusal";
  }

  std::string path_;
};

TEST_F(Npy, ReadsWhatNumPyWrote) {
  write(npy_files::float32_c);
  EXPECT_EQ(max_abs_difference(Array::load(path_), Array::copy_of({0.f, .25f, .5f, .75f, 1.f, 1.25f}).reshaped({2, 3})),
            0.0);
  write(npy_files::float64_fortran);
  EXPECT_EQ(max_abs_difference(Array::load(path_), Array::arange(24, float64).reshaped({2, 3, 4})), 0.0);
}

TEST_F(Npy, ATruncatedFileIsNamed) {
  write(npy_files::float32_c.substr(0, npy_files::float32_c.size() - 1));
  EXPECT_EQ(refusal(), "The file '" + path_ +
                           "' can't be read as .npy: it is truncated: its data takes 24 bytes, and 23 "
                           "are there");
}

TEST_F(Npy, AMalformedHeaderIsShownWithoutItsBlanks) {
  std::string bytes(npy_files::float32_c);
  bytes[bytes.find(':')] = ';';
  write(bytes);
  const std::string text = refusal();
  EXPECT_TRUE(text.find("malformed") != std::string::npos && text.ends_with("(2, 3), }")) << text;
}

}  // namespace
