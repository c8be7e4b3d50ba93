#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/named_arrays.h"
#include "keratin/data/dataset.h"

namespace keratin::inline v0 {

/// How delimited text is read.
struct CsvOptions {
  char delimiter = ',';
  char quote = '"';    ///< '\0': quotes mean nothing
  bool header = true;  ///< the first line names the columns
  /// Names where no header does; without them "0", "1", ….
  std::vector<std::string> column_names = {};
  /// Which are read, in this order; empty: all.
  std::vector<std::string> columns = {};
  /// Of columns; of the others the fields decide: int32, else int64, else float32, else string.
  std::vector<std::pair<std::string, DType>> dtypes = {};
  std::vector<std::string> na_values = {""};     ///< fields that stand for a missing number
  std::optional<double> missing = std::nullopt;  ///< what a missing number becomes; nothing: an error
};

/// A whole table, an array (n,) for each column, by name. The file, plain or of gzip, is gone through twice: for the
/// dtypes and for the values. Lines that are empty are passed over.
/// Throws FileError for a file that can't be read, a row with more or fewer fields than the first, broken quotes, or a
/// field that is no value of its column, each with the line; KeyError for a column that isn't there; ValueError for
/// options that don't fit. `pandas.read_csv`.
KERATIN_API NamedArrays read_csv(const std::string& path, const CsvOptions& options = {});

struct CsvDatasetOptions {
  CsvOptions csv = {};
  std::vector<std::string> targets = {};  ///< columns that are y; empty: there is no y
  bool named = false;                     ///< x is one array for each column, by name, in place of one of all
};

/// Rows of a CSV file, read as they are asked for. x: a vector of all columns but the targets, float32 (float64 if one
/// of them is); with `named` a scalar for each, by name. y: a scalar, and of several targets a vector. Dtypes that
/// aren't given are those of the first 100 rows.
/// Throws at once as read_csv does for those rows, and where it is iterated for others; DTypeError for text in a
/// vector. `tf.data.experimental.make_csv_dataset`.
KERATIN_API Dataset csv_dataset(const std::string& path, const CsvDatasetOptions& options = {});

}  // namespace keratin::inline v0
