#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it

#include <jerror.h>
#include <jpeglib.h>

#include "images/decode.h"

namespace keratin::inline v0::images {
namespace {

/// As with PNG: libjpeg jumps out of its functions.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
  }
  ~Reader() { jpeg_destroy_decompress(&info_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool read_header(int channels) noexcept {
    if (setjmp(jump_) != 0) return false;
    jpeg_create_decompress(&info_);
    jpeg_mem_src(&info_, bytes_.data(), static_cast<unsigned long>(bytes_.size()));
    jpeg_read_header(&info_, TRUE);
    const bool is_cmyk = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
    info_.out_color_space = is_cmyk ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    info_.dct_method = JDCT_IFAST;  // as TensorFlow and so Keras reads them
    jpeg_start_decompress(&info_);
    return true;
  }
  bool read_rows(std::uint8_t* to) noexcept {
    if (setjmp(jump_) != 0) return false;
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = to + std::size_t{info_.output_scanline} * info_.output_width * components();
      jpeg_read_scanlines(&info_, &row, 1);
    }
    jpeg_finish_decompress(&info_);
    return true;
  }

  std::size_t height() const noexcept { return info_.output_height; }
  std::size_t width() const noexcept { return info_.output_width; }
  std::size_t components() const noexcept { return static_cast<std::size_t>(info_.output_components); }
  /// Adobe's files hold CMYK the other way round.
  bool is_inverted() const noexcept { return info_.saw_Adobe_marker == TRUE; }
  const char* message() const noexcept { return message_; }

 private:
  [[noreturn]] static void on_error(j_common_ptr info) {
    auto* const self = static_cast<Reader*>(info->client_data);
    info->err->format_message(info, self->message_);
    std::longjmp(self->jump_, 1);
  }
  /// libjpeg goes on where data are missing or make no sense; an image of half grey is no image.
  static void on_message(j_common_ptr info, int level) {
    const int code = info->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE)) on_error(info);
  }

  Bytes bytes_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  std::jmp_buf jump_{};
  char message_[JMSG_LENGTH_MAX] = "";
};

std::uint8_t scaled(int value, int by) { return static_cast<std::uint8_t>(value * by / 255); }

/// Pixels of `components` each as pixels of `channels`.
void convert(Bytes from, std::size_t components, bool is_inverted, std::span<std::uint8_t> to, std::size_t channels) {
  for (std::size_t at = 0, out = 0; at < from.size(); at += components, out += channels) {
    std::uint8_t rgb[3];
    for (std::size_t i = 0; i < 3; ++i) {
      rgb[i] = from[components == 1 ? at : at + i];
      if (components != 4) continue;
      const int key = from[at + 3];
      rgb[i] = is_inverted ? scaled(rgb[i], key) : scaled(255 - rgb[i], 255 - key);
    }
    if (channels == 1) {
      to[out] =
          components == 1 ? rgb[0] : static_cast<std::uint8_t>((rgb[0] * 299 + rgb[1] * 587 + rgb[2] * 114) / 1000);
      continue;
    }
    for (std::size_t i = 0; i < 3; ++i) to[out + i] = rgb[i];
    if (channels == 4) to[out + 3] = 255;
  }
}

}  // namespace

Array decode_jpeg(Bytes bytes, int channels, const std::string& name) {
  Reader reader(bytes);
  if (!reader.read_header(channels)) refuse(name, std::string("this is a damaged JPEG: ") + reader.message());
  const auto height = static_cast<std::int64_t>(reader.height());
  const auto width = static_cast<std::int64_t>(reader.width());
  Array image = image_of(height, width, static_cast<std::int64_t>(reader.components()), name);
  if (!reader.read_rows(image.mutable_data<std::uint8_t>().data()))
    refuse(name, std::string("this is a damaged JPEG: ") + reader.message());
  if (reader.components() == static_cast<std::size_t>(channels) && channels != 4) return image;
  Array converted = image_of(height, width, channels, name);
  convert(image.data<std::uint8_t>(), reader.components(), reader.is_inverted(), converted.mutable_data<std::uint8_t>(),
          static_cast<std::size_t>(channels));
  return converted;
}

}  // namespace keratin::inline v0::images
