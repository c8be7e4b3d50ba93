#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_stream.h"

namespace keratin::inline v0::data {

/// Records of delimited text, one after the other, as RFC 4180 has them: a field in quotes may hold delimiters, line
/// ends and doubled quotes. Lines end with LF, CR LF or CR; empty ones are passed over, and so is a byte order mark.
class CsvReader {
 public:
  CsvReader(std::unique_ptr<ByteStream> stream, char delimiter, char quote);

  /// False at the end. Throws FileError for a quoted field that doesn't end, or goes on after its quotes.
  bool next();
  /// Of the last record.
  std::span<const std::string> fields() const noexcept { return {fields_.data(), count_}; }
  /// Where it began, from 1.
  std::int64_t line() const noexcept { return record_line_; }
  /// "The file 'x.csv', line 3".
  std::string place() const { return stream_->name() + ", line " + std::to_string(record_line_); }
  const std::string& name() const noexcept { return stream_->name(); }

 private:
  static constexpr int end = -1;
  int peek();
  int take();
  bool read_field();  ///< true if another one follows in the record
  void read_quoted(std::string& field);
  bool at_line_end() { return peek() == '\n' || peek() == '\r'; }
  void take_line_end();
  std::string& new_field();

  std::unique_ptr<ByteStream> stream_;
  char delimiter_;
  char quote_;
  std::array<std::byte, 1 << 14> buffer_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::int64_t line_ = 1;
  std::int64_t record_line_ = 0;
  std::vector<std::string> fields_;  ///< longer than a record, so that their memory is used again
  std::size_t count_ = 0;
};

/// A number as a field holds it, blanks around it and a plus sign allowed; nothing where it is none.
std::optional<double> number_in(std::string_view field);
std::optional<std::int64_t> integer_in(std::string_view field);

}  // namespace keratin::inline v0::data
