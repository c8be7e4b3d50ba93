#include "saving/json.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utf8.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::saving {
namespace {

/// Deeper than any model that Keras writes, and no danger for the stack.
constexpr std::size_t deepest = 500;

/// Text in which NaN and Infinity, which no JSON has, are numbers written with a capital E, and no other number is.
std::string with_python_numbers(std::string_view text) {
  std::string result(text);
  bool in_string = false;
  const auto is_of_a_word = [&](std::size_t at) {
    return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '.');
  };
  const auto replace = [&](std::size_t at, std::string_view word, std::string_view number) {
    if (text.substr(at, word.size()) == word && !is_of_a_word(at - 1) && !is_of_a_word(at + word.size()))
      result.replace(at, word.size(), number);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && text[i] == 'E') {
      result[i] = 'e';
    } else if (!in_string) {
      if (i == 0 || text[i - 1] != '-') replace(i, "NaN", "0E9");
      replace(i, "Infinity", "0E000009");
    }
  }
  return result;
}

/// Builds the value while nlohmann's parser reads.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return add(static_cast<double>(value));
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string& text) override {
    if (text.find('E') == std::string::npos) return add(value);
    if (text == "0E9") return add(std::numeric_limits<double>::quiet_NaN());
    return add(std::copysign(std::numeric_limits<double>::infinity(), value));
  }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open({.is_list = false}); }
  bool key(std::string& name) override {
    open_.back().key = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open({.is_list = true}); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    position_ = position;
    const std::string_view text =
        error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    const std::size_t start = text.find(": ");
    why_ = start == std::string_view::npos ? text : text.substr(start + 2);
    return false;
  }

  ConfigValue take() { return std::move(result_); }
  const std::string& why() const noexcept { return why_; }
  std::size_t position() const noexcept { return position_; }

 private:
  struct Open {
    bool is_list = false;
    ConfigValue::List list = {};
    Config config = {};
    std::string key = {};
  };

  bool open(Open started) {
    open_.push_back(std::move(started));
    if (open_.size() <= deepest) return true;
    why_ = "it is nested more than " + std::to_string(deepest) + " deep";
    return false;
  }
  bool close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    return done.is_list ? add(std::move(done.list)) : add(std::move(done.config));
  }
  bool add(ConfigValue value) {
    if (open_.empty()) {
      result_ = std::move(value);
    } else if (open_.back().is_list) {
      open_.back().list.push_back(std::move(value));
    } else {
      open_.back().config.set(open_.back().key, std::move(value));
    }
    return true;
  }

  std::vector<Open> open_;
  ConfigValue result_;
  std::string why_;
  std::size_t position_ = 0;
};

/// "line 3, column 14" of the byte.
std::string place(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position == 0 ? 0 : std::min(position - 1, text.size()));
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return "line " + std::to_string(std::ranges::count(before, '\n') + 1) + ", column " +
         std::to_string(before.size() - line_start + 1);
}

class Writer {
 public:
  std::string text;

  void write(const ConfigValue& value) {
    if (value.is_none()) {
      text += "null";
    } else if (value.is_bool()) {
      text += value.as_bool() ? "true" : "false";
    } else if (value.is_integer()) {
      text += std::to_string(value.as_integer());
    } else if (value.is_text()) {
      write_text(value.as_text());
    } else if (value.is_list()) {
      write_items('[', value.as_list(), ']', [this](const ConfigValue& item) { write(item); });
    } else if (value.is_config()) {
      write_items('{', value.as_config().entries(), '}', [this](const auto& entry) {
        write_text(entry.first);
        text += ": ";
        write(entry.second);
      });
    } else {
      write_number(value.as_floating());
    }
  }

 private:
  template <class Items, class Write>
  void write_items(char open, const Items& items, char close, Write write_item) {
    text += open;
    const char* separator = "";
    for (const auto& item : items) {
      text += std::exchange(separator, ", ");
      write_item(item);
    }
    text += close;
  }

  void write_number(double value) {
    if (std::isnan(value)) {
      text += "NaN";
    } else if (std::isinf(value)) {
      text += value < 0 ? "-Infinity" : "Infinity";
    } else {
      text += core::shortest(value);
    }
  }

  void write_text(std::string_view value) {
    text += '"';
    for (const char32_t point : core::from_utf8(value)) {
      if (point == U'"' || point == U'\\') {
        text += {'\\', static_cast<char>(point)};
      } else if (point >= 0x20 && point < 0x7f) {
        text += static_cast<char>(point);
      } else if (const std::size_t known = named.find(point); known != std::u32string_view::npos) {
        text += {'\\', names[known]};
      } else if (point < 0x10000) {
        write_escape(point);
      } else {
        write_escape(0xd800 + ((point - 0x10000) >> 10));
        write_escape(0xdc00 + ((point - 0x10000) & 0x3ff));
      }
    }
    text += '"';
  }

  void write_escape(char32_t unit) {
    text += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) text += "0123456789abcdef"[(unit >> shift) & 0xf];
  }

  static constexpr std::u32string_view named = U"\n\t\r\b\f";
  static constexpr std::string_view names = "ntrbf";
};

}  // namespace

ConfigValue parse_json(std::string_view text, const std::string& name) {
  const std::string prepared = with_python_numbers(text);
  Builder builder;
  if (!nlohmann::json::sax_parse(prepared, &builder))
    throw FileError(name + " is no JSON" +
                    (builder.position() > 0 ? ", at " + place(text, builder.position()) : std::string()) + ": " +
                    builder.why());
  return builder.take();
}

std::string to_json(const ConfigValue& value) {
  Writer writer;
  writer.write(value);
  return std::move(writer.text);
}

}  // namespace keratin::inline v0::saving
