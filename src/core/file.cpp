#include "core/file.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
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

/// Through a symbolic link what it names is replaced, not the link.
std::filesystem::path target_of(std::filesystem::path path) {
  while (!path.empty() && path.filename().empty()) path = path.parent_path();  // "model/"
  std::error_code ignored;
  if (!std::filesystem::is_symlink(path, ignored)) return path;
  auto target = std::filesystem::weakly_canonical(path, ignored);
  return ignored ? path : target;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::string temporary_start(const std::filesystem::path& path) { return "." + path.filename().string() + "."; }
constexpr std::string_view temporary_end = ".tmp";

/// ".name.<process>-<number>.tmp" in the same directory, so that renaming stays within a file system.
std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<unsigned> number = 0;
  return path.parent_path() / (temporary_start(path) + std::to_string(::getpid()) + "-" +
                               std::to_string(number.fetch_add(1)) + std::string(temporary_end));
}

bool is_temporary_of(const std::filesystem::path& path, std::string_view name) {
  const std::string start = temporary_start(path);
  if (!name.starts_with(start) || !name.ends_with(temporary_end)) return false;
  name.remove_prefix(start.size());
  if (name.size() <= temporary_end.size()) return false;
  name.remove_suffix(temporary_end.size());
  return std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0 || c == '-'; }) &&
         std::ranges::count(name, '-') == 1;
}

class Descriptor {
 public:
  explicit Descriptor(int file) noexcept : file_(file) {}
  ~Descriptor() {
    if (file_ >= 0) ::close(file_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const noexcept { return file_; }
  int release() noexcept { return std::exchange(file_, -1); }

 private:
  int file_;
};

/// What is being written is locked by who writes it, until that process ends.
bool lock(int file) noexcept { return ::flock(file, LOCK_EX | LOCK_NB) == 0; }

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

/// Removes what a process that was killed left beside this path. Nothing depends on its success. Not with a
/// std::filesystem::directory_iterator: libstdc++ 12 ends the process where its memory fails.
void remove_stale(const std::filesystem::path& path) noexcept try {
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(folder_of(path).c_str()));
  if (folder == nullptr) return;
  while (const dirent* const entry = ::readdir(folder.get())) {
    if (!is_temporary_of(path, entry->d_name)) continue;
    const std::filesystem::path found = folder_of(path) / entry->d_name;
    const Descriptor file(::open(found.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    std::error_code ignored;
    if (file >= 0 && lock(file)) std::filesystem::remove_all(found, ignored);
  }
} catch (...) {  // NOLINT(bugprone-empty-catch): what is stale stays
}

/// True if somebody who took it for stale has removed it between its making and its locking.
bool is_gone(int file) noexcept {
  struct stat status {};
  return ::fstat(file, &status) == 0 && status.st_nlink == 0;
}

/// Makes renamings within a folder durable. Where a file system can't, nothing better is to be had.
void synchronize_folder(const std::filesystem::path& folder) noexcept {
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file >= 0) ::fsync(file);
}

[[noreturn]] void fail(std::string_view kind, const std::filesystem::path& path, const char* what, int reason) {
  throw FileError("The " + std::string(kind) + " '" + path.string() + "' can't be " + what + ": " +
                  std::generic_category().message(reason));
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(target_of(std::move(path))) {
  if (is_written_directly(path_)) {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) fail("opened for writing", errno);
    return;
  }
  remove_stale(path_);
  open_temporary();
}

void AtomicFile::open_temporary() {
  for (;;) {
    temporary_ = temporary_name(path_);
    file_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0 && errno == EEXIST) continue;  // of another machine's or container's process of this number
    if (file_ < 0) fail("opened for writing", std::exchange(errno, 0));
    lock(file_);
    if (!is_gone(file_)) return;
    ::close(std::exchange(file_, -1));
  }
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  ::close(file_);
}

void AtomicFile::fail(const char* what, int reason) const { core::fail("file", path_, what, reason); }

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (!temporary_.empty()) return write_at(size_, bytes);
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("written", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    size_ += static_cast<std::uint64_t>(count);
  }
}

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("written", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
    size_ = std::max(size_, offset);
  }
}

void AtomicFile::read_at(std::uint64_t offset, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ssize_t count = ::pread(file_, to.data(), to.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read back", errno);
    if (count == 0) throw FileError("The file '" + path_.string() + "' can't be read back: it ends before");
    to = to.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void AtomicFile::commit() {
  // A device or pipe can't be synchronized, and need not.
  if (temporary_.empty()) {
    if (::close(std::exchange(file_, -1)) != 0) fail("written", errno);
    return;
  }
  if (::fsync(file_) != 0) fail("written", errno);
  // Renamed while it is locked, so that nobody takes it for stale. Closing tells nothing that fsync doesn't.
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("written", errno);
  ::close(std::exchange(file_, -1));
  synchronize_folder(folder_of(path_));
}

AtomicFolder::AtomicFolder(std::filesystem::path place) : place_(target_of(std::move(place))) {
  remove_stale(place_);
  for (;;) {
    temporary_ = temporary_name(place_);
    if (::mkdir(temporary_.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      fail("folder", place_, "made", errno);
    }
    lock_ = ::open(temporary_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0) fail("folder", place_, "made", errno);
    lock(lock_);
    if (!is_gone(lock_)) return;
    ::close(std::exchange(lock_, -1));
  }
}

AtomicFolder::~AtomicFolder() {
  if (lock_ < 0) return;
  std::error_code ignored;
  std::filesystem::remove_all(temporary_, ignored);
  ::close(lock_);
}

void AtomicFolder::commit() {
  if (::fsync(lock_) != 0) fail("folder", place_, "written", errno);
  // A folder that is there changes places with this one, which then has the old files and is removed at the end.
  std::error_code ignored;
  const bool is_there = std::filesystem::exists(place_, ignored);
  if (is_there && !std::filesystem::is_directory(place_, ignored)) fail("folder", place_, "written", ENOTDIR);
  const unsigned how = is_there ? RENAME_EXCHANGE : 0;
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, place_.c_str(), how) != 0)
    fail("folder", place_, "written", errno);
  synchronize_folder(folder_of(place_));
  if (is_there) return;
  ::close(std::exchange(lock_, -1));
}

}  // namespace keratin::inline v0::core
