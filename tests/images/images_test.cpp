#include "keratin/images/images.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "images/data/keras_folders.h"
#include "images/data/keras_images.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "support/files.h"
#include "support/tests_dir.h"

namespace {

namespace kt = keratin;
using kt::test::expect_says;
using kt::test::message_of;

std::string file(const std::string& name) { return kt::test::tests_file("images/data/" + name); }

std::string read(const std::string& name) { return kt::test::content(file(name)); }

TEST(Images, PixelsAreTensorFlows) {
  for (const kt::test::RecordedImage& recorded : kt::test::recorded_images) {
    const kt::Array image = kt::utils::load_img(file(recorded.file), recorded.options);
    const kt::Array expected = recorded.pixels.array();
    ASSERT_EQ(image.shape(), expected.shape());
    EXPECT_LT(kt::max_abs_difference(image.astype(kt::float32), expected), 1e-3)
        << recorded.file << ' ' << recorded.options.color_mode.name() << ' ' << recorded.options.interpolation.name();
  }
}

TEST(Images, FoldersAreKerass) {
  for (const kt::test::RecordedFolder& recorded : kt::test::recorded_folders) {
    kt::ImageDatasetOptions options = recorded.options;
    const kt::ImageDataset dataset = kt::image_dataset_from_directory(file("folder"), options);
    std::vector<std::string> files;
    for (const std::string& path : dataset.file_paths())
      files.push_back(std::filesystem::path(path).lexically_relative(file("folder")).string());
    EXPECT_EQ(files, recorded.files);
    if (!recorded.images.is_given()) continue;
    const kt::Array images = recorded.images.array();
    const kt::Array labels = recorded.labels.is_given() ? recorded.labels.array() : kt::Array();
    std::int64_t row = 0;
    for (const kt::Batch& batch : dataset) {
      const std::int64_t last = row + batch.x[0].shape()[0];
      EXPECT_LT(kt::max_abs_difference(batch.x[0].astype(kt::float32), images.rows(row, last)), 1e-3) << row;
      if (recorded.labels.is_given())
        EXPECT_EQ(kt::max_abs_difference(batch.y[0].astype(kt::float32), labels.rows(row, last)), 0);
      else
        EXPECT_TRUE(batch.y.empty());
      row = last;
    }
    EXPECT_EQ(row, images.shape()[0]);
  }
}

TEST(Images, ShufflingMixesImagesWithTheirLabels) {
  const auto dataset = kt::image_dataset_from_directory(
      file("folder"), {.color_mode = "grayscale", .batch_size = std::nullopt, .image_size = {2, 2}, .seed = 3});
  const auto ordered = kt::image_dataset_from_directory(
      file("folder"), {.color_mode = "grayscale", .batch_size = std::nullopt, .image_size = {2, 2}, .shuffle = false});
  EXPECT_EQ(dataset.class_names(), (std::vector<std::string>{"cat", "dog", "emu"}));
  EXPECT_EQ(dataset.cardinality(), 6);
  const auto pairs_of = [](const kt::Dataset& images) {
    std::vector<std::pair<float, int>> pairs;
    for (const kt::Batch& image : images) pairs.emplace_back(image.x[0].at<float>({0, 0, 0}), image.y[0].item<int>());
    return pairs;
  };
  auto first = pairs_of(dataset);
  EXPECT_NE(first, pairs_of(dataset));
  auto known = pairs_of(ordered);
  std::ranges::sort(first);
  std::ranges::sort(known);
  EXPECT_EQ(first, known);
}

TEST(Images, BitmapsAreRead) {
  // 2 × 2 pixels of 24 bits, from the bottom up, rows filled up to 8 bytes.
  const std::string pixels("\x01\x02\x03\x04\x05\x06\0\0\x07\x08\x09\x0A\x0B\x0C\0\0", 16);
  const std::string header("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x18\0\0\0\0\0", 34);
  const std::string bitmap = header + std::string(20, '\0') + pixels;
  const kt::test::Scratch scratch;
  const kt::Array image = kt::utils::load_img(scratch.write("a.bmp", bitmap));
  const std::vector<std::uint8_t> expected = {9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4};
  EXPECT_EQ(kt::max_abs_difference(image, kt::Array::copy_of(expected).reshaped({2, 2, 3})), 0);
  EXPECT_EQ(kt::utils::load_img(scratch.path("a.bmp"), {.color_mode = "rgba"}).at<int>({0, 0, 3}), 255);
  for (std::size_t size = 0; size < bitmap.size() - 2; ++size)
    EXPECT_THROW(kt::utils::load_img(scratch.write("b.bmp", bitmap.substr(0, size))), kt::FileError) << size;
}

TEST(Images, DamagedFilesAreRefused) {
  const kt::test::Scratch scratch;
  for (const char* name : {"rgb.png", "grey.jpg"}) {
    const std::string whole = read(name);
    for (std::size_t size = 0; size + 12 < whole.size(); size += 5)  // PNG's last chunk is 12 bytes that hold nothing
      EXPECT_THROW(kt::utils::load_img(scratch.write("image", whole.substr(0, size))), kt::FileError) << name << size;
  }
  std::string damaged = read("rgb.png");
  damaged[damaged.size() / 2] = static_cast<char>(~damaged[damaged.size() / 2]);
  expect_says(message_of<kt::FileError>([&] { kt::utils::load_img(scratch.write("x.png", damaged)); }),
              {"x.png", "damaged PNG"});
  expect_says(message_of<kt::FileError>([&] { kt::utils::load_img(scratch.write("x.gif", "GIF89a")); }), {"GIF"});
  expect_says(message_of<kt::FileError>([&] { kt::utils::load_img(scratch.write("x.png", "text")); }), {"no PNG"});
  EXPECT_THROW(kt::utils::load_img(scratch.path("nothing.png")), kt::FileError);
  EXPECT_THROW(kt::utils::load_img(file("rgb.png"), {.target_size = kt::ImageSize{0, 3}}), kt::ValueError);
}

TEST(Images, ADamagedFileOfAFolderIsNamedWhereItIsRead) {
  const kt::test::Scratch scratch;
  std::filesystem::create_directories(scratch.path("a"));
  scratch.write("a/1.png", read("rgb.png"));
  scratch.write("a/2.png", "text");
  const auto dataset = kt::image_dataset_from_directory(scratch.path(""), {.batch_size = 1, .shuffle = false});
  EXPECT_TRUE(dataset.next());
  expect_says(message_of<kt::FileError>([&] { dataset.next(); }), {"a/2.png"});
}

TEST(Images, OptionsThatDoNotFitAreRefused) {
  const auto of = [](const kt::ImageDatasetOptions& options) {
    return kt::image_dataset_from_directory(file("folder"), options);
  };
  EXPECT_THROW(of({.labels = std::vector<std::int64_t>{1, 2}}), kt::ValueError);
  EXPECT_THROW(of({.labels = std::vector<std::int64_t>{1, 2}, .class_names = {"cat"}}), kt::ValueError);
  EXPECT_THROW(of({.label_mode = "binary"}), kt::ValueError);
  EXPECT_THROW(of({.class_names = {"cow"}}), kt::ValueError);
  EXPECT_THROW(of({.batch_size = 0}), kt::ValueError);
  EXPECT_THROW(of({.image_size = {0, 3}}), kt::ValueError);
  EXPECT_THROW(of({.validation_split = 1.0, .subset = "training"}), kt::ValueError);
  EXPECT_THROW(of({.validation_split = 0.5}), kt::ValueError);
  EXPECT_THROW(of({.subset = "training"}), kt::ValueError);
  EXPECT_THROW(of({.crop_to_aspect_ratio = true, .pad_to_aspect_ratio = true}), kt::ValueError);
  EXPECT_THROW(kt::image_dataset_from_directory(file("nothing")), kt::FileError);
  const kt::test::Scratch scratch;
  std::filesystem::create_directories(scratch.path("empty"));
  EXPECT_THROW(kt::image_dataset_from_directory(scratch.path("")), kt::ValueError);
}

}  // namespace
