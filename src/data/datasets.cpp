#include "keratin/data/datasets.h"

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/philox.h"
#include "data/csv_reader.h"
#include "data/embedded_data.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::datasets {
namespace {

/// All rows of an embedded table, (rows, columns) of float64; an empty field is NaN. `skip`: lines before the first
/// row.
Array table_of(std::span<const std::byte> bytes, int skip) {
  data::CsvReader reader(data::open_memory(bytes, "An embedded data set"), ',', '"');
  for (int i = 0; i < skip; ++i) reader.next();
  std::vector<double> values;
  std::int64_t rows = 0;
  for (; reader.next(); ++rows) {
    for (const std::string& field : reader.fields()) {
      const std::optional<double> number = data::number_in(field);
      if (!number && !field.empty()) throw InternalError(reader.place() + " holds what is no number");
      values.push_back(number.value_or(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  return Array::copy_of(values).reshaped({rows, -1});
}

/// `rows` in the order of a permutation that the seed and the name decide.
std::vector<std::int64_t> shuffled(std::span<const std::int64_t> rows, std::uint64_t seed, const std::string& name) {
  const core::Permutation permutation(rows.size(), core::stream_key(seed, name), 0);
  std::vector<std::int64_t> order(rows.size());
  permutation.fill(order, 0);
  for (std::int64_t& at : order) at = rows[static_cast<std::size_t>(at)];
  return order;
}

std::vector<std::int64_t> all_rows(const Array& table) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(table.shape().front()));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  return rows;
}

/// Columns but the last are x, the last is the class. Copies: a user who keeps one part does not keep the other.
Examples examples_of(const Array& table, std::span<const std::int64_t> rows) {
  const Array mixed = table.take(rows);
  const std::int64_t features = table.shape().back() - 1;
  return {.x = mixed.sliced(1, 0, features).astype(float32).copy(),
          .y = mixed.sliced(1, features, features + 1).reshaped({-1}).astype(int32).copy()};
}

std::int64_t test_rows_of(std::size_t rows, const SplitOptions& options, const char* name) {
  const bool is_share = options.test_share > 0.0 && options.test_share < 1.0;  // NaN is none
  if (!is_share)
    throw ValueError(std::string(name) +
                     ": test_share must lie strictly between 0 and 1. Received: " + std::to_string(options.test_share));
  return std::llround(static_cast<double>(rows) * options.test_share);
}

/// Each class in the same shares in both parts.
Split stratified(const Array& table, const SplitOptions& options, const std::string& name) {
  const Array labels = table.sliced(1, -1, table.shape().back()).reshaped({-1}).astype(int32);
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;
  for (std::int32_t label = 0;; ++label) {
    std::vector<std::int64_t> rows;
    for (const std::int64_t row : all_rows(table))
      if (labels.data<std::int32_t>()[static_cast<std::size_t>(row)] == label) rows.push_back(row);
    if (rows.empty()) break;
    rows = shuffled(rows, options.seed, name + "/" + std::to_string(label));
    const std::int64_t test_rows = test_rows_of(rows.size(), options, name.c_str());
    train.insert(train.end(), rows.begin(), rows.end() - test_rows);
    test.insert(test.end(), rows.end() - test_rows, rows.end());
  }
  return {.train = examples_of(table, shuffled(train, options.seed, name + "/train")),
          .test = examples_of(table, shuffled(test, options.seed, name + "/test"))};
}

/// Of a table of an index and a value.
Series series_of(const Array& table) {
  return Series(table.sliced(1, 1, 2).reshaped({-1}).astype(float32).copy(),
                table.sliced(1, 0, 1).reshaped({-1}).astype(int32).copy());
}

}  // namespace

Split digits(SplitOptions options) {
  const Array table = table_of(datasets_data::digits_csv_gz(), 0);
  const std::vector<std::int64_t> rows = all_rows(table);
  const std::int64_t test_rows = test_rows_of(rows.size(), options, "datasets::digits");
  const std::vector<std::int64_t> order = shuffled(rows, options.seed, "datasets/digits");
  const std::span<const std::int64_t> all(order);
  const std::size_t train_rows = rows.size() - static_cast<std::size_t>(test_rows);
  return {.train = examples_of(table, all.first(train_rows)), .test = examples_of(table, all.subspan(train_rows))};
}

Split iris(SplitOptions options) {
  return stratified(table_of(datasets_data::iris_csv_gz(), 1), options, "datasets::iris");
}

Split wine(SplitOptions options) {
  return stratified(table_of(datasets_data::wine_data_csv_gz(), 1), options, "datasets::wine");
}

Series sunspots() { return series_of(table_of(datasets_data::sunspots_csv_gz(), 1)); }

Series co2() { return series_of(table_of(datasets_data::co2_csv_gz(), 1)); }

}  // namespace keratin::inline v0::datasets
