#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/array.h"
#include "keratin/core/choice.h"
#include "keratin/core/export.h"
#include "keratin/data/dataset.h"

/// Images from files: the component keratin::images. Where it is left out of the build, each function throws
/// NotBuiltError.
namespace keratin::inline v0 {

struct ColorModeNames {
  enum Value : unsigned char { rgb, rgba, grayscale };
  static constexpr std::string_view names[] = {"rgb", "rgba", "grayscale"};
};
class ColorMode : public Choice<ColorModeNames> {
 public:
  KERATIN_CHOICE_NAMES(ColorMode, ColorModeNames, "color modes")
};

struct ImageInterpolationNames {
  enum Value : unsigned char { bilinear, nearest, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic };
  static constexpr std::string_view names[] = {"bilinear", "nearest",  "bicubic",  "area",
                                               "lanczos3", "lanczos5", "gaussian", "mitchellcubic"};
};
/// How images are resized: as `tf.image.resize` does, without antialiasing.
class ImageInterpolation : public Choice<ImageInterpolationNames> {
 public:
  KERATIN_CHOICE_NAMES(ImageInterpolation, ImageInterpolationNames, "interpolations")
};

struct LabelModeNames {
  enum Value : unsigned char { integer, categorical, binary, none };
  static constexpr std::string_view names[] = {"int", "categorical", "binary", "none"};
};
class LabelMode : public Choice<LabelModeNames> {
 public:
  KERATIN_CHOICE_NAMES(LabelMode, LabelModeNames, "label modes")
};

struct SubsetNames {
  enum Value : unsigned char { all, training, validation };
  static constexpr std::string_view names[] = {"all", "training", "validation"};
};
/// Keras's "both" is a call for each.
class Subset : public Choice<SubsetNames> {
 public:
  KERATIN_CHOICE_NAMES(Subset, SubsetNames, "subsets")
};

struct ImageFormatNames {
  enum Value : unsigned char { channels_last, channels_first };
  static constexpr std::string_view names[] = {"channels_last", "channels_first"};
};
class ImageFormat : public Choice<ImageFormatNames> {
 public:
  KERATIN_CHOICE_NAMES(ImageFormat, ImageFormatNames, "data formats")
};

struct ImageSize {
  std::int64_t height = 256;
  std::int64_t width = 256;
};

namespace utils {

struct LoadImgOptions {
  ColorMode color_mode = ColorModeNames::rgb;
  std::optional<ImageSize> target_size = std::nullopt;
  ImageInterpolation interpolation = ImageInterpolationNames::nearest;
  bool keep_aspect_ratio = false;  ///< cuts to the target's ratio first
};
/// A PNG, JPEG or BMP file as an array (height, width, channels) of values 0 … 255: uint8 as it is and resized by
/// "nearest", else float32. 16-bit values lose their lower byte. Throws FileError for a file that can't be read, is
/// damaged or of another kind. `keras.utils.load_img` and `img_to_array`.
KERATIN_API Array load_img(const std::string& path, const LoadImgOptions& options = {});

}  // namespace utils

/// What image_dataset_from_directory takes, in Keras's order.
struct ImageDatasetOptions {
  std::optional<std::vector<std::int64_t>> labels = std::nullopt;  ///< nothing: inferred from the folders
  LabelMode label_mode = LabelModeNames::integer;
  std::vector<std::string> class_names = {};  ///< the folders to take, and their order; empty: all, sorted
  ColorMode color_mode = ColorModeNames::rgb;
  std::optional<std::int64_t> batch_size = 32;  ///< nothing: one image after the other
  ImageSize image_size = {};
  bool shuffle = true;
  std::uint64_t seed = 0;
  double validation_split = 0.0;
  Subset subset = SubsetNames::all;
  ImageInterpolation interpolation = ImageInterpolationNames::bilinear;
  bool follow_links = false;
  bool crop_to_aspect_ratio = false;
  bool pad_to_aspect_ratio = false;
  ImageFormat data_format = ImageFormatNames::channels_last;
  bool verbose = true;  ///< logs how many files there are
};

/// A Dataset that knows what it was made of.
class KERATIN_API ImageDataset : public Dataset {
 public:
  ImageDataset(Dataset dataset, std::vector<std::string> class_names, std::vector<std::string> file_paths)
      : Dataset(std::move(dataset)), class_names_(std::move(class_names)), file_paths_(std::move(file_paths)) {}
  const std::vector<std::string>& class_names() const noexcept { return class_names_; }
  const std::vector<std::string>& file_paths() const noexcept { return file_paths_; }

 private:
  std::vector<std::string> class_names_;
  std::vector<std::string> file_paths_;
};

/// Images of a folder. Each folder in it is a class; with `labels` given, or label_mode "none", all images below it
/// are taken as they are sorted. x: (batch, height, width, channels), float32 of 0 … 255 (uint8 with "nearest"); y:
/// int32 (batch,), of "categorical" float32 (batch, classes), of "binary" float32 (batch, 1).
/// The order of files, and so what `validation_split` holds back, is Keras's for the same seed; then elements are mixed
/// as `shuffle(8 · batch_size, {seed})` does. Images are read as they are asked for, two batches ahead on a thread.
/// Throws FileError for a folder that can't be read, ValueError for options that don't fit and where there is no image;
/// iterating throws FileError for an image that can't be read. `keras.utils.image_dataset_from_directory`.
KERATIN_API ImageDataset image_dataset_from_directory(const std::string& directory,
                                                      const ImageDatasetOptions& options = {});

}  // namespace keratin::inline v0
