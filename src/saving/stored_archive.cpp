#include "saving/stored_archive.h"

#include <algorithm>
#include <span>
#include <utility>

#include <zlib.h>

namespace keratin::inline v0::saving {
namespace {

constexpr std::uint64_t limit = 0xffffffff;  ///< from here on a size or an offset stands in a field of its own
constexpr std::uint16_t date = (0 << 9) | (1 << 5) | 1;
constexpr std::uint16_t text_is_utf8 = 1 << 11;
constexpr std::uint16_t plain_version = 20;
constexpr std::uint16_t large_version = 45;
constexpr std::uint16_t made_on_unix = 3 << 8;
constexpr std::uint32_t readable_file = 0100644U << 16;

/// Numbers as the format has them, lowest byte first.
class Fields {
 public:
  Fields& u16(std::uint64_t value) { return put(value, 2); }
  Fields& u32(std::uint64_t value) { return put(value, 4); }
  Fields& u64(std::uint64_t value) { return put(value, 8); }
  Fields& text(std::string_view value) {
    bytes_ += value;
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  Fields& put(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  std::string bytes_;
};

std::uint64_t capped(std::uint64_t value) { return std::min(value, limit); }

class FilePart final : public RandomOutput {
 public:
  FilePart(core::AtomicFile& file, std::uint64_t offset) : file_(file), offset_(offset) {}
  void write(std::uint64_t offset, const void* from, std::size_t bytes) override {
    file_.write_at(offset_ + offset, {static_cast<const std::byte*>(from), bytes});
  }
  void read(std::uint64_t offset, void* to, std::size_t bytes) override {
    file_.read_at(offset_ + offset, {static_cast<std::byte*>(to), bytes});
  }
  std::uint64_t size() const override { return file_.size() > offset_ ? file_.size() - offset_ : 0; }

 private:
  core::AtomicFile& file_;
  std::uint64_t offset_;
};

}  // namespace

std::unique_ptr<RandomOutput> output_to(core::AtomicFile& file, std::uint64_t offset) {
  return std::make_unique<FilePart>(file, offset);
}

/// Has room for large sizes always: it is written before the size is known.
std::string StoredArchive::local_header(const Member& member) const {
  const bool is_large = member.size >= limit;
  return Fields()
      .u32(0x04034b50)
      .u16(is_large ? large_version : plain_version)
      .u16(text_is_utf8)
      .u16(0)  // stored
      .u16(0)
      .u16(date)
      .u32(member.checksum)
      .u32(capped(member.size))
      .u32(capped(member.size))
      .u16(member.name.size())
      .u16(20)
      .text(member.name)
      // Sizes; where they stand above already, the field is one that nobody reads, of private use.
      .u16(is_large ? 0x0001 : 0x7a6b)
      .u16(16)
      .u64(is_large ? member.size : 0)
      .u64(is_large ? member.size : 0)
      .take();
}

std::uint64_t StoredArchive::data_start(const Member& member) const { return member.start + 50 + member.name.size(); }

std::uint32_t StoredArchive::checksum(std::uint64_t start, std::uint64_t size) const {
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  uLong sum = crc32(0, nullptr, 0);
  while (size > 0) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer.size()));
    file_.read_at(start, std::span(buffer).first(count));
    sum = crc32(sum, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<uInt>(count));
    start += count;
    size -= count;
  }
  return static_cast<std::uint32_t>(sum);
}

std::unique_ptr<RandomOutput> StoredArchive::begin(const std::string& member) {
  members_.push_back({.name = member, .start = file_.size()});
  file_.write(local_header(members_.back()));
  return output_to(file_, data_start(members_.back()));
}

void StoredArchive::end() {
  Member& member = members_.back();
  member.size = file_.size() - data_start(member);
  member.checksum = checksum(data_start(member), member.size);
  const std::string header = local_header(member);
  file_.write_at(member.start, std::as_bytes(std::span(header)));
}

void StoredArchive::add(const std::string& member, std::string_view bytes) {
  begin(member)->write(0, bytes.data(), bytes.size());
  end();
}

void StoredArchive::finish() {
  const std::uint64_t start = file_.size();
  for (const Member& member : members_) {
    const bool is_large = member.size >= limit || member.start >= limit;
    Fields fields;
    fields.u32(0x02014b50).u16(made_on_unix | (is_large ? large_version : plain_version));
    fields.u16(is_large ? large_version : plain_version).u16(text_is_utf8).u16(0).u16(0).u16(date);
    fields.u32(member.checksum).u32(is_large ? limit : member.size).u32(is_large ? limit : member.size);
    fields.u16(member.name.size()).u16(is_large ? 28 : 0).u16(0).u16(0).u16(0).u32(readable_file);
    fields.u32(is_large ? limit : member.start).text(member.name);
    if (is_large) fields.u16(0x0001).u16(24).u64(member.size).u64(member.size).u64(member.start);
    file_.write(fields.take());
  }
  const std::uint64_t size = file_.size() - start;
  const std::uint64_t count = members_.size();
  Fields fields;
  if (start >= limit) {
    const std::uint64_t record = file_.size();
    fields.u32(0x06064b50).u64(44).u16(large_version).u16(large_version).u32(0).u32(0);
    fields.u64(count).u64(count).u64(size).u64(start);
    fields.u32(0x07064b50).u32(0).u64(record).u32(1);
  }
  fields.u32(0x06054b50).u16(0).u16(0).u16(count).u16(count).u32(size).u32(capped(start)).u16(0);
  file_.write(fields.take());
}

}  // namespace keratin::inline v0::saving
