#include "keratin/data/csv.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "core/text.h"
#include "data/csv_columns.h"
#include "data/stage.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

/// Columns side by side in one vector, or each by its name.
struct Part {
  std::vector<data::CsvColumn> columns;
  DType dtype = float32;  ///< of the vector
  bool named = false;
  bool scalar = false;  ///< of one column alone
};

/// A file and what its rows become.
struct Table {
  data::CsvColumns columns;
  Part x = {};
  Part y = {};
};

class CsvCursor final : public data::Cursor {
 public:
  CsvCursor(std::shared_ptr<const Table> table, std::uint64_t /*epoch*/)
      : table_(std::move(table)), reader_(table_->columns.open()) {}

 protected:
  std::optional<Batch> produce() override {
    if (!table_->columns.next(*reader_)) return std::nullopt;
    return Batch{read(table_->x), read(table_->y)};
  }

 private:
  Data read(const Part& part) const {
    if (part.columns.empty()) return {};
    if (!part.named) {
      const Shape shape = part.scalar ? Shape() : Shape({part.columns.size()});
      Array vector = Array::empty(shape, part.dtype);
      for (std::size_t i = 0; i < part.columns.size(); ++i)
        table_->columns.read(*reader_, part.columns[i], vector, static_cast<std::int64_t>(i));
      return vector;
    }
    std::vector<std::pair<std::string, Array>> arrays;
    for (const data::CsvColumn& column : part.columns) {
      Array scalar = Array::empty({}, column.dtype);
      table_->columns.read(*reader_, column, scalar, 0);
      arrays.emplace_back(column.name, std::move(scalar));
    }
    return arrays;
  }

  std::shared_ptr<const Table> table_;
  std::unique_ptr<data::CsvReader> reader_;
};

/// The dtype that all columns of a vector get.
DType vector_dtype(const std::vector<data::CsvColumn>& columns, const char* part, DType least) {
  DType dtype = least;
  for (const data::CsvColumn& column : columns) {
    if (column.dtype == string)
      throw DTypeError(std::string("csv_dataset: text can't be an element of a vector; leave the column out with "
                                   "`columns`, or ask for `named` arrays. Received: ") +
                       part + " with column '" + column.name + "'");
    dtype = result_type(dtype, column.dtype);
  }
  return dtype;
}

[[noreturn]] void refuse_target(const std::string& path, const std::string& target) {
  throw KeyError("csv_dataset: the file '" + path + "' has no such column. Received: target '" + target + "'");
}

std::shared_ptr<const Table> table_of(const std::string& path, const CsvDatasetOptions& options) {
  constexpr std::int64_t rows_for_dtypes = 100;
  CsvOptions csv = options.csv;
  if (!csv.columns.empty())
    for (const std::string& target : options.targets)
      if (std::ranges::find(csv.columns, target) == csv.columns.end()) csv.columns.push_back(target);
  auto table = std::make_shared<Table>(Table{data::CsvColumns(path, std::move(csv), rows_for_dtypes, "csv_dataset")});
  const std::vector<data::CsvColumn>& all = table->columns.columns();
  for (const data::CsvColumn& column : all)
    if (std::ranges::find(options.targets, column.name) == options.targets.end()) table->x.columns.push_back(column);
  for (const std::string& target : options.targets) {
    const auto found = std::ranges::find(all, target, &data::CsvColumn::name);
    if (found == all.end()) refuse_target(path, target);
    table->y.columns.push_back(*found);
  }
  if (table->x.columns.empty())
    throw ValueError("csv_dataset: at least one column must not be a target. Received: targets " +
                     core::listed(options.targets, "'"));
  table->x.named = options.named;
  if (!options.named) table->x.dtype = vector_dtype(table->x.columns, "x", float32);
  table->y.scalar = table->y.columns.size() == 1;
  if (table->y.scalar)
    table->y.dtype = table->y.columns.front().dtype;
  else if (!table->y.columns.empty())
    table->y.dtype = vector_dtype(table->y.columns, "y", table->y.columns.front().dtype);
  return table;
}

}  // namespace

NamedArrays read_csv(const std::string& path, const CsvOptions& options) {
  const data::CsvColumns columns(path, options, std::numeric_limits<std::int64_t>::max(), "read_csv");
  std::vector<Array> arrays;
  for (const data::CsvColumn& column : columns.columns())
    arrays.push_back(Array::empty({columns.rows()}, column.dtype));
  const std::unique_ptr<data::CsvReader> reader = columns.open();
  std::int64_t row = 0;
  for (; row < columns.rows() && columns.next(*reader); ++row)
    for (std::size_t i = 0; i < arrays.size(); ++i) columns.read(*reader, columns.columns()[i], arrays[i], row);
  if (row < columns.rows()) throw FileError(reader->name() + " became shorter while it was read");
  NamedArrays named;
  for (std::size_t i = 0; i < arrays.size(); ++i) named.set(columns.columns()[i].name, std::move(arrays[i]));
  return named;
}

Dataset csv_dataset(const std::string& path, const CsvDatasetOptions& options) {
  return data::dataset_of<CsvCursor>(std::nullopt, table_of(path, options));
}

}  // namespace keratin::inline v0
