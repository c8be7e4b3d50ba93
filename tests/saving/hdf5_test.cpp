// Files that h5py wrote are read wherever their bytes lie, and what can't be read is refused by its name.
#include "saving/hdf5.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "files.h"
#include "saving/zip.h"

namespace {

using namespace keratin;
using keratin::saving::Archive;
using keratin::saving::Hdf5File;
using keratin::saving::open_file;
using keratin::test::content;
using keratin::test::data_file;
using keratin::test::expect_says;
using keratin::test::message_of;
using keratin::test::Scratch;

const std::string dense = "layers/dense/";

/// The same file, by itself, stored in an archive and deflated in one.
std::unique_ptr<saving::RandomAccess> bytes_of(const std::string& where) {
  if (where == "file") return open_file(data_file("weights.h5"));
  return Archive(data_file("members.zip")).random_access(where + ".h5");
}

class Hdf5 : public testing::TestWithParam<std::string> {};

TEST_P(Hdf5, ReadsAllDtypes) {
  const Hdf5File file(bytes_of(GetParam()));
  for (const DType dtype :
       {int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, bfloat16}) {
    const Array array = file.read(dense + std::string(name_of(dtype)));
    ASSERT_EQ(array.dtype(), dtype);
    ASSERT_EQ(array.shape(), Shape({2, 3}));
    const double first = name_of(dtype).front() == 'u' ? 0 : -3;
    for (std::int64_t i = 0; i < 6; ++i)
      EXPECT_EQ(array.astype(float64).at<double>({i / 3, i % 3}), first + double(i)) << name_of(dtype);
  }
  EXPECT_EQ(max_abs_difference(file.read(dense + "big_endian"), file.read(dense + "float32")), 0);
  EXPECT_EQ(max_abs_difference(file.read(dense + "chunked"), file.read(dense + "float32")), 0);
  EXPECT_EQ(file.read(dense + "bool").dtype(), boolean);
  EXPECT_TRUE(file.read(dense + "bool").at<bool>({0}));
  EXPECT_FALSE(file.read(dense + "bool").at<bool>({1}));
  EXPECT_EQ(file.read(dense + "scalar").shape(), Shape({}));
  EXPECT_EQ(file.read(dense + "scalar").item<float>(), 2.5f);
  EXPECT_EQ(file.read(dense + "none").shape(), Shape({0, 4}));
}

INSTANTIATE_TEST_SUITE_P(Everywhere, Hdf5, testing::Values("file", "stored", "deflated"),
                         [](const auto& instance) { return instance.param; });

TEST(Hdf5Paths, AreThoseOfDatasetsOnceAndNoneBehindLinks) {
  const Hdf5File file(bytes_of("file"));
  EXPECT_TRUE(file.contains(dense + "float32"));
  EXPECT_FALSE(file.contains("layers/soft"));
  EXPECT_FALSE(file.contains(dense + "vars"));
  EXPECT_EQ(std::ranges::count(file.paths(), "layers/dense_1/vars/10"), 1);
  for (const std::string& path : file.paths()) EXPECT_EQ(path.find("outside"), std::string::npos);
}

TEST(Hdf5Errors, WhatNoArrayHoldsIsRefusedByName) {
  const Hdf5File file(bytes_of("stored"));
  for (const char* const name : {"opaque", "text", "complex"})
    expect_says(message_of<DTypeError>([&] { file.read(dense + name); }), {dense + name, "'stored.h5'", "members.zip"});
  expect_says(message_of<FileError>([&] { file.read("layers/external"); }), {"layers/external", "another file"});
  expect_says(message_of<FileError>([&] { file.read("no/such"); }), {"'no/such'", "members.zip"});
}

TEST(Hdf5Errors, DamagedFilesAreRefusedAndNothingIsPrinted) {
  const Scratch scratch;
  const std::string good = content(data_file("weights.h5"));
  testing::internal::CaptureStderr();
  for (std::size_t length = 0; length < good.size(); length += 97) {
    const std::string path = scratch.write("cut.h5", good.substr(0, length));
    expect_says(message_of<FileError>([&] { Hdf5File{open_file(path)}; }), {"cut.h5"});
  }
  const std::string path = scratch.write("other.h5", "this is no HDF5 file at all, just text");
  expect_says(message_of<FileError>([&] { Hdf5File{open_file(path)}; }), {"other.h5", "HDF5"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Hdf5Errors, AFlippedBitIsFoundInAnArchive) {
  const Scratch scratch;
  std::string bytes = content(data_file("members.zip"));
  bytes[bytes.find("\x89HDF") + 3000] ^= 4;
  const Archive archive(scratch.write("flipped.zip", bytes));
  expect_says(message_of<FileError>([&] { archive.random_access("stored.h5"); }),
              {"'stored.h5'", "flipped.zip", "CRC"});
  EXPECT_EQ(archive.read("folder/text.txt"), "héllo\n");
}

/// Each byte of an archive spoilt in turn: read as it was, or refused with a typed error.
TEST(Hdf5Errors, SpoiltArchivesAreRefused) {
  const Scratch scratch;
  const std::string good = content(data_file("members.zip"));
  int refused = 0;
  for (std::size_t at = 0; at < good.size(); at += 41) {
    std::string spoilt = good;
    spoilt[at] = static_cast<char>(~spoilt[at]);
    try {
      const Archive archive(scratch.write("spoilt.zip", spoilt));
      for (const char* const member : {"stored.h5", "deflated.h5"})
        EXPECT_EQ(Hdf5File(archive.random_access(member)).read(dense + "float32").at<float>({1, 2}), 2.0f);
    } catch (const FileError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(Hdf5Threads, TakeTurns) {
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const Hdf5File file(bytes_of(round % 2 == 0 ? "file" : "stored"));
        right += file.read(dense + "float32").at<float>({1, 2}) == 2.0f;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 80);
}

}  // namespace
