#include "data/csv_columns.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/element_convert.h"
#include "core/text.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::data {
namespace {

/// What fields of a column have been so far, from the narrowest to the widest.
enum class Kind { int32_number, int64_number, number, text };

Kind kind_of(const std::string& field) {
  if (const std::optional<std::int64_t> integer = integer_in(field))
    return std::in_range<std::int32_t>(*integer) ? Kind::int32_number : Kind::int64_number;
  return number_in(field) ? Kind::number : Kind::text;
}

DType dtype_of_kind(Kind kind) {
  switch (kind) {
    case Kind::int32_number:
      return int32;
    case Kind::int64_number:
      return int64;
    case Kind::number:
      return float32;
    case Kind::text:
      break;
  }
  return string;
}

std::optional<bool> truth_in(std::string_view field) {
  if (field == "1" || field == "true" || field == "True" || field == "TRUE") return true;
  if (field == "0" || field == "false" || field == "False" || field == "FALSE") return false;
  return std::nullopt;
}

std::string quoted(const std::string& field) {
  constexpr std::size_t longest = 40;
  std::string shown(1, '\'');
  shown.append(field, 0, longest);
  if (field.size() > longest) shown += "…";
  shown += '\'';
  return shown;
}

}  // namespace

CsvColumns::CsvColumns(const std::string& path, CsvOptions options, std::int64_t rows, const char* what)
    : path_(path), options_(std::move(options)) {
  if (options_.delimiter == options_.quote || options_.delimiter == '\n' || options_.delimiter == '\r')
    throw ValueError(std::string(what) + ": `delimiter` can be neither the quote nor a line end. Received: delimiter=" +
                     quoted(std::string(1, options_.delimiter)));
  if (options_.header && !options_.column_names.empty())
    throw ValueError(std::string(what) + ": the header names the columns; give `column_names` with header=false");
  const auto reader = std::make_unique<CsvReader>(open_file(path_), options_.delimiter, options_.quote);
  name_columns(*reader);
  choose(what);
  infer(*open(), rows);
}

std::unique_ptr<CsvReader> CsvColumns::open() const {
  auto reader = std::make_unique<CsvReader>(open_file(path_), options_.delimiter, options_.quote);
  if (options_.header) reader->next();
  return reader;
}

void CsvColumns::name_columns(CsvReader& reader) {
  if (!reader.next()) throw FileError(reader.name() + " holds no line of CSV");
  if (options_.header) {
    names_.assign(reader.fields().begin(), reader.fields().end());
  } else if (!options_.column_names.empty()) {
    names_ = options_.column_names;
  } else {
    for (std::size_t i = 0; i < reader.fields().size(); ++i) names_.push_back(std::to_string(i));
  }
  std::set<std::string> seen;
  for (const std::string& name : names_)
    if (!seen.insert(name).second)
      throw FileError(reader.place() + ": each column needs a name of its own. Received: '" + name + "' twice");
}

void CsvColumns::choose(const char* what) {
  const auto field_of = [&](const std::string& name) {
    const auto at = std::ranges::find(names_, name);
    if (at == names_.end())
      throw KeyError(std::string(what) + ": the file '" + path_ +
                     "' has no such column. It has: " + core::listed(names_, "'") + ". Received: '" + name + "'");
    return static_cast<std::size_t>(at - names_.begin());
  };
  for (const std::string& name : options_.columns.empty() ? names_ : options_.columns)
    columns_.push_back({name, field_of(name)});
  for (const auto& [name, dtype] : options_.dtypes) {
    field_of(name);
    if (dtype == complex64 || dtype == float16 || dtype == bfloat16)
      throw DTypeError(std::string(what) + ": column '" + name + "' can't be read as " + std::string(name_of(dtype)) +
                       "; read it as float32 and convert it");
  }
}

void CsvColumns::infer(CsvReader& reader, std::int64_t rows) {
  std::vector<Kind> kinds(columns_.size(), Kind::int32_number);
  std::vector<bool> seen(columns_.size(), false);
  for (; rows_ < rows && next(reader); ++rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& field = reader.fields()[columns_[i].field];
      // A missing number is as wide as what takes its place.
      const bool missing = is_missing(field);
      const bool is_whole = !options_.missing || std::trunc(*options_.missing) == *options_.missing;
      const Kind kind = !missing ? kind_of(field) : is_whole ? Kind::int32_number : Kind::number;
      kinds[i] = std::max(kinds[i], kind);
      if (!missing) seen[i] = true;
    }
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto given = std::ranges::find(options_.dtypes, columns_[i].name, &std::pair<std::string, DType>::first);
    columns_[i].dtype = given != options_.dtypes.end() ? given->second
                        : seen[i]                      ? dtype_of_kind(kinds[i])
                                                       : float32;  // nothing but missing values
  }
}

bool CsvColumns::next(CsvReader& reader) const {
  if (!reader.next()) return false;
  if (reader.fields().size() != names_.size())
    throw FileError(reader.place() + " has another number of fields than there are columns. Received: " +
                    std::to_string(reader.fields().size()) + " fields for " + std::to_string(names_.size()) +
                    " columns");
  return true;
}

bool CsvColumns::is_missing(const std::string& field) const {
  return std::ranges::find(options_.na_values, field) != options_.na_values.end();
}

void CsvColumns::refuse(const CsvReader& reader, const CsvColumn& column, const std::string& why) {
  throw FileError(reader.place() + ", column '" + column.name + "': " + why);
}

double CsvColumns::number(const CsvReader& reader, const CsvColumn& column) const {
  const std::string& field = reader.fields()[column.field];
  if (is_missing(field)) {
    if (options_.missing) return *options_.missing;
    refuse(reader, column, "the value is missing. Say with `missing` what takes its place. Received: " + quoted(field));
  }
  const std::optional<double> value = number_in(field);
  if (!value)
    refuse(reader, column,
           "this is no number; read the column as text with `dtypes`, or add it to `na_values`. Received: " +
               quoted(field));
  return *value;
}

std::int64_t CsvColumns::integer(const CsvReader& reader, const CsvColumn& column, DType dtype) const {
  const std::string& field = reader.fields()[column.field];
  if (!is_missing(field))
    if (const std::optional<std::int64_t> whole = integer_in(field)) return *whole;
  const double value = number(reader, column);
  if (!(std::abs(value) < 0x1p63) || std::trunc(value) != value)
    refuse(reader, column,
           "this is no " + std::string(name_of(dtype)) + "; say with `dtypes` what the column is. Received: " +
               (is_missing(field) ? "missing=" + std::to_string(value) : quoted(field)));
  return static_cast<std::int64_t>(value);
}

void CsvColumns::read(const CsvReader& reader, const CsvColumn& column, Array& to, std::int64_t row) const {
  const std::string& field = reader.fields()[column.field];
  core::visit_element_type(to.dtype(), [&]<class T>(std::type_identity<T>) {
    T& element = to.mutable_data<T>()[static_cast<std::size_t>(row)];
    if constexpr (std::is_same_v<T, std::string>) {
      element = field;
    } else if constexpr (std::is_same_v<T, bool>) {
      const std::optional<bool> truth = truth_in(field);
      if (!truth) refuse(reader, column, "this is neither true nor false. Received: " + quoted(field));
      element = *truth;
    } else if constexpr (std::is_floating_point_v<T>) {
      element = static_cast<T>(number(reader, column));
    } else if constexpr (std::is_integral_v<T>) {
      const std::int64_t value = integer(reader, column, to.dtype());
      if (!std::in_range<T>(value))
        refuse(reader, column,
               "this is no " + std::string(name_of(to.dtype())) +
                   "; say with `dtypes` what the column is. Received: " + quoted(field));
      element = static_cast<T>(value);
    }
  });
}

}  // namespace keratin::inline v0::data
