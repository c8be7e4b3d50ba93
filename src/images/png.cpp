#include <csetjmp>
#include <cstring>

#include <png.h>

#include "images/decode.h"

namespace keratin::inline v0::images {
namespace {

/// libpng jumps out of its functions on errors. So each function that calls it holds nothing that must be destroyed.
class Reader {
 public:
  explicit Reader(Bytes bytes) : left_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool read_header(int channels) noexcept {
    if (info_ == nullptr || setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, on_read);
    png_read_info(png_, info_);
    const bool has_color = (png_get_color_type(png_, info_) & PNG_COLOR_MASK_COLOR) != 0;
    const bool has_alpha =
        (png_get_color_type(png_, info_) & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png_, info_, PNG_INFO_tRNS) != 0;
    png_set_expand(png_);  // palettes, few bits and transparent colors become plain values
    png_set_strip_16(png_);
    if (channels == 1 && has_color) png_set_rgb_to_gray(png_, 1, 0.299, 0.587);
    if (channels > 1 && !has_color) png_set_gray_to_rgb(png_);
    if (channels < 4) png_set_strip_alpha(png_);
    if (channels == 4 && !has_alpha) png_set_add_alpha(png_, 255, PNG_FILLER_AFTER);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }
  bool read_rows(std::uint8_t* to, std::size_t row_bytes) noexcept {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    for (int pass = 0; pass < passes_; ++pass)
      for (std::size_t row = 0; row < height(); ++row) png_read_row(png_, to + row * row_bytes, nullptr);
    png_read_end(png_, nullptr);
    return true;
  }

  std::size_t height() const noexcept { return png_get_image_height(png_, info_); }
  std::size_t width() const noexcept { return png_get_image_width(png_, info_); }
  std::size_t row_bytes() const noexcept { return png_get_rowbytes(png_, info_); }
  const char* message() const noexcept { return message_; }

 private:
  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto* const self = static_cast<Reader*>(png_get_error_ptr(png));
    std::strncpy(self->message_, message, sizeof self->message_ - 1);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}
  static void on_read(png_structp png, png_bytep to, png_size_t count) {
    auto* const self = static_cast<Reader*>(png_get_io_ptr(png));
    if (self->left_.size() < count) png_error(png, "the data end too early");
    std::memcpy(to, self->left_.data(), count);
    self->left_ = self->left_.subspan(count);
  }

  Bytes left_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  char message_[200] = "there is no memory";
};

}  // namespace

Array decode_png(Bytes bytes, int channels, const std::string& name) {
  Reader reader(bytes);
  if (!reader.read_header(channels)) refuse(name, std::string("this is a damaged PNG: ") + reader.message());
  const auto height = static_cast<std::int64_t>(reader.height());
  const auto width = static_cast<std::int64_t>(reader.width());
  Array image = image_of(height, width, channels, name);
  const std::size_t row_bytes = reader.width() * static_cast<std::size_t>(channels);
  if (reader.row_bytes() != row_bytes) refuse(name, "this kind of PNG is not known");
  if (!reader.read_rows(image.mutable_data<std::uint8_t>().data(), row_bytes))
    refuse(name, std::string("this is a damaged PNG: ") + reader.message());
  return image;
}

}  // namespace keratin::inline v0::images
