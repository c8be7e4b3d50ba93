#include "saving/random_access.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "keratin/core/error.h"

namespace keratin::inline v0::saving {
namespace {

std::string reason(int code) { return std::generic_category().message(code); }

class OpenFile final : public RandomAccess {
 public:
  OpenFile(File file, std::string name, std::uint64_t size)
      : RandomAccess(std::move(name), size), file_(std::move(file)) {}

 private:
  void read_within(std::uint64_t offset, void* to, std::size_t bytes) override {
    auto* at = static_cast<std::byte*>(to);
    while (bytes > 0) {
      const ssize_t count = ::pread(::fileno(file_.get()), at, bytes, static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw FileError(name() + " can't be read: " + reason(errno));
      if (count == 0) throw FileError(name() + " became shorter while it was read");
      at += count;
      offset += static_cast<std::uint64_t>(count);
      bytes -= static_cast<std::size_t>(count);
    }
  }

  File file_;
};

}  // namespace

RandomAccess::~RandomAccess() = default;

void RandomAccess::read(std::uint64_t offset, void* to, std::size_t bytes) {
  if (offset > size_ || bytes > size_ - offset)
    throw FileError(name_ + " is truncated: " + std::to_string(bytes) + " bytes were to be read from its byte " +
                    std::to_string(offset) + " on, and it has " + std::to_string(size_));
  read_within(offset, to, bytes);
}

std::unique_ptr<RandomAccess> open_file(const std::filesystem::path& path) {
  std::string name = "The file '" + path.string() + "'";
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (error) throw FileError(name + " can't be opened for reading: " + error.message());
  if (!std::filesystem::is_regular_file(status))
    throw FileError(name + " can't be opened for reading: it is no regular file");
  File file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) throw FileError(name + " can't be opened for reading: " + reason(errno));
  return read_file(std::move(file), std::move(name), std::filesystem::file_size(path));
}

std::unique_ptr<RandomAccess> read_file(File file, std::string name, std::uint64_t size) {
  return std::make_unique<OpenFile>(std::move(file), std::move(name), size);
}

std::string read_text(const std::filesystem::path& path) {
  const std::unique_ptr<RandomAccess> file = open_file(path);
  std::string text(file->size(), '\0');
  file->read(0, text.data(), text.size());
  return text;
}

}  // namespace keratin::inline v0::saving
