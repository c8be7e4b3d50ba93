// JSON as Python writes it goes in and comes out again, and errors say where.
#include "saving/json.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "files.h"

namespace {

using namespace keratin;
using keratin::saving::parse_json;
using keratin::saving::to_json;
using keratin::test::expect_says;
using keratin::test::message_of;

std::string refusal(std::string_view text) {
  return message_of<FileError>([&] { parse_json(text, "The file 'config.json'"); });
}

TEST(Json, WhatPythonWroteComesBackLetterForLetter) {
  const std::string text = test::content(test::data_file("value.json"));
  EXPECT_EQ(to_json(parse_json(text, "it")), text);
}

TEST(Json, ValuesKeepTheirKindAndOrder) {
  const Config value = parse_json(test::content(test::data_file("value.json")), "it").as_config();
  EXPECT_EQ(value.entries().front().first, "z");
  EXPECT_TRUE(value.at("z").is_integer());
  EXPECT_FALSE(value.at("a").is_integer());
  EXPECT_TRUE(std::signbit(value.at("a").as_floating()));
  const auto& special = value.at("special").as_list();
  EXPECT_TRUE(std::isnan(special[0].as_floating()));
  EXPECT_EQ(special[1].as_floating(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(special[2].as_floating(), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(value.at("NaN").as_text(), "NaN, Infinity and \"-Infinity\"");
  EXPECT_EQ(value.at("integers").as_list()[2].as_integer(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(value.at("integers").as_list()[3].as_integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(value.at("truth").as_list()[2].is_none());
  EXPECT_EQ(value.at("text").as_text().size(), std::string("tab\t quote\" slash\\ /, ä€𝄞123").size());
}

TEST(Json, IntegersBeyondInt64AreFloatingNumbers) {
  EXPECT_EQ(parse_json("18446744073709551615", "it").as_floating(), 18446744073709551615.0);
  EXPECT_EQ(parse_json("1000000000000000000000000", "it").as_floating(), 1e24);
  EXPECT_EQ(parse_json("[1E5, 0E9, 1e+2]", "it").as_list()[0].as_floating(), 1e5);
  EXPECT_EQ(parse_json("0E9", "it").as_floating(), 0.0);
}

TEST(Json, ErrorsSayWhere) {
  expect_says(refusal("{\"a\": 1,\n \"b\": }"), {"config.json", "line 2, column 7"});
  expect_says(refusal("[1, 2"), {"line 1, column 6"});
  expect_says(refusal(""), {"line 1, column 1"});
  expect_says(refusal("[1] 2"), {"line 1, column 5"});
  expect_says(refusal("[Nan]"), {"line 1"});
  for (const char* const text :
       {"[NaN1]", "[-NaN]", "[1NaN]", "[1.NaN]", "[1Infinity]", "[--Infinity]", "[NaNNaN]", "[+Infinity]"})
    expect_says(refusal(text), {"line 1"});
  expect_says(refusal("\"\xff\""), {"line 1"});
  expect_says(refusal(std::string(1000, '[')), {"nested more than 500 deep"});
}

}  // namespace
