#include "saving/zip.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <zip.h>

#include "keratin/core/error.h"

namespace keratin::inline v0::saving {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 20;

std::string member_name(const std::filesystem::path& archive, const std::string& member) {
  return "The member '" + member + "' of '" + archive.string() + "'";
}

/// A member that is open, with what messages call it.
class Member {
 public:
  Member(std::shared_ptr<zip_t> archive, const std::filesystem::path& path, const std::string& member)
      : archive_(std::move(archive)), name_(member_name(path, member)) {
    zip_stat_init(&stat_);
    if (zip_stat(archive_.get(), member.c_str(), 0, &stat_) != 0) fail(zip_strerror(archive_.get()));
    if ((stat_.valid & ZIP_STAT_SIZE) == 0 || (stat_.valid & ZIP_STAT_COMP_METHOD) == 0)
      fail("the archive doesn't tell its size");
    file_.reset(zip_fopen(archive_.get(), member.c_str(), 0));
    if (file_ == nullptr) fail(zip_strerror(archive_.get()));
  }

  const std::string& name() const noexcept { return name_; }
  std::uint64_t size() const noexcept { return stat_.size; }
  bool is_stored() const noexcept { return stat_.comp_method == ZIP_CM_STORE; }

  void read(void* to, std::size_t bytes) {
    auto* at = static_cast<std::byte*>(to);
    while (bytes > 0) {
      const zip_int64_t count = zip_fread(file_.get(), at, bytes);
      if (count < 0) fail(zip_file_strerror(file_.get()));
      if (count == 0) fail("it ends before the size that the archive gives, " + std::to_string(size()) + " bytes");
      at += count;
      bytes -= static_cast<std::size_t>(count);
    }
  }
  /// To be called where all has been read: libzip compares the checksum when it meets the end.
  void expect_end() {
    char more = 0;
    const zip_int64_t count = zip_fread(file_.get(), &more, 1);
    if (count < 0) fail(zip_file_strerror(file_.get()));
    if (count > 0) fail("it is longer than the size that the archive gives, " + std::to_string(size()) + " bytes");
  }
  void seek(std::uint64_t offset) {
    if (zip_fseek(file_.get(), static_cast<zip_int64_t>(offset), SEEK_SET) != 0) fail(zip_file_strerror(file_.get()));
  }
  /// Hands the whole member to `take`, piece by piece, and verifies its checksum.
  template <class Take>
  void read_all(Take take) {
    std::string buffer;
    for (std::uint64_t left = size(); left > 0; left -= buffer.size()) {
      buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk)));
      read(buffer.data(), buffer.size());
      take(buffer);
    }
    expect_end();
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw FileError(name_ + " can't be read: " + why); }

  struct Close {
    void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
  };
  std::shared_ptr<zip_t> archive_;
  std::string name_;
  zip_stat_t stat_{};
  std::unique_ptr<zip_file_t, Close> file_;
};

class MemberInput final : public core::ByteInput {
 public:
  explicit MemberInput(Member member) : ByteInput(member.name(), member.size()), member_(std::move(member)) {}

 private:
  void read_some(void* to, std::size_t bytes) override {
    member_.read(to, bytes);
    if (bytes == left()) member_.expect_end();
  }

  Member member_;
};

/// A stored member, read where it lies.
class StoredMember final : public RandomAccess {
 public:
  explicit StoredMember(Member member) : RandomAccess(member.name(), member.size()), member_(std::move(member)) {}

 private:
  void read_within(std::uint64_t offset, void* to, std::size_t bytes) override {
    if (offset != position_) member_.seek(offset);
    member_.read(to, bytes);
    position_ = offset + bytes;
  }

  Member member_;
  std::uint64_t position_ = ~std::uint64_t{0};
};

/// A file without a name, gone when it is closed.
std::unique_ptr<RandomAccess> unpacked(Member& member) {
  const auto fail = [&] {
    throw FileError(member.name() +
                    " can't be unpacked into a temporary file: " + std::generic_category().message(errno));
  };
  File file(std::tmpfile());
  if (file == nullptr) fail();
  member.read_all([&](const std::string& bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) fail();
  });
  if (std::fflush(file.get()) != 0) fail();
  return read_file(std::move(file), member.name(), member.size());
}

std::string text_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace

Archive::Archive(std::filesystem::path path) : path_(std::move(path)) {
  int code = 0;
  zip_t* const opened = zip_open(path_.c_str(), ZIP_RDONLY, &code);
  if (opened == nullptr)
    throw FileError(
        "The file '" + path_.string() + "' can't be read as a zip archive: " + text_of(code) +
        (code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS ? ". It is damaged, or truncated, or of another kind" : ""));
  zip_.reset(opened, zip_discard);
}

std::vector<std::string> Archive::names() const {
  std::vector<std::string> names;
  const zip_int64_t count = zip_get_num_entries(zip_.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i)
    if (const char* const name = zip_get_name(zip_.get(), static_cast<zip_uint64_t>(i), 0)) names.emplace_back(name);
  return names;
}

bool Archive::contains(const std::string& member) const noexcept {
  return zip_name_locate(zip_.get(), member.c_str(), 0) >= 0;
}

std::string Archive::read(const std::string& member) const {
  std::string all;
  Member(zip_, path_, member).read_all([&](const std::string& bytes) { all += bytes; });
  return all;
}

std::unique_ptr<core::ByteInput> Archive::open(const std::string& member) const {
  return std::make_unique<MemberInput>(Member(zip_, path_, member));
}

std::unique_ptr<RandomAccess> Archive::random_access(const std::string& member) const {
  Member opened(zip_, path_, member);
  if (!opened.is_stored()) return unpacked(opened);
  opened.read_all([](const std::string&) {});
  return std::make_unique<StoredMember>(std::move(opened));
}

bool is_archive(const std::filesystem::path& path) {
  const std::unique_ptr<RandomAccess> file = open_file(path);
  char start[4] = {};
  if (file->size() < sizeof start) return false;
  file->read(0, start, sizeof start);
  return std::memcmp(start, "PK\3\4", 4) == 0 || std::memcmp(start, "PK\5\6", 4) == 0;
}

ArchiveWriter::ArchiveWriter(std::filesystem::path path) : path_(std::move(path)) {
  // Through a symbolic link the file it names is replaced, not the link.
  std::error_code ignored;
  if (std::filesystem::is_symlink(path_, ignored)) path_ = std::filesystem::weakly_canonical(path_);
  int code = 0;
  zip_t* const opened = zip_open(path_.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (opened == nullptr) fail(text_of(code));
  zip_.reset(opened);
}

void ArchiveWriter::fail(const std::string& why) const {
  throw FileError("The archive '" + path_.string() + "' can't be written: " + why);
}

void ArchiveWriter::add(const std::string& member, std::span<const std::span<const std::byte>> pieces,
                        bool compressed) {
  std::vector<zip_buffer_fragment_t> fragments;
  fragments.reserve(pieces.size());
  for (const std::span<const std::byte> piece : pieces)
    if (!piece.empty())  // libzip takes the address of what it reads, and of an empty piece there is none
      fragments.push_back({reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(piece.data())), piece.size()});
  zip_source_t* const source = zip_source_buffer_fragment(zip_.get(), fragments.data(), fragments.size(), 0);
  if (source == nullptr) fail(zip_strerror(zip_.get()));
  const zip_int64_t index = zip_file_add(zip_.get(), member.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    fail("its member '" + member + "': " + zip_strerror(zip_.get()));
  }
  const auto at = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(zip_.get(), at, compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) != 0)
    fail("its member '" + member + "': " + zip_strerror(zip_.get()));
}

void ArchiveWriter::commit() {
  if (zip_close(zip_.get()) != 0) fail(zip_strerror(zip_.get()));
  static_cast<void>(zip_.release());  // closing has freed it
}

void ArchiveWriter::Discard::operator()(zip* archive) const noexcept { zip_discard(archive); }

}  // namespace keratin::inline v0::saving
