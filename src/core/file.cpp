#include "core/file.h"

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "keratin/core/error.h"

namespace keratin::inline v0::core {
namespace {

bool is_written_directly(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  return !error && std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
         !std::filesystem::is_directory(status);
}

/// ".name.<process>-<number>.tmp" in the same directory, so that renaming stays within a file system.
std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<unsigned> number = 0;
  return path.parent_path() / ("." + path.filename().string() + "." + std::to_string(::getpid()) + "-" +
                               std::to_string(number.fetch_add(1)) + ".tmp");
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  // Through a symbolic link the file it names is replaced, not the link.
  std::error_code ignored;
  if (std::filesystem::is_symlink(path_, ignored)) {
    if (auto target = std::filesystem::weakly_canonical(path_, ignored); !ignored) path_ = std::move(target);
  }
  if (is_written_directly(path_)) {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_ = temporary_name(path_);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  if (file_ < 0) fail("opened for writing", std::exchange(errno, 0));
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  ::close(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* what, int reason) const {
  throw FileError("The file '" + path_.string() + "' can't be " + what + ": " +
                  std::generic_category().message(reason));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("written", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::commit() {
  // A device or pipe can't be synchronized, and need not.
  if (!temporary_.empty() && ::fsync(file_) != 0) fail("written", errno);
  const int file = std::exchange(file_, -1);
  const int closed = ::close(file);
  const int reason = errno;
  if (temporary_.empty()) {
    if (closed != 0) fail("written", reason);
    return;
  }
  if (closed != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int why = closed != 0 ? reason : errno;
    ::unlink(temporary_.c_str());
    fail("written", why);
  }
}

}  // namespace keratin::inline v0::core
