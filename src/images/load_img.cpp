#include <algorithm>
#include <memory>
#include <string_view>

#include "data/byte_stream.h"
#include "images/decode.h"
#include "images/resize.h"
#include "keratin/core/error.h"
#include "keratin/images/images.h"

namespace keratin::inline v0 {
namespace {

std::vector<std::uint8_t> content(data::ByteStream& stream) {
  std::vector<std::uint8_t> bytes;
  std::size_t filled = 0;
  while (true) {
    bytes.resize(std::max<std::size_t>(filled * 2, 1U << 16U));
    const std::size_t count = stream.read(std::as_writable_bytes(std::span(bytes).subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  bytes.resize(filled);
  return bytes;
}

Array decoded(const std::string& path, int channels) {
  const std::unique_ptr<data::ByteStream> stream = data::open_file(path);
  const std::vector<std::uint8_t> bytes = content(*stream);
  const std::string_view begin(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 8));
  if (begin == "\x89PNG\r\n\x1a\n") return images::decode_png(bytes, channels, stream->name());
  if (begin.starts_with("\xFF\xD8\xFF")) return images::decode_jpeg(bytes, channels, stream->name());
  if (begin.starts_with("BM")) return images::decode_bmp(bytes, channels, stream->name());
  images::refuse(stream->name(), begin.starts_with("GIF8") ? "GIF images are not read; convert them to PNG"
                                                           : "it is no PNG, JPEG or BMP image");
}

}  // namespace

void images::refuse(const std::string& name, const std::string& why) {
  throw FileError(name + " can't be read as an image: " + why);
}

Array images::image_of(std::int64_t height, std::int64_t width, std::int64_t channels, const std::string& name) {
  constexpr std::int64_t most = std::int64_t{1} << 31U;
  if (height < 1 || width < 1 || height > most / width / channels)
    refuse(name, "its size is beyond reason: " + std::to_string(height) + " × " + std::to_string(width));
  return Array::empty({height, width, channels}, uint8);
}

Array utils::load_img(const std::string& path, const LoadImgOptions& options) {
  const int channels = options.color_mode == ColorModeNames::grayscale ? 1
                       : options.color_mode == ColorModeNames::rgb     ? 3
                                                                       : 4;
  Array image = decoded(path, channels);
  if (!options.target_size) return image;
  if (options.target_size->height < 1 || options.target_size->width < 1)
    throw ValueError("load_img: `target_size` must be positive. Received: " +
                     std::to_string(options.target_size->height) + " × " + std::to_string(options.target_size->width));
  return options.keep_aspect_ratio ? images::resized_with_crop(image, *options.target_size, options.interpolation)
                                   : images::resized(image, *options.target_size, options.interpolation);
}

}  // namespace keratin::inline v0
