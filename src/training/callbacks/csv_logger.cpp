#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/training/callbacks/loggers.h"

namespace keratin::inline v0::callbacks {

/// The file while it is open, and the columns that its lines have.
struct CSVLogger::File {
  std::FILE* stream = nullptr;
  std::vector<std::string> keys;
  bool needs_header = true;

  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (stream != nullptr) std::fclose(stream);
  }
};

namespace {

[[noreturn]] void fail(const std::string& filename, const char* what) {
  throw FileError("CSVLogger could not " + std::string(what) + " '" + filename +
                  "': " + std::generic_category().message(errno));
}

}  // namespace

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options)
    : filename_(std::move(filename)), options_(std::move(options)) {}

CSVLogger::~CSVLogger() = default;
CSVLogger::CSVLogger(CSVLogger&&) noexcept = default;
CSVLogger& CSVLogger::operator=(CSVLogger&&) noexcept = default;

void CSVLogger::on_train_begin() {
  file_.reset();
  auto file = std::make_shared<File>();
  if (options_.append) {
    if (std::FILE* const existing = std::fopen(filename_.c_str(), "r")) {
      file->needs_header = std::fgetc(existing) == EOF;
      std::fclose(existing);
    }
  }
  file->stream = std::fopen(filename_.c_str(), options_.append ? "a" : "w");
  if (file->stream == nullptr) fail(filename_, "open");
  std::fseek(file->stream, 0, SEEK_END);  // where the state counts from
  file_ = std::move(file);
}

Config CSVLogger::state() const {
  if (file_ == nullptr) return {};
  return {{"bytes", static_cast<std::int64_t>(std::ftell(file_->stream))}};
}

void CSVLogger::set_state(const Config& state) {
  if (!options_.append || file_ == nullptr || !state.contains("bytes")) return;
  // Lines that were written after the state was kept come again.
  const auto bytes = state.get<std::int64_t>("bytes");
  std::error_code error;
  const std::uintmax_t there = std::filesystem::file_size(filename_, error);
  if (error || there <= static_cast<std::uintmax_t>(bytes)) return;
  std::filesystem::resize_file(filename_, static_cast<std::uintmax_t>(bytes), error);
  if (error) throw FileError("CSVLogger could not cut '" + filename_ + "': " + error.message());
  file_->needs_header = bytes == 0;
}

void CSVLogger::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  if (file_ == nullptr) return;
  File& file = *file_;
  if (file.keys.empty()) {
    for (std::size_t i = 0; i < logs.size(); ++i) file.keys.push_back(logs.name(i));
    std::sort(file.keys.begin(), file.keys.end());
    // As Keras: without validation in the first epoch (validation_freq), columns are kept for a later one.
    const bool is_validated =
        std::any_of(file.keys.begin(), file.keys.end(), [](const std::string& key) { return key.starts_with("val_"); });
    for (std::size_t i = 0, count = file.keys.size(); !is_validated && i < count; ++i)
      file.keys.push_back("val_" + file.keys[i]);
  }
  std::string line;
  if (std::exchange(file.needs_header, false)) {
    line = "epoch";
    for (const std::string& key : file.keys) line += options_.separator + key;
    line += '\n';
  }
  line += std::to_string(epoch);
  for (const std::string& key : file.keys)
    line += options_.separator + (logs.contains(key) ? core::shortest(logs.at(key)) : "NA");
  line += '\n';
  const long whole = std::ftell(file.stream);
  if (std::fwrite(line.data(), 1, line.size(), file.stream) == line.size() && std::fflush(file.stream) == 0) return;
  const int reason = errno;
  file_.reset();
  // No part of a line stays: a run that appends later has whole ones before its own.
  std::error_code ignored;
  std::filesystem::resize_file(filename_, static_cast<std::uintmax_t>(whole), ignored);
  errno = reason;
  fail(filename_, "write to");
}

void CSVLogger::on_train_end(const Logs& /*logs*/) {
  if (file_ == nullptr) return;
  std::FILE* const stream = std::exchange(file_->stream, nullptr);
  file_.reset();
  if (std::fclose(stream) != 0) fail(filename_, "close");
}

}  // namespace keratin::inline v0::callbacks
