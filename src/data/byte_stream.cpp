#include "data/byte_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <limits>
#include <system_error>

#include <zlib.h>

#include "keratin/core/error.h"

namespace keratin::inline v0::data {
namespace {

constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();

class File final : public ByteStream {
 public:
  explicit File(const std::string& path) : ByteStream("The file '" + path + "'") {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) refuse("it is a folder");
    errno = 0;
    file_.open(path, std::ios::binary);
    if (!file_) refuse(std::generic_category().message(errno == 0 ? ENOENT : errno));
    if (std::filesystem::is_regular_file(path, error)) left_ = std::filesystem::file_size(path, error);
  }

  std::size_t read(std::span<std::byte> to) override {
    errno = 0;
    file_.read(reinterpret_cast<char*>(to.data()), static_cast<std::streamsize>(to.size()));
    if (file_.bad() || (errno != 0 && !file_.eof()))
      throw FileError(name() + " can't be read: " + std::generic_category().message(errno == 0 ? EIO : errno));
    const auto count = static_cast<std::size_t>(file_.gcount());
    left_ -= std::min<std::uint64_t>(left_, count);
    return count;
  }
  std::uint64_t most_left() const override { return left_; }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw FileError(name() + " can't be opened for reading: " + why);
  }

  std::ifstream file_;
  std::uint64_t left_ = unknown;  ///< of a pipe nobody knows
};

class Memory final : public ByteStream {
 public:
  Memory(std::span<const std::byte> bytes, std::string name) : ByteStream(std::move(name)), left_(bytes) {}

  std::size_t read(std::span<std::byte> to) override {
    const std::size_t count = std::min(to.size(), left_.size());
    std::copy_n(left_.begin(), count, to.begin());
    left_ = left_.subspan(count);
    return count;
  }
  std::uint64_t most_left() const override { return left_.size(); }

 private:
  std::span<const std::byte> left_;
};

/// What another stream holds: itself, or unpacked if it begins as gzip does.
class Unpacked final : public ByteStream {
 public:
  explicit Unpacked(std::unique_ptr<ByteStream> packed) : ByteStream(packed->name()), packed_(std::move(packed)) {
    fill();
    is_gzip_ = input_.size() > 1 && input_[0] == std::byte{0x1f} && input_[1] == std::byte{0x8b};
    constexpr int gzip = 16;
    if (is_gzip_ && inflateInit2(&stream_, MAX_WBITS + gzip) != Z_OK) throw InternalError("zlib could not be set up");
  }
  ~Unpacked() override {
    if (is_gzip_) inflateEnd(&stream_);
  }

  std::size_t read(std::span<std::byte> to) override {
    if (is_gzip_) return inflated(to);
    if (input_.empty()) return packed_->read(to);
    const std::size_t count = std::min(to.size(), input_.size());
    std::copy_n(input_.begin(), count, to.begin());
    input_ = input_.subspan(count);
    return count;
  }
  std::uint64_t most_left() const override {
    constexpr std::uint64_t most_packed = 1032;  // deflate makes 1032 bytes of one at most
    const std::uint64_t left = packed_->most_left();
    if (left == unknown) return unknown;
    return (left + input_.size()) * (is_gzip_ ? most_packed : 1);
  }

 private:
  void fill() { input_ = std::span<std::byte>(buffer_).first(packed_->read(buffer_)); }

  std::size_t inflated(std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size()) {
      if (input_.empty()) fill();
      if (at_end_of_member_) {
        if (input_.empty()) break;  // the end
        inflateReset(&stream_);     // gzip files may follow one another
        at_end_of_member_ = false;
      }
      if (input_.empty()) throw FileError(name() + " is damaged: its gzip data end too early");
      done += inflate_some(to.subspan(done));
    }
    return done;
  }

  std::size_t inflate_some(std::span<std::byte> to) {
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(input_.size());
    const std::size_t room = std::min<std::size_t>(to.size(), 1U << 30);
    stream_.next_out = reinterpret_cast<Bytef*>(to.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      throw FileError(name() + " is damaged: its gzip data can't be unpacked");
    input_ = input_.last(stream_.avail_in);
    at_end_of_member_ = status == Z_STREAM_END;
    return room - stream_.avail_out;
  }

  std::unique_ptr<ByteStream> packed_;
  std::array<std::byte, 1 << 14> buffer_;
  std::span<std::byte> input_;  ///< of the buffer: not read yet
  z_stream stream_{};
  bool is_gzip_ = false;
  bool at_end_of_member_ = false;
};

}  // namespace

ByteStream::~ByteStream() = default;

void ByteStream::read_all(std::span<std::byte> to, std::string_view what) {
  std::size_t done = 0;
  while (done < to.size()) {
    const std::size_t count = read(to.subspan(done));
    if (count == 0)
      throw FileError(name() + " ends too early: " + std::string(what) + " take " + std::to_string(to.size()) +
                      " bytes, and there are " + std::to_string(done));
    done += count;
  }
}

std::unique_ptr<ByteStream> open_file(const std::string& path) {
  return std::make_unique<Unpacked>(std::make_unique<File>(path));
}

std::unique_ptr<ByteStream> open_memory(std::span<const std::byte> bytes, std::string name) {
  return std::make_unique<Unpacked>(std::make_unique<Memory>(bytes, std::move(name)));
}

}  // namespace keratin::inline v0::data
