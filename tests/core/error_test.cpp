#include "keratin/core/error.h"

#include <string>

#include <gtest/gtest.h>

namespace {

using namespace keratin;

TEST(Error, CarriesCodeLayerAndLine) {
  const SourceLine where = std::source_location::current();
  const ShapeError error("Bad shape. Received: (3,)", "sequential/dense_1", where);
  EXPECT_EQ(error.code(), ErrorCode::shape);
  EXPECT_EQ(error.layer_path(), "sequential/dense_1");
  EXPECT_EQ(error.where().line, where.line);
  const std::string text = error.what();
  EXPECT_NE(text.find("Bad shape. Received: (3,)"), std::string::npos);
  EXPECT_NE(text.find("sequential/dense_1"), std::string::npos);
  EXPECT_NE(text.find("error_test.cpp:" + std::to_string(where.line)), std::string::npos);
}

TEST(Error, DoesNotRepeatWhatTheMessageSays) {
  const ValueError error("Layer 'dense' has no units.", "dense");
  EXPECT_STREQ(error.what(), "Layer 'dense' has no units.");
}

TEST(Error, EachClassIsCaughtAsTheRoot) {
  EXPECT_THROW(throw OutOfMemoryError("x"), Error);
  EXPECT_THROW(throw StaleHandleError("x"), std::runtime_error);
  EXPECT_EQ(NotBuiltError("x").code(), ErrorCode::not_built);
}

TEST(SourceLine, IsFileNameAndLineOrNothing) {
  EXPECT_EQ(to_string(SourceLine()), "");
  SourceLine line;
  line.file = "/home/somebody/train.cpp";
  line.line = 42;
  EXPECT_EQ(to_string(line), "train.cpp:42");
}

}  // namespace
