// Windows bitmaps without compression: 24 or 32 bits a pixel, or 8 with a palette.
#include "images/decode.h"

namespace keratin::inline v0::images {
namespace {

class Header {
 public:
  Header(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {
    constexpr std::size_t least = 54;
    if (bytes.size() < least) refuse(name, "this is a damaged BMP: the data end too early");
    pixels_at = number(10, 4);
    palette_at = 14 + number(14, 4);
    width = static_cast<std::int32_t>(number(18, 4));
    const auto signed_height = static_cast<std::int32_t>(number(22, 4));
    is_top_down = signed_height < 0;
    height = is_top_down ? -std::int64_t{signed_height} : signed_height;
    bits = number(28, 2);
    const std::uint32_t compression = number(30, 4);
    if (compression != 0 || (bits != 8 && bits != 24 && bits != 32))
      refuse(name, "only BMP files without compression of 8, 24 or 32 bits are read. Received: " +
                       std::to_string(bits) + " bits, compression " + std::to_string(compression));
    if (width < 1 || height < 1) refuse(name, "this is a damaged BMP: it has no pixels");
  }

  std::int64_t width = 0;
  std::int64_t height = 0;
  std::size_t bits = 0;
  std::size_t pixels_at = 0;
  std::size_t palette_at = 0;
  bool is_top_down = false;

  std::size_t row_bytes() const noexcept { return (static_cast<std::size_t>(width) * bits / 8 + 3) / 4 * 4; }
  std::uint8_t byte(std::size_t at) const {
    if (at >= bytes_.size()) refuse(name_, "this is a damaged BMP: the data end too early");
    return bytes_[at];
  }

 private:
  std::uint32_t number(std::size_t at, std::size_t count) const {
    std::uint32_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value * 256 + bytes_[at + i];
    return value;
  }

  Bytes bytes_;
  const std::string& name_;
};

void write_pixel(std::uint8_t* to, int channels, int red, int green, int blue, int alpha) {
  if (channels == 1) {
    to[0] = static_cast<std::uint8_t>((red * 299 + green * 587 + blue * 114) / 1000);
    return;
  }
  const int values[] = {red, green, blue, alpha};
  for (int i = 0; i < channels; ++i) to[i] = static_cast<std::uint8_t>(values[i]);
}

}  // namespace

Array decode_bmp(Bytes bytes, int channels, const std::string& name) {
  const Header header(bytes, name);
  Array image = image_of(header.height, header.width, channels, name);
  std::uint8_t* to = image.mutable_data<std::uint8_t>().data();
  for (std::int64_t row = 0; row < header.height; ++row) {
    const std::int64_t stored = header.is_top_down ? row : header.height - 1 - row;
    std::size_t at = header.pixels_at + static_cast<std::size_t>(stored) * header.row_bytes();
    for (std::int64_t column = 0; column < header.width; ++column, at += header.bits / 8, to += channels) {
      const std::size_t color = header.bits == 8 ? header.palette_at + std::size_t{header.byte(at)} * 4 : at;
      const int alpha = header.bits == 32 ? header.byte(at + 3) : 255;
      write_pixel(to, channels, header.byte(color + 2), header.byte(color + 1), header.byte(color), alpha);
    }
  }
  return image;
}

}  // namespace keratin::inline v0::images
