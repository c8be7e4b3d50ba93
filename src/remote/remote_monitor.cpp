#include "keratin/remote/remote_monitor.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "remote/http.h"

namespace keratin::inline v0::callbacks {
namespace {

constexpr const char* owner = "RemoteMonitor";

void append_escaped(std::string& text, unsigned unit) {
  text += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) text += "0123456789abcdef"[(unit >> shift) & 0xFU];
}

/// The code point that begins at text[at], which is moved behind it; a byte that begins none stands for itself.
unsigned code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  const std::size_t more = first >= 0xF0U ? 3 : first >= 0xE0U ? 2 : first >= 0xC0U ? 1 : 0;
  unsigned point = more == 0 ? first : first & (0x3FU >> more);
  for (std::size_t i = 0; i < more && at < text.size(); ++i)
    point = (point << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return point;
}

/// A JSON text in ASCII, as Python's json writes it.
std::string quoted(std::string_view name) {
  static constexpr std::string_view named = "\"\\\b\f\n\r\t";
  static constexpr std::string_view letters = "\"\\bfnrt";
  std::string text = "\"";
  for (std::size_t at = 0; at < name.size();) {
    const unsigned point = code_point(name, at);
    if (const std::size_t found = point < 0x80U ? named.find(static_cast<char>(point)) : std::string_view::npos;
        found != std::string_view::npos) {
      text += {'\\', letters[found]};
    } else if (point >= 0x20U && point < 0x7FU) {
      text += static_cast<char>(point);
    } else if (point < 0x10000U) {
      append_escaped(text, point);
    } else {
      append_escaped(text, 0xD800U + ((point - 0x10000U) >> 10U));
      append_escaped(text, 0xDC00U + ((point - 0x10000U) & 0x3FFU));
    }
  }
  return text + '"';
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return core::shortest(value);
}

std::string json(std::int64_t epoch, const Logs& logs) {
  std::string text = "{\"epoch\": " + std::to_string(epoch);
  for (std::size_t i = 0; i < logs.size(); ++i) text += ", " + quoted(logs.name(i)) + ": " + number(logs.value(i));
  return text + "}";
}

bool is_finite(const Logs& logs) {
  for (std::size_t i = 0; i < logs.size(); ++i)
    if (!std::isfinite(logs.value(i))) return false;
  return true;
}

/// As a browser writes a form's fields.
std::string of_form(std::string_view text) {
  static constexpr std::string_view plain = "-._~";
  std::string all;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          plain.find(c) != std::string_view::npos;
    if (is_plain || c == ' ') {
      all += is_plain ? c : '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      all += {'%', "0123456789ABCDEF"[byte >> 4U], "0123456789ABCDEF"[byte & 0xFU]};
    }
  }
  return all;
}

bool has_line_end(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

}  // namespace

RemoteMonitor::RemoteMonitor(RemoteMonitorOptions options) : options_(std::move(options)) {
  static_cast<void>(remote::address_of(options_.root + options_.path, owner));
  if (!(options_.timeout > 0.0 && options_.timeout <= 1e6))
    throw ValueError(
        "RemoteMonitor: `timeout` is a number of seconds, above 0 and up to a million. Received: timeout=" +
        core::shortest(options_.timeout));
  for (const auto& [name, value] : options_.headers)
    if (name.empty() || name.find(':') != std::string::npos || has_line_end(name) || has_line_end(value))
      throw ValueError("RemoteMonitor: a header has a name without ':', and no line's end in it. Received: " +
                       quoted(name) + ": " + quoted(value));
}

void RemoteMonitor::on_epoch_end(std::int64_t epoch, const Logs& logs) {
  const std::string text = json(epoch, logs);
  std::string failure = "JSON has no numbers that aren't finite";
  if (!options_.send_as_json || is_finite(logs))
    failure =
        remote::post({.address = remote::address_of(options_.root + options_.path, owner),
                      .headers = {options_.headers.begin(), options_.headers.end()},
                      .content_type = options_.send_as_json ? "application/json" : "application/x-www-form-urlencoded",
                      .body = options_.send_as_json ? text : of_form(options_.field) + "=" + of_form(text),
                      .timeout = options_.timeout});
  if (failure.empty() || std::exchange(has_warned_, true)) return;
  log::write(log::Level::warning, "RemoteMonitor sent nothing to '" + options_.root + "' after epoch " +
                                      std::to_string(epoch + 1) + ": " + failure +
                                      ". Training goes on; this warning comes once.");
}

}  // namespace keratin::inline v0::callbacks
