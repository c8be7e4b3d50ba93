#include "keratin/data/csv.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "data/csv_reader.h"
#include "data/packed.h"
#include "data/pipeline_case.h"
#include "keratin/core/error.h"
#include "support/files.h"

namespace {

namespace kt = keratin;
using kt::test::expect_says;
using kt::test::message_of;

std::vector<std::vector<std::string>> records(std::string_view text, char delimiter = ',', char quote = '"') {
  kt::data::CsvReader reader(kt::data::open_memory(std::as_bytes(std::span(text)), "text"), delimiter, quote);
  std::vector<std::vector<std::string>> all;
  while (reader.next()) all.emplace_back(reader.fields().begin(), reader.fields().end());
  return all;
}
using Records = std::vector<std::vector<std::string>>;

TEST(CsvReader, TakesRecordsApart) {
  EXPECT_EQ(records("a,b\n1,2\n"), (Records{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(records("a,b\r\n1,2"), (Records{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(records("a,b\r1,2\r"), (Records{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(records("\xEF\xBB\xBF"
                    "a,\n\n,\n"),
            (Records{{"a", ""}, {"", ""}}));
  EXPECT_EQ(records("a;b", ';'), (Records{{"a", "b"}}));
  EXPECT_EQ(records(""), Records{});
}

TEST(CsvReader, QuotesHoldWhatTheyHold) {
  EXPECT_EQ(records("\"a,b\",\"say \"\"no\"\"\",\"two\nlines\"\n1,\"\",3"),
            (Records{{"a,b", "say \"no\"", "two\nlines"}, {"1", "", "3"}}));
  EXPECT_EQ(records("5\" pipe,x"), (Records{{"5\" pipe", "x"}}));  // a quote within a field is one
  EXPECT_EQ(records("\"a,b\"", ',', '\0'), (Records{{"\"a", "b\""}}));
  expect_says(message_of<kt::FileError>([] { records("a\n\n\"open"); }), {"line 3", "never closed"});
  expect_says(message_of<kt::FileError>([] { records("\"a\"b"); }), {"line 1", "follows the closing quote"});
}

TEST(CsvReader, FieldsMayBeLongerThanABuffer) {
  const std::string text(100000, 'x');
  EXPECT_EQ(records(text + "," + text), (Records{{text, text}}));
}

TEST(CsvReader, NumbersAreWholeFields) {
  EXPECT_EQ(kt::data::number_in(" +1.5e3\t"), 1500.0);
  EXPECT_EQ(kt::data::number_in("1.5x"), std::nullopt);
  EXPECT_EQ(kt::data::number_in("+-1"), std::nullopt);
  EXPECT_EQ(kt::data::number_in(""), std::nullopt);
  EXPECT_TRUE(std::isnan(*kt::data::number_in("nan")));
  EXPECT_EQ(kt::data::integer_in("-7"), -7);
  EXPECT_EQ(kt::data::integer_in("7.0"), std::nullopt);
}

class Csv : public testing::Test {
 protected:
  std::string write(std::string_view text) const { return scratch_.write("table.csv", text); }
  kt::test::Scratch scratch_;
};

TEST_F(Csv, ColumnsGetTheDtypeOfTheirFields) {
  const auto table = kt::read_csv(write("small,large,real,text\n1,5000000000,1.5,x\n-2,0,2,\"y, z\"\n"));
  EXPECT_EQ(table.size(), 4U);
  EXPECT_EQ(table["small"].dtype(), kt::int32);
  EXPECT_EQ(table["small"].at<int>({1}), -2);
  EXPECT_EQ(table["large"].dtype(), kt::int64);
  EXPECT_EQ(table["large"].at<std::int64_t>({0}), 5000000000);
  EXPECT_EQ(table["real"].dtype(), kt::float32);
  EXPECT_EQ(table["real"].at<float>({0}), 1.5F);
  EXPECT_EQ(table["text"].data<std::string>()[1], "y, z");
}

TEST_F(Csv, ColumnsAreChosenAndNamed) {
  const std::string path = write("1;2;3\n4;5;6\n");
  const auto numbered = kt::read_csv(path, {.delimiter = ';', .header = false, .columns = {"2", "0"}});
  EXPECT_EQ(numbered.begin()->first, "2");
  EXPECT_EQ(numbered["2"].at<int>({1}), 6);
  EXPECT_FALSE(numbered.contains("1"));
  const auto named = kt::read_csv(path, {.delimiter = ';',
                                         .header = false,
                                         .column_names = {"a", "b", "c"},
                                         .dtypes = {{"a", kt::float64}, {"b", kt::int8}, {"c", kt::string}}});
  EXPECT_EQ(named["a"].dtype(), kt::float64);
  EXPECT_EQ(named["c"].data<std::string>()[0], "3");
  expect_says(message_of<kt::KeyError>([&] { kt::read_csv(path, {.columns = {"z"}}); }), {"no such column", "'z'"});
  expect_says(message_of<kt::KeyError>([&] { kt::read_csv(path, {.dtypes = {{"z", kt::int32}}}); }), {"'z'"});
}

TEST_F(Csv, MissingNumbersAreAnErrorOrWhatIsSaid) {
  const std::string path = write("a,b\n1,\n2,NA\n3,5\n");
  kt::CsvOptions options{.na_values = {"", "NA"}};
  expect_says(message_of<kt::FileError>([&] { kt::read_csv(path, options); }), {"line 2", "'b'", "missing"});
  options.missing = -1;
  EXPECT_EQ(kt::read_csv(path, options)["b"].dtype(), kt::int32);
  EXPECT_EQ(kt::read_csv(path, options)["b"].at<int>({1}), -1);
  options.missing = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(kt::read_csv(path, options)["b"].dtype(), kt::float32);
  EXPECT_TRUE(std::isnan(kt::read_csv(path, options)["b"].at<float>({0})));
  EXPECT_EQ(kt::read_csv(path)["b"].dtype(), kt::string);  // "NA" is text if nobody says otherwise
}

TEST_F(Csv, RefusesDamagedTables) {
  expect_says(message_of<kt::FileError>([&] { kt::read_csv(write("a,b\n1,2\n1,2,3\n")); }), {"line 3", "3 fields"});
  expect_says(message_of<kt::FileError>([&] { kt::read_csv(write("a,b\n1\n")); }), {"line 2", "1 fields for 2"});
  expect_says(message_of<kt::FileError>([&] { kt::read_csv(write("a,a\n1,2\n")); }), {"'a' twice"});
  EXPECT_THROW(kt::read_csv(write("")), kt::FileError);
  EXPECT_THROW(kt::read_csv(scratch_.path("nothing.csv")), kt::FileError);
  EXPECT_THROW(kt::read_csv(testing::TempDir()), kt::FileError);
  const std::string path = write("a\n1.5\nx\n");
  expect_says(message_of<kt::FileError>([&] {
                kt::read_csv(path, {.dtypes = {{"a", kt::float32}}});
              }),
              {"line 3", "'a'", "no number", "'x'"});
  expect_says(message_of<kt::FileError>([&] {
                kt::read_csv(path, {.dtypes = {{"a", kt::int8}}});
              }),
              {"line 2", "no int8"});
  EXPECT_THROW(kt::read_csv(write("a\n300\n"), {.dtypes = {{"a", kt::uint8}}}), kt::FileError);
  EXPECT_THROW(kt::read_csv(write("a\nmaybe\n"), {.dtypes = {{"a", kt::boolean}}}), kt::FileError);
  EXPECT_THROW(kt::read_csv(path, {.dtypes = {{"a", kt::complex64}}}), kt::DTypeError);
  EXPECT_THROW(kt::read_csv(path, {.delimiter = '"'}), kt::ValueError);
  EXPECT_THROW(kt::read_csv(path, {.column_names = {"a"}}), kt::ValueError);
}

TEST_F(Csv, ATableWithoutRowsHasColumns) {
  const auto table = kt::read_csv(write("a,b\n"));
  EXPECT_EQ(table["a"].shape(), kt::Shape({0}));
  EXPECT_EQ(table["a"].dtype(), kt::float32);
}

TEST_F(Csv, ReadsWhatGzipPacked) {
  const std::string path = scratch_.write("table.csv.gz", kt::test::packed("a\n1\n2\n"));
  EXPECT_EQ(kt::read_csv(path)["a"].at<int>({1}), 2);
}

TEST_F(Csv, RowsAreADatasetsElements) {
  const std::string path = write("a,b,label\n1,2,0\n3,4.5,1\n5,6,2\n");
  const auto rows = kt::csv_dataset(path, {.targets = {"label"}});
  EXPECT_EQ(rows.cardinality(), std::nullopt);
  const kt::Batch first = *rows.next();
  EXPECT_EQ(first.x[0].shape(), kt::Shape({2}));
  EXPECT_EQ(first.x[0].dtype(), kt::float32);
  EXPECT_EQ(first.y[0].shape(), kt::Shape());
  EXPECT_EQ(first.y[0].dtype(), kt::int32);
  EXPECT_EQ(kt::test::numbers_of(rows.batch(2)), (std::vector<double>{1, 2, 3, 4.5, 5, 6}));
  EXPECT_EQ(kt::test::numbers_of(rows.batch(2)).size(), 6U);  // the file is opened for each epoch

  const auto named = kt::csv_dataset(path, {.csv = {.columns = {"b"}}, .targets = {"a", "label"}, .named = true});
  const kt::Batch row = *named.next();
  EXPECT_EQ(row.x.names(), std::vector<std::string>{"b"});
  EXPECT_EQ(row.y[0].shape(), kt::Shape({2}));
  EXPECT_EQ(row.y[0].at<int>({1}), 0);
}

TEST_F(Csv, ADatasetSaysWhichRowDoesNotFit) {
  std::string text = "a,b\n";
  for (int i = 0; i < 150; ++i) text += std::to_string(i) + (i == 120 ? ",x\n" : ",1\n");
  const auto rows = kt::csv_dataset(write(text), {.targets = {"b"}});
  expect_says(message_of<kt::FileError>([&] {
                for ([[maybe_unused]] const kt::Batch& row : rows) {
                }
              }),
              {"line 122", "'b'", "'x'"});
  EXPECT_THROW(kt::csv_dataset(write("a,b\nx,1\n"), {.targets = {"b"}}), kt::DTypeError);
  EXPECT_THROW(kt::csv_dataset(write("a,b\n1,1\n"), {.targets = {"z"}}), kt::KeyError);
  EXPECT_THROW(kt::csv_dataset(write("a\n1\n"), {.targets = {"a"}}), kt::ValueError);
}

}  // namespace
