#include "data/csv_reader.h"

#include <charconv>

#include "keratin/core/error.h"

namespace keratin::inline v0::data {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class T>
std::optional<T> read_number(std::string_view field) {
  field = trimmed(field);
  if (field.size() > 1 && field[0] == '+' && field[1] != '-') field.remove_prefix(1);
  T value{};
  const auto [after, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || after != field.data() + field.size()) return std::nullopt;
  return value;
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteStream> stream, char delimiter, char quote)
    : stream_(std::move(stream)), delimiter_(delimiter), quote_(quote) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  filled_ = stream_->read(buffer_);
  while (filled_ > 0 && filled_ < mark.size()) {
    const std::size_t more = stream_->read(std::span(buffer_).subspan(filled_));
    if (more == 0) break;
    filled_ += more;
  }
  const std::string_view begin(reinterpret_cast<const char*>(buffer_.data()), filled_);
  if (begin.starts_with(mark)) at_ = mark.size();
}

int CsvReader::peek() {
  if (at_ == filled_) {
    at_ = 0;
    filled_ = stream_->read(buffer_);
    if (filled_ == 0) return end;
  }
  return std::to_integer<int>(buffer_[at_]);
}

int CsvReader::take() {
  const int byte = peek();
  if (byte != end) ++at_;
  return byte;
}

void CsvReader::take_line_end() {
  if (take() == '\r' && peek() == '\n') take();
  ++line_;
}

std::string& CsvReader::new_field() {
  if (count_ == fields_.size()) fields_.emplace_back();
  fields_[count_].clear();
  return fields_[count_++];
}

bool CsvReader::next() {
  while (at_line_end()) take_line_end();
  count_ = 0;
  if (peek() == end) return false;
  record_line_ = line_;
  while (read_field()) {
  }
  return true;
}

bool CsvReader::read_field() {
  std::string& field = new_field();
  const auto delimiter = static_cast<int>(static_cast<unsigned char>(delimiter_));
  if (quote_ != '\0' && peek() == static_cast<int>(static_cast<unsigned char>(quote_))) {
    read_quoted(field);
    if (peek() != delimiter && peek() != end && !at_line_end())
      throw FileError(place() + " can't be read as CSV: text follows the closing quote of field " +
                      std::to_string(count_));
  }
  while (peek() != delimiter && peek() != end && !at_line_end()) field.push_back(static_cast<char>(take()));
  if (peek() == delimiter) {
    take();
    return true;
  }
  if (peek() != end) take_line_end();
  return false;
}

void CsvReader::read_quoted(std::string& field) {
  const auto quote = static_cast<int>(static_cast<unsigned char>(quote_));
  take();
  while (true) {
    const int byte = take();
    if (byte == end)
      throw FileError(place() + " can't be read as CSV: the quote that field " + std::to_string(count_) +
                      " begins with is never closed");
    if (byte == quote) {
      if (peek() != quote) return;
      take();
    }
    if (byte == '\n') ++line_;
    field.push_back(static_cast<char>(byte));
  }
}

std::optional<double> number_in(std::string_view field) { return read_number<double>(field); }
std::optional<std::int64_t> integer_in(std::string_view field) { return read_number<std::int64_t>(field); }

}  // namespace keratin::inline v0::data
