#include "core/npy.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "core/file.h"
#include "core/utf8.h"
#include "keratin/core/array.h"
#include "keratin/core/error.h"

// NumPy's format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

namespace keratin::inline v0 {
namespace {

static_assert(std::endian::native == std::endian::little, "the .npy reader and writer copy little-endian memory");

constexpr std::string_view magic("\x93NUMPY", 6);

[[noreturn]] void fail(const std::string& name, const std::string& why) {
  throw FileError(name + " can't be read as .npy: " + why);
}

struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

/// The header is a Python literal: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Header parse() {
    Header header;
    bool seen[3] = {};
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        header.descr = quoted();
        seen[0] = true;
      } else if (key == "fortran_order") {
        header.fortran_order = boolean_word();
        seen[1] = true;
      } else if (key == "shape") {
        header.shape = shape();
        seen[2] = true;
      } else {
        fail(name_, "its header has an unknown entry '" + key + "'");
      }
      if (!accept(',') && peek() != '}') bad();
    }
    if (!seen[0] || !seen[1] || !seen[2]) bad();
    return header;
  }

 private:
  [[noreturn]] void bad() const {
    // Without the blanks that fill it up.
    const std::string_view text = text_.substr(0, text_.find_last_not_of(" \n") + 1);
    fail(name_, "its header is malformed: " + std::string(text.substr(0, 200)));
  }

  char peek() {
    while (at_ < text_.size() && std::string_view(" \t\n").find(text_[at_]) != std::string_view::npos) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char letter) {
    if (peek() != letter) return false;
    ++at_;
    return true;
  }
  void expect(char letter) {
    if (!accept(letter)) bad();
  }

  std::string quoted() {
    const char quote = peek();
    if (quote == '[') fail(name_, "it holds records (a structured dtype); an Array has one dtype");
    if (quote != '\'' && quote != '"') bad();
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) bad();
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  bool boolean_word() {
    for (const std::string_view word : {std::string_view("True"), std::string_view("False")}) {
      if (peek() != word[0] || text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return word == "True";
    }
    bad();
  }

  Shape shape() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      std::int64_t size = -1;
      peek();
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) bad();
      at_ = static_cast<std::size_t>(end - text_.data());
      accept('L');  // Python 2 wrote its long integers so
      sizes.push_back(size);
      if (!accept(',') && peek() != ')') bad();
    }
    if (sizes.size() > Shape::max_rank)
      fail(name_,
           "it has " + std::to_string(sizes.size()) + " dimensions, more than " + std::to_string(Shape::max_rank));
    return Shape(std::span<const std::int64_t>(sizes));
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

/// How a file's elements are stored: a dtype's own memory, or strings of a fixed length.
struct Encoding {
  DType dtype = float32;
  std::size_t element_bytes = 0;
  bool wide = false;  ///< strings of 4-byte code points ('U'), not of bytes ('S')
};

constexpr std::pair<std::string_view, DType> codes[] = {
    {"b1", boolean}, {"u1", uint8}, {"u2", uint16},  {"u4", uint32},  {"u8", uint64},  {"i1", int8},     {"i2", int16},
    {"i4", int32},   {"i8", int64}, {"f2", float16}, {"f4", float32}, {"f8", float64}, {"c8", complex64}};

Encoding encoding_of(const std::string& descr, const std::string& name) {
  std::string_view code = descr;
  const char order = code.empty() ? '\0' : code.front();
  if (order == '<' || order == '|' || order == '=' || order == '>') code.remove_prefix(1);
  for (const auto& [known, dtype] : codes) {
    if (code != known) continue;
    if (order == '>' && size_of(dtype) > 1)
      fail(name, "it is big-endian ('" + descr + "'); write it with .astype(a.dtype.newbyteorder('<'))");
    return {dtype, size_of(dtype), false};
  }
  if (code.size() > 1 && (code.front() == 'S' || code.front() == 'U') && order != '>') {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(code.data() + 1, code.data() + code.size(), length);
    const bool wide = code.front() == 'U';
    if (error == std::errc() && end == code.data() + code.size() && length < std::size_t{1} << 32)
      return {string, length * (wide ? 4 : 1), wide};
  }
  fail(name, "its dtype '" + descr + "' is none of an Array's");
}

std::string descr_of(DType dtype) {
  for (const auto& [code, known] : codes)
    if (known == dtype) return (size_of(dtype) == 1 ? "|" : "<") + std::string(code);
  throw DTypeError("The .npy format has no " + std::string(name_of(dtype)) +
                   ": convert the array with astype(float32) first");
}

/// "\x93NUMPY", version, length and the text, padded so that the data starts at a multiple of 64.
std::string header_text(const std::string& descr, const Shape& shape) {
  std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + to_string(shape) + ", }";
  const std::size_t unpadded = magic.size() + 4 + text.size() + 1;
  text.append((64 - unpadded % 64) % 64, ' ');
  text += '\n';
  std::string header(magic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return header + text;
}

/// A regular file.
class FileInput final : public core::ByteInput {
 public:
  explicit FileInput(const std::filesystem::path& path)
      : ByteInput("The file '" + path.string() + "'", checked_size(path)), file_(path, std::ios::binary) {
    if (!file_) refuse(path, std::generic_category().message(errno == 0 ? ENOENT : errno));
  }

 private:
  [[noreturn]] static void refuse(const std::filesystem::path& path, const std::string& why) {
    throw FileError("The file '" + path.string() + "' can't be opened for reading: " + why);
  }
  static std::uintmax_t checked_size(const std::filesystem::path& path) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (error) refuse(path, error.message());
    if (!std::filesystem::is_regular_file(status)) refuse(path, "it is no regular file");
    return std::filesystem::file_size(path);
  }
  void read_some(void* to, std::size_t bytes) override {
    if (!file_.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)))
      throw FileError(name() + " can't be read: " + std::generic_category().message(errno == 0 ? EIO : errno));
  }

  std::ifstream file_;
};

/// Throws FileError where fewer bytes are left than its `what` takes.
void require(const core::ByteInput& input, std::uintmax_t bytes, const char* what) {
  if (bytes > input.left())
    fail(input.name(), std::string("it is truncated: its ") + what + " takes " + std::to_string(bytes) +
                           " bytes, and " + std::to_string(input.left()) + " are there");
}

void read(core::ByteInput& input, void* to, std::size_t bytes, const char* what) {
  require(input, bytes, what);
  input.read(to, bytes);
}

Header read_header(core::ByteInput& input) {
  unsigned char start[8] = {};
  read(input, start, sizeof start, "start");
  if (std::memcmp(start, magic.data(), magic.size()) != 0) fail(input.name(), "it doesn't start with \\x93NUMPY");
  const int major = start[6];
  if (major < 1 || major > 3) fail(input.name(), "its version is " + std::to_string(major) + ", and 1 to 3 are known");
  unsigned char length_bytes[4] = {};
  read(input, length_bytes, major == 1 ? 2 : 4, "header's length");
  std::uint32_t length = 0;
  std::memcpy(&length, length_bytes, sizeof length);
  require(input, length, "header");
  std::string text(length, '\0');
  read(input, text.data(), length, "header");
  return HeaderParser(text, input.name()).parse();
}

std::vector<std::string> decoded_strings(const std::vector<char>& data, const Encoding& encoding, std::size_t count) {
  std::vector<std::string> strings(count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* const start = data.data() + i * encoding.element_bytes;
    if (encoding.wide) {
      std::u32string points(encoding.element_bytes / 4, U'\0');
      std::memcpy(points.data(), start, encoding.element_bytes);
      points.erase(std::min(points.size(), points.find_last_not_of(U'\0') + 1));
      strings[i] = core::to_utf8(points);
    } else {
      strings[i].assign(start, encoding.element_bytes);
      strings[i].erase(std::min(strings[i].size(), strings[i].find_last_not_of('\0') + 1));
    }
  }
  return strings;
}

/// The strings as '<U…': code points, padded with zeros to the longest. Gives that length.
std::size_t encode_strings(const Array& array, std::u32string& to) {
  std::vector<std::u32string> all;
  std::size_t longest = 1;
  for (const std::string& text : array.data<std::string>()) {
    all.push_back(core::from_utf8(text));
    longest = std::max(longest, all.back().size());
  }
  to.reserve(longest * all.size());
  for (std::u32string& points : all) {
    points.resize(longest, U'\0');
    to += points;
  }
  return longest;
}

/// Bytes other than 0 and 1 are no bool in C++.
void normalize_bools(unsigned char* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) bytes[i] = bytes[i] != 0 ? 1 : 0;
}

/// The shape as it lies in memory: Fortran's order is the reverse of ours.
Shape stored_shape(const Header& header) {
  std::vector<std::int64_t> sizes(header.shape.begin(), header.shape.end());
  if (header.fortran_order) std::reverse(sizes.begin(), sizes.end());
  return Shape(std::span<const std::int64_t>(sizes));
}

/// The elements' number and, as second, their bytes in the file.
std::pair<std::size_t, std::size_t> checked_size(const std::string& name, const Header& header,
                                                 const Encoding& encoding) {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  try {
    count = header.shape.elements();
  } catch (const ShapeError&) {
    fail(name, "its shape " + to_string(header.shape) + " has too many elements");
  }
  if (__builtin_mul_overflow(count, static_cast<std::int64_t>(encoding.element_bytes), &bytes))
    fail(name, "its shape " + to_string(header.shape) + " has too many bytes");
  return {static_cast<std::size_t>(count), static_cast<std::size_t>(bytes)};
}

}  // namespace

namespace core {

ByteInput::~ByteInput() = default;

NpyBytes::NpyBytes(const Array& array) : array_(array.contiguous()) {
  const std::string descr =
      array.dtype() == string ? "<U" + std::to_string(encode_strings(array_, texts_)) : descr_of(array.dtype());
  header_ = header_text(descr, array.shape());
}

std::span<const std::byte> NpyBytes::elements() const noexcept {
  if (array_.dtype() == string) return std::as_bytes(std::span(texts_));
  return {static_cast<const std::byte*>(array_.raw()), static_cast<std::size_t>(array_.nbytes())};
}

Array read_npy(ByteInput& input) {
  const Header header = read_header(input);
  const Encoding encoding = encoding_of(header.descr, input.name());
  const auto [count, bytes] = checked_size(input.name(), header, encoding);
  require(input, bytes, "data");
  Array result = Array::empty(stored_shape(header), encoding.dtype);
  void* const elements = const_cast<void*>(result.raw());  // nobody else sees them yet
  if (encoding.dtype == string) {
    std::vector<char> data(bytes);
    input.read(data.data(), bytes);
    std::ranges::move(decoded_strings(data, encoding, count), static_cast<std::string*>(elements));
  } else {
    input.read(elements, bytes);
    if (encoding.dtype == boolean) normalize_bools(static_cast<unsigned char*>(elements), count);
  }
  return header.fortran_order ? result.transposed().contiguous() : result;
}

}  // namespace core

void Array::save(const std::string& path) const {
  const core::NpyBytes bytes(*this);
  core::AtomicFile file(path);
  file.write(bytes.header());
  file.write(bytes.elements());
  file.commit();
}

Array Array::load(const std::string& path) {
  FileInput file(path);
  return core::read_npy(file);
}

}  // namespace keratin::inline v0
