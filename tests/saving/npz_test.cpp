// Archives that NumPy wrote are read, what is written comes back, and what is wrong is said by its name.
#include "keratin/saving/npz.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "files.h"

namespace {

using namespace keratin;
using keratin::test::content;
using keratin::test::data_file;
using keratin::test::expect_says;
using keratin::test::message_of;
using keratin::test::Scratch;

const std::vector<DType> numbers = {uint8, uint16, uint32,  uint64,  int8,    int16,
                                    int32, int64,  float16, float32, float64, complex64};

class NumPyArchive : public testing::TestWithParam<const char*> {};

TEST_P(NumPyArchive, IsReadWithAllItsDtypes) {
  const NamedArrays arrays = load_npz(data_file(GetParam()));
  for (const DType dtype : numbers) {
    const Array& array = arrays.at(name_of(dtype));
    ASSERT_EQ(array.dtype(), dtype);
    ASSERT_EQ(array.shape(), Shape({2, 3}));
    const double first = name_of(dtype).front() == 'u' ? 0 : -3;
    const Array plain = array.astype(float64);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(plain.data<double>()[std::size_t(i)], first + i) << name_of(dtype);
  }
  EXPECT_EQ(arrays["bool"].dtype(), boolean);
  EXPECT_FALSE(arrays["bool"].at<bool>({0, 0}));
  EXPECT_TRUE(arrays["bool"].at<bool>({1, 2}));
  const auto texts = arrays["texts"].data<std::string>();
  EXPECT_EQ(std::vector<std::string>(texts.begin(), texts.end()), (std::vector<std::string>{"", "abc", "häß€𝄞"}));
  EXPECT_EQ(arrays["scalar"].item<float>(), 2.5f);
  EXPECT_EQ(arrays["none"].shape(), Shape({0, 4}));
  EXPECT_EQ(arrays["fortran"].at<float>({1, 0}), 3.0f);
}

INSTANTIATE_TEST_SUITE_P(Both, NumPyArchive, testing::Values("stored.npz", "compressed.npz"),
                         [](const auto& instance) { return std::string(instance.param).substr(0, 6); });

TEST(Npz, WhatIsWrittenComesBackInItsOrder) {
  const Scratch scratch;
  const NamedArrays given = load_npz(data_file("stored.npz"));
  for (const bool compressed : {false, true}) {
    const std::string path = scratch.path(compressed ? "compressed.npz" : "stored.npz");
    save_npz(path, given, {.compressed = compressed});
    const NamedArrays read = load_npz(path);
    ASSERT_EQ(read.size(), given.size());
    for (auto a = given.begin(), b = read.begin(); a != given.end(); ++a, ++b) {
      EXPECT_EQ(a->first, b->first);
      ASSERT_EQ(a->second.dtype(), b->second.dtype());
      ASSERT_EQ(a->second.shape(), b->second.shape());
      if (a->second.dtype() == string) {
        EXPECT_EQ(a->second.data<std::string>()[2], b->second.data<std::string>()[2]);
      } else {
        EXPECT_TRUE(all_close(a->second, b->second, 0, 0)) << a->first;
      }
    }
  }
  EXPECT_LT(content(scratch.path("compressed.npz")).size(), content(scratch.path("stored.npz")).size());
}

TEST(Npz, StridedArraysAreWrittenAsTheyLook) {
  const Scratch scratch;
  const Array wide = Array::arange(12, float32).reshaped({3, 4});
  save_npz(scratch.path("a.npz"), {{"t", wide.transposed()}, {"every second", wide.sliced(1, 0, 4, 2)}});
  const NamedArrays read = load_npz(scratch.path("a.npz"));
  EXPECT_EQ(max_abs_difference(read["t"], wide.transposed()), 0);
  EXPECT_EQ(max_abs_difference(read["every second"], wide.sliced(1, 0, 4, 2)), 0);
}

TEST(Npz, AFileThatCantBeWrittenLeavesTheOldOne) {
  const Scratch scratch;
  const std::string path = scratch.path("a.npz");
  save_npz(path, {{"x", Array::ones({2})}});
  const std::string before = content(path);
  const Array half = Array::ones({2}).astype(bfloat16);
  expect_says(message_of<DTypeError>([&] { save_npz(path, {{"x", half}}); }), {"bfloat16"});
  expect_says(message_of<ValueError>([&] { save_npz(path, {{"x", Array()}, {"x", Array()}}); }), {"'x' twice"});
  expect_says(message_of<ValueError>([&] { save_npz(path, {}); }), {"at least one array"});
  EXPECT_EQ(content(path), before);
  expect_says(message_of<FileError>([&] {
                save_npz(scratch.path("no/folder.npz"), {{"x", Array()}});
              }),
              {"no/folder.npz", "can't be written"});
}

TEST(Npz, WrongFilesAreRefusedByName) {
  const Scratch scratch;
  expect_says(message_of<FileError>([&] { load_npz(scratch.path("missing.npz")); }), {"missing.npz", "No such file"});
  const std::string good = content(data_file("stored.npz"));
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, good.size() / 2, good.size() - 1}) {
    const std::string path = scratch.write("cut.npz", good.substr(0, length));
    expect_says(message_of<FileError>([&] { load_npz(path); }), {"cut.npz"});
  }
  std::string damaged = good;  // one bit of the first member's numbers
  damaged[damaged.find("\n", damaged.find("NUMPY")) + 3] ^= 1;
  const std::string path = scratch.write("damaged.npz", damaged);
  expect_says(message_of<FileError>([&] { load_npz(path); }), {"'bool.npy'", "damaged.npz", "CRC"});
  expect_says(message_of<FileError>([&] { load_npz(data_file("members.zip")); }), {"'stored.h5'", ".npy"});
  expect_says(message_of<KeyError>([&] { load_npz(data_file("stored.npz")).at("y"); }), {"'float32'", "'y'"});
}

}  // namespace
