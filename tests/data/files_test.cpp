// IDX and CIFAR files, plain, packed and damaged.
#include "keratin/data/files.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "data/byte_stream.h"
#include "data/packed.h"
#include "keratin/core/error.h"
#include "support/files.h"

namespace {

namespace kt = keratin;
using kt::test::expect_says;
using kt::test::message_of;
using kt::test::packed;
using std::string_literals::operator""s;

class DataFiles : public testing::Test {
 protected:
  kt::Array idx(std::string_view bytes) const { return kt::read_idx(scratch_.write("a.idx", bytes)); }
  kt::test::Scratch scratch_;
};

TEST_F(DataFiles, IdxHoldsArraysOfSixTypes) {
  const kt::Array bytes = idx("\0\0\x08\x02\0\0\0\x02\0\0\0\x03\x01\x02\x03\x04\x05\xFF"s);
  EXPECT_EQ(bytes.shape(), kt::Shape({2, 3}));
  EXPECT_EQ(bytes.dtype(), kt::uint8);
  EXPECT_EQ(bytes.at<int>({1, 2}), 255);
  EXPECT_EQ(idx("\0\0\x09\x01\0\0\0\x01\xFF"s).at<int>({0}), -1);
  EXPECT_EQ(idx("\0\0\x0B\x01\0\0\0\x01\xFF\xFE"s).at<int>({0}), -2);
  EXPECT_EQ(idx("\0\0\x0C\x01\0\0\0\x01\0\x01\0\x02"s).at<int>({0}), 65538);
  EXPECT_EQ(idx("\0\0\x0D\x01\0\0\0\x01\x3F\xC0\0\0"s).at<float>({0}), 1.5F);
  EXPECT_EQ(idx("\0\0\x0E\x01\0\0\0\x01\xC0\x04\0\0\0\0\0\0"s).at<double>({0}), -2.5);
  EXPECT_EQ(idx("\0\0\x08\x02\0\0\0\0\0\0\0\x03"s).shape(), kt::Shape({0, 3}));
}

TEST_F(DataFiles, DamagedIdxIsRefused) {
  const std::string whole = "\0\0\x08\x02\0\0\0\x02\0\0\0\x03\x01\x02\x03\x04\x05\x06"s;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(idx(whole.substr(0, size)), kt::FileError) << size;
  for (std::size_t size = 0; size < packed(whole).size(); ++size)
    EXPECT_THROW(idx(packed(whole).substr(0, size)), kt::FileError) << size;
  expect_says(message_of<kt::FileError>([&] { idx(whole + "x"); }), {"bytes follow"});
  expect_says(message_of<kt::FileError>([&] { idx("\x01\0\x08\x01"s); }), {"no IDX file"});
  expect_says(message_of<kt::FileError>([&] { idx("\0\0\x07\x01\0\0\0\x01\0"s); }), {"element type 7"});
  expect_says(message_of<kt::FileError>([&] { idx("\0\0\x08\x09\0\0\0\x01\0"s); }), {"dimensions"});
  // A header that promises more than there is allocates nothing.
  expect_says(message_of<kt::FileError>([&] { idx("\0\0\x08\x03\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s); }),
              {"ends too early"});
  EXPECT_THROW(kt::read_idx(scratch_.path("nothing")), kt::FileError);
}

TEST_F(DataFiles, GzipIsUnpackedMemberAfterMember) {
  const std::string path = scratch_.write("a.gz", packed("first ") + packed("second"));
  const auto stream = kt::data::open_file(path);
  std::array<std::byte, 12> bytes{};
  stream->read_all(bytes, "both");
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "first second");
  EXPECT_EQ(stream->read(bytes), 0U);
  std::string damaged = packed("some text that is long enough to be packed");
  damaged[20] = static_cast<char>(~damaged[20]);
  EXPECT_THROW(kt::data::open_file(scratch_.write("b.gz", damaged))->read_all(bytes, "text"), kt::FileError);
}

TEST_F(DataFiles, MnistIsFourFiles) {
  const auto write = [&](const std::string& part, const std::string& count) {
    std::string images = "\0\0\x08\x03"s + count + "\0\0\0\x02\0\0\0\x02"s;
    std::string labels = "\0\0\x08\x01"s + count;
    for (int i = 0; i < count.back(); ++i) {
      images += std::string(4, static_cast<char>(i));
      labels += static_cast<char>(i);
    }
    scratch_.write(part + "-images-idx3-ubyte.gz", packed(images));
    scratch_.write(part + "-labels-idx1-ubyte", labels);
  };
  write("train", "\0\0\0\x03"s);
  write("t10k", "\0\0\0\x01"s);
  const kt::Split split = kt::datasets::mnist(scratch_.path(""));
  EXPECT_EQ(split.train.x.shape(), kt::Shape({3, 2, 2}));
  EXPECT_EQ(split.train.x.at<int>({2, 1, 1}), 2);
  EXPECT_EQ(split.test.y.shape(), kt::Shape({1}));
  scratch_.write("t10k-labels-idx1-ubyte", "\0\0\x08\x01\0\0\0\x02\0\0"s);
  expect_says(message_of<kt::FileError>([&] { kt::datasets::mnist(scratch_.path("")); }), {"don't belong together"});
  EXPECT_THROW(kt::datasets::mnist(scratch_.path("elsewhere")), kt::FileError);
}

/// An image whose pixel (row, column) of a channel is channel · 80 + row + column.
std::string cifar_image() {
  std::string pixels;
  for (int channel = 0; channel < 3; ++channel)
    for (int row = 0; row < 32; ++row)
      for (int column = 0; column < 32; ++column) pixels += static_cast<char>(channel * 80 + row + column);
  return pixels;
}

TEST_F(DataFiles, CifarHasItsChannelsLast) {
  const std::string path = scratch_.write("batch.bin", "\x07" + cifar_image() + "\x02" + cifar_image());
  const kt::Examples examples = kt::read_cifar10(path);
  EXPECT_EQ(examples.x.shape(), kt::Shape({2, 32, 32, 3}));
  EXPECT_EQ(examples.x.dtype(), kt::uint8);
  EXPECT_EQ(examples.y.shape(), kt::Shape({2, 1}));
  EXPECT_EQ(examples.y.at<int>({0, 0}), 7);
  EXPECT_EQ(examples.x.at<int>({1, 3, 4, 2}), 167);

  const std::string hundred = scratch_.write("train.bin", "\x03\x2A" + cifar_image());
  scratch_.write("test.bin", packed("\x04\x0A" + cifar_image()));
  EXPECT_EQ(kt::read_cifar100(hundred).y.at<int>({0, 0}), 42);
  EXPECT_EQ(kt::datasets::cifar100(scratch_.path(""), "coarse").train.y.at<int>({0, 0}), 3);
  EXPECT_EQ(kt::datasets::cifar100(scratch_.path("")).test.y.at<int>({0, 0}), 10);
}

TEST_F(DataFiles, Cifar10IsSixFiles) {
  for (int i = 1; i <= 5; ++i)
    scratch_.write("data_batch_" + std::to_string(i) + ".bin", std::string(1, static_cast<char>(i)) + cifar_image());
  scratch_.write("test_batch.bin", "\x09" + cifar_image());
  const kt::Split split = kt::datasets::cifar10(scratch_.path(""));
  EXPECT_EQ(split.train.x.shape(), kt::Shape({5, 32, 32, 3}));
  EXPECT_EQ(split.train.y.at<int>({4, 0}), 5);
  EXPECT_EQ(split.test.y.at<int>({0, 0}), 9);
}

TEST_F(DataFiles, DamagedCifarIsRefused) {
  expect_says(
      message_of<kt::FileError>([&] { kt::read_cifar10(scratch_.write("a.bin", "\x01" + cifar_image() + "\x01")); }),
      {"ends too early", "image 1"});
  EXPECT_THROW(kt::read_cifar10(scratch_.write("a.bin", "")), kt::FileError);
}

}  // namespace
