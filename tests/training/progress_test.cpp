#include <sstream>

#include <gtest/gtest.h>

#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;

const Array x = wave({40, 6}, 1);
const Array y = classes(40, 3, 2);

/// What is printed on standard output, which is no terminal then.
template <class F>
std::string printed(F f) {
  testing::internal::CaptureStdout();
  f();
  return testing::internal::GetCapturedStdout();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char each : text) {
    if (each == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += each;
    }
  }
  EXPECT_EQ(lines.back(), "") << "the last line isn't ended: " << text;
  lines.pop_back();
  return lines;
}

class Progress : public testing::Test {
 protected:
  std::string fit(int verbose, std::int64_t epochs, bool validation = false) {
    FitOptions options{.batch_size = 8, .epochs = epochs, .verbose = verbose};
    if (validation) options.validation_data = {x, y};
    return printed([&] { model_.fit(x, y, options); });
  }

  Session session_;
  Sequential model_ = compiled_classifier(session_);
};

TEST_F(Progress, Verbose0PrintsNothing) {
  EXPECT_EQ(fit(0, 2), "");
  EXPECT_EQ(printed([&] {
              model_.evaluate(x, y, {.verbose = 0});
              model_.predict(x);
            }),
            "");
}

TEST_F(Progress, Verbose2PrintsALineAnEpochAsKeras) {
  const std::vector<std::string> lines = lines_of(fit(2, 3, true));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "Epoch 1/3");
  EXPECT_EQ(lines[4], "Epoch 3/3");
  for (const std::size_t at : {1u, 3u, 5u}) {
    EXPECT_TRUE(lines[at].starts_with("5/5 - 0s - ")) << lines[at];
    EXPECT_NE(lines[at].find("s/step - accuracy: "), std::string::npos) << lines[at];
    for (const char* const name : {" - accuracy: ", " - val_loss: ", " - val_accuracy: "})
      EXPECT_NE(lines[at].find(name), std::string::npos) << lines[at];
  }
}

TEST_F(Progress, OfOneEpochHasNoHeading) {
  const std::vector<std::string> lines = lines_of(fit(2, 1));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with("5/5 - ")) << lines[0];
}

TEST_F(Progress, Verbose1OnAPipeIsPlainLines) {
  const std::string text = fit(1, 2);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  const std::vector<std::string> lines = lines_of(text);
  ASSERT_EQ(lines.size(), 4u) << text;
  EXPECT_TRUE(lines[1].starts_with("5/5 0s ")) << lines[1];
  EXPECT_NE(lines[1].find("s/step - accuracy: "), std::string::npos) << lines[1];
}

TEST_F(Progress, OfEvaluateAndPredictIsALine) {
  const auto evaluated = lines_of(printed([&] { model_.evaluate(x, y, {.batch_size = 16}); }));
  ASSERT_EQ(evaluated.size(), 1u);
  EXPECT_TRUE(evaluated[0].starts_with("3/3 0s ")) << evaluated[0];
  EXPECT_NE(evaluated[0].find("accuracy: "), std::string::npos) << evaluated[0];
  const auto predicted = lines_of(printed([&] { model_.predict(x, {.batch_size = 16, .verbose = 2}); }));
  ASSERT_EQ(predicted.size(), 1u);
  EXPECT_TRUE(predicted[0].starts_with("3/3 - 0s - ")) << predicted[0];
  EXPECT_TRUE(predicted[0].ends_with("s/step")) << predicted[0];
}

TEST_F(Progress, OfAStreamCountsItsBatches) {
  int batch = 0;
  const Dataset stream = Dataset::from_generator([&]() -> std::optional<Batch> {
    if (batch++ % 4 == 3) return std::nullopt;
    return Batch{x, y};
  });
  const auto lines = lines_of(printed([&] { model_.fit(stream, {.verbose = 2}); }));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with("3/3 - ")) << lines[0];
}

TEST(LogsText, HasFourDecimalsAndExponentsForTheVerySmall) {
  Logs logs;
  logs.set("loss", 0.25);
  logs.set("mse", 0.00012345);
  std::ostringstream out;
  out << logs;
  EXPECT_EQ(out.str(), "loss: 0.2500 - mse: 1.2345e-04");
}

}  // namespace
