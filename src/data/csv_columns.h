#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "data/csv_reader.h"
#include "keratin/core/array.h"
#include "keratin/data/csv.h"

namespace keratin::inline v0::data {

/// A column that is read.
struct CsvColumn {
  std::string name;
  std::size_t field = 0;  ///< of a record
  DType dtype = float32;
};

/// What a file's columns are: names from its header, dtypes from its fields where they aren't given.
class CsvColumns {
 public:
  /// Reads the file's first `rows` records, and no more. `what`: "read_csv".
  CsvColumns(const std::string& path, CsvOptions options, std::int64_t rows, const char* what);

  const std::vector<CsvColumn>& columns() const noexcept { return columns_; }
  std::int64_t rows() const noexcept { return rows_; }  ///< that were read

  /// At the first record.
  std::unique_ptr<CsvReader> open() const;
  /// The next record, which has as many fields as the header; false at the end.
  bool next(CsvReader& reader) const;
  /// Writes the column's field of the last record to element `row` of an array that is the column's dtype or another
  /// one of numbers.
  void read(const CsvReader& reader, const CsvColumn& column, Array& to, std::int64_t row) const;

 private:
  void name_columns(CsvReader& reader);
  void choose(const char* what);
  void infer(CsvReader& reader, std::int64_t rows);
  bool is_missing(const std::string& field) const;
  [[noreturn]] static void refuse(const CsvReader& reader, const CsvColumn& column, const std::string& why);
  double number(const CsvReader& reader, const CsvColumn& column) const;
  std::int64_t integer(const CsvReader& reader, const CsvColumn& column, DType dtype) const;

  std::string path_;
  CsvOptions options_;
  std::vector<std::string> names_;  ///< of all fields
  std::vector<CsvColumn> columns_;
  std::int64_t rows_ = 0;
};

}  // namespace keratin::inline v0::data
