#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "core/text.h"
#include "data/random_state.h"
#include "images/resize.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/images/images.h"

namespace keratin::inline v0 {
namespace {

namespace fs = std::filesystem;

/// Files with their labels, and what the labels mean.
struct Index {
  std::vector<std::string> paths;
  std::vector<std::int64_t> labels;
  std::vector<std::string> class_names;
};

bool is_image(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr std::array<std::string_view, 5> known = {".bmp", ".gif", ".jpeg", ".jpg", ".png"};
  return std::ranges::find(known, ending) != known.end();
}

[[noreturn]] void refuse_folder(const fs::path& folder, const std::string& why) {
  throw FileError("The folder '" + folder.string() + "' can't be read: " + why);
}

/// All images below, folder by folder in order of their paths, each folder's by name.
std::vector<std::string> images_below(const fs::path& folder, bool follow_links) {
  std::vector<std::pair<std::string, std::string>> found;
  std::error_code error;
  const auto options = follow_links ? fs::directory_options::follow_directory_symlink : fs::directory_options::none;
  for (fs::recursive_directory_iterator at(folder, options, error), end; at != end && !error; at.increment(error))
    if (!at->is_directory() && is_image(at->path()))
      found.emplace_back(at->path().parent_path().string(), at->path().filename().string());
  if (error) refuse_folder(folder, error.message());
  std::ranges::sort(found);
  std::vector<std::string> paths;
  paths.reserve(found.size());
  for (const auto& [parent, name] : found) paths.push_back((fs::path(parent) / name).string());
  return paths;
}

std::vector<std::string> folders_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; at != end && !error; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (at->is_directory() && !name.starts_with('.')) names.push_back(name);
  }
  if (error) refuse_folder(directory, error.message());
  std::ranges::sort(names);
  return names;
}

[[noreturn]] void refuse_class(const std::string& directory, const std::vector<std::string>& folders,
                               const std::string& name) {
  throw ValueError("image_dataset_from_directory: `class_names` must be folders of '" + directory +
                   "'. There are: " + core::listed(folders, "'") + ". Received: '" + name + "'");
}

Index inferred(const std::string& directory, const ImageDatasetOptions& options) {
  Index index;
  const std::vector<std::string> folders = folders_in(directory);
  index.class_names = options.class_names.empty() ? folders : options.class_names;
  for (std::size_t label = 0; label < index.class_names.size(); ++label) {
    const std::string& name = index.class_names[label];
    if (std::ranges::find(folders, name) == folders.end()) refuse_class(directory, folders, name);
    for (std::string& path : images_below(fs::path(directory) / name, options.follow_links)) {
      index.paths.push_back(std::move(path));
      index.labels.push_back(static_cast<std::int64_t>(label));
    }
  }
  return index;
}

Index indexed(const std::string& directory, const ImageDatasetOptions& options) {
  const bool has_labels = options.label_mode != LabelModeNames::none;
  if (!options.labels && has_labels) return inferred(directory, options);
  if (!options.class_names.empty())
    throw ValueError(
        "image_dataset_from_directory: `class_names` are those of folders; leave them out with `labels` or "
        "without labels. Received: class_names=" +
        core::listed(options.class_names, "'"));
  Index index;
  index.paths = images_below(directory, options.follow_links);
  if (!has_labels) return index;
  index.labels = *options.labels;
  if (index.labels.size() != index.paths.size())
    throw ValueError(
        "image_dataset_from_directory: each file needs a label. Received: " + std::to_string(index.labels.size()) +
        " labels for " + std::to_string(index.paths.size()) + " files of '" + directory + "'");
  std::vector<std::int64_t> classes = index.labels;
  std::ranges::sort(classes);
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  for (const std::int64_t label : classes) index.class_names.push_back(std::to_string(label));
  return index;
}

void check(const ImageDatasetOptions& options) {
  const auto refuse = [](const std::string& what, const std::string& received) {
    throw ValueError("image_dataset_from_directory: " + what + ". Received: " + received);
  };
  if (options.image_size.height < 1 || options.image_size.width < 1)
    refuse("`image_size` must be positive",
           std::to_string(options.image_size.height) + " × " + std::to_string(options.image_size.width));
  if (options.batch_size && *options.batch_size < 1)
    refuse("`batch_size` must be positive", std::to_string(*options.batch_size));
  const bool is_share = options.validation_split >= 0.0 && options.validation_split < 1.0;  // NaN is none
  if (!is_share) refuse("`validation_split` must be between 0 and 1", std::to_string(options.validation_split));
  if ((options.validation_split > 0.0) != (options.subset != SubsetNames::all))
    refuse("`subset` and `validation_split` go together",
           "subset=\"" + std::string(options.subset.name()) +
               "\", validation_split=" + std::to_string(options.validation_split));
  if (options.crop_to_aspect_ratio && options.pad_to_aspect_ratio)
    refuse("an image is either cropped or padded", "crop_to_aspect_ratio=true, pad_to_aspect_ratio=true");
}

template <class T>
void keep_subset(std::vector<T>& values, const ImageDatasetOptions& options) {
  const auto held_back = static_cast<std::ptrdiff_t>(options.validation_split * static_cast<double>(values.size()));
  if (options.subset == SubsetNames::training) values.erase(values.end() - held_back, values.end());
  if (options.subset == SubsetNames::validation) values.erase(values.begin(), values.end() - held_back);
}

Array label_array(std::int64_t label, LabelMode mode, std::int64_t classes) {
  if (mode == LabelModeNames::integer) return Array::scalar(static_cast<std::int32_t>(label));
  if (mode == LabelModeNames::binary) return Array::full({1}, static_cast<double>(label));
  Array row = Array::zeros({classes});
  if (label >= 0 && label < classes) row.mutable_data<float>()[static_cast<std::size_t>(label)] = 1.0f;
  return row;
}

Array image_at(const std::string& path, const ImageDatasetOptions& options) {
  const Array image = utils::load_img(path, {.color_mode = options.color_mode});
  const Array sized =
      options.crop_to_aspect_ratio  ? images::resized_with_crop(image, options.image_size, options.interpolation)
      : options.pad_to_aspect_ratio ? images::resized_with_pad(image, options.image_size, options.interpolation)
                                    : images::resized(image, options.image_size, options.interpolation);
  return options.data_format == ImageFormatNames::channels_first ? sized.transposed({2, 0, 1}) : sized;
}

/// Elements are paths and labels until they are mixed: a buffer of images would be large.
Dataset paths_and_labels(const std::shared_ptr<const Index>& index, LabelMode mode) {
  const auto classes = static_cast<std::int64_t>(index->class_names.size());
  return Dataset::from_function(static_cast<std::int64_t>(index->paths.size()), [=](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    Batch element{Array::scalar(index->paths[at])};
    if (mode != LabelModeNames::none) element.y = label_array(index->labels[at], mode, classes);
    return element;
  });
}

}  // namespace

ImageDataset image_dataset_from_directory(const std::string& directory, const ImageDatasetOptions& options) {
  check(options);
  auto index = std::make_shared<Index>(indexed(directory, options));
  if (options.label_mode == LabelModeNames::binary && index->class_names.size() != 2)
    throw ValueError("image_dataset_from_directory: label_mode \"binary\" needs two classes. Received: " +
                     core::listed(index->class_names, "'"));
  if (options.verbose)
    log::write(log::Level::info, "Found " + std::to_string(index->paths.size()) + " files belonging to " +
                                     std::to_string(index->class_names.size()) + " classes in '" + directory + "'.");
  if (options.shuffle) {
    const auto seed = static_cast<std::uint32_t>(options.seed);
    data::RandomState(seed).shuffle(std::span(index->paths));
    data::RandomState(seed).shuffle(std::span(index->labels));
  }
  keep_subset(index->paths, options);
  keep_subset(index->labels, options);
  if (index->paths.empty())
    throw ValueError(
        "image_dataset_from_directory: there are no images (.png, .jpg, .jpeg, .bmp). Received: the folder '" +
        directory + "'");

  Dataset dataset = paths_and_labels(index, options.label_mode);
  if (options.shuffle)
    dataset = dataset.shuffle(options.batch_size ? *options.batch_size * 8 : 1024, {.seed = options.seed});
  dataset = dataset.map([options](Batch element) {
    element.x = image_at(element.x[0].data<std::string>()[0], options);
    return element;
  });
  if (options.batch_size) dataset = dataset.batch(*options.batch_size);
  return {dataset.prefetch(2), index->class_names, index->paths};
}

}  // namespace keratin::inline v0
