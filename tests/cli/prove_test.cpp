// `keratin prove`, and what signals do to the program.
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "cli/program.h"
#include "keratin/core/array.h"
#include "keratin/saving/load_model.h"
#include "keratin/saving/npz.h"
#include "saving/files.h"
#include "support/sanitized.h"
#include "support/tests_dir.h"

namespace {

using namespace keratin;
using test::data_file;
using test::expect_says;
using test::Outcome;
using test::run;
using test::Scratch;
using test::shell;

std::string recorded(const std::string& name) { return test::tests_file("conformance/cases/archs/" + name); }

Outcome prove(const Scratch& scratch, const std::string& arguments) {
  return run(scratch, "prove --python none --rounds 12 --output " + scratch.path("page") + " " + arguments);
}

TEST(Prove, AModelOfKerasHoldsWhatIsPromised) {
  const Scratch scratch;
  const std::string folder = recorded("lenet_gradient");
  const Outcome outcome = prove(scratch, folder + "/model.keras --input " + recorded("lenet_forward") + "/inputs.npz");
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  expect_says(outcome.out, {"as given", "[holds]  50 training steps", "equal bits in all", "[holds]  12 rounds",
                            "RLIMIT_DATA", "books after each of them: 0 bytes", "slope", "4 of 4 claims hold"});
  const std::string picture = test::content(scratch.path("page/model-prove.svg"));
  expect_says(picture, {"<svg", "<polyline", "Keratin: ", "MiB", "</svg>"});
  const std::string table = test::content(scratch.path("page/model-prove.csv"));
  EXPECT_EQ(table.find("round,Keratin\n1,"), 0u) << table;
  EXPECT_NE(table.find("\n12,"), std::string::npos) << table;
}

TEST(Prove, FindsHowManyIndicesAnInputTakesAndALossForWhatWasNeverCompiled) {
  const Scratch scratch;
  const Outcome outcome = prove(scratch, recorded("text_classifier_forward") + "/model.keras");
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  Session session;
  const Model model = load_model(session, recorded("text_classifier_forward") + "/model.keras");
  const std::int64_t words = model.layers().front().get_weights().front().shape()[0];
  expect_says(outcome.out, {"integers below " + std::to_string(words), "0 or 1", "adam and binary_crossentropy"});
}

TEST(Prove, PredictionsAreComparedWithRecordedOnes) {
  const Scratch scratch;
  const std::string model = recorded("siamese_forward") + "/model.keras --input " + recorded("siamese_forward");
  const Outcome same =
      prove(scratch, model + "/inputs.npz --expected " + recorded("siamese_forward") + "/expected.npz");
  EXPECT_EQ(same.status, 0) << same.out << same.err;
  expect_says(same.out, {"[holds]  Predictions for 16 rows"});

  Array wrong = load_npz(recorded("siamese_forward") + "/expected.npz")["y0"].copy();
  wrong.mutable_data<float>()[3] += 0.1f;
  wrong.save(scratch.path("wrong.npy"));
  const Outcome other = prove(scratch, model + "/inputs.npz --expected " + scratch.path("wrong.npy"));
  EXPECT_EQ(other.status, 1);
  expect_says(other.out, {"[FAILS]  Predictions for 16 rows", "at most 0.1", "4 of 5 claims hold"});
  expect_says(other.err, {"keratin: 1 of 5 claims don't hold"});
  expect_says(prove(scratch, data_file("late.keras") + " --expected " + scratch.path("wrong.npy")).err, {"--input"});
}

TEST(Prove, TheKernelHoldsTheLimit) {
  const Scratch scratch;
  const Outcome outcome =
      shell(scratch, KERATIN_PROGRAM " prove --python none --rounds 1000000 " + recorded("siamese_forward") +
                         "/model.keras > /dev/null & parent=$!; for i in $(seq 600); do "
                         "child=$(echo $(cat /proc/$parent/task/*/children)); [ -n \"$child\" ] && "
                         "grep 'Max data size' /proc/$child/limits | grep -v unlimited && break; sleep 0.1; done; "
                         "kill -INT $parent; wait $parent");
  EXPECT_EQ(outcome.status, 130) << outcome.err;
  std::istringstream words(outcome.out);
  std::string max, data, size;
  std::int64_t bytes = 0;
  words >> max >> data >> size >> bytes;
  EXPECT_GT(bytes, 4 << 20) << outcome.out;
  if (!test::is_sanitized) {
    EXPECT_LT(bytes, 32 << 20) << outcome.out;
  }
}

TEST(Prove, WhatCannotBeTrainedIsRun) {
  const Scratch scratch;
  const Outcome outcome = prove(scratch, test::tests_file("conformance/cases/forward/Activation_relu_0/model.keras"));
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  expect_says(outcome.out, {"no weights to train", "rebuild, predict, clear", "3 of 3 claims hold"});
}

/// Starts the program, waits until the file is there, sends the signal, and gives its exit code.
Outcome signalled(const Scratch& scratch, const std::string& arguments, const std::string& file,
                  const std::string& signal) {
  return shell(scratch, KERATIN_PROGRAM " " + arguments +
                            " & child=$!; for i in $(seq 600); do kill -0 $child || break; [ -s " + file +
                            " ] && break; sleep 0.1; done; kill -" + signal + " $child; wait $child");
}

TEST(Signals, TrainingEndsAfterTheBatchAndWhatWasTrainedIsSaved) {
  const Scratch scratch;
  const std::string folder = recorded("lenet_gradient");
  Session session;
  for (const auto& [signal, status] : {std::pair<std::string, int>{"INT", 130}, {"TERM", 143}}) {
    const std::string log = scratch.path(signal + ".csv");
    const std::string out = scratch.path(signal + ".keras");
    const std::string history = scratch.path(signal + ".json");
    const Outcome outcome =
        signalled(scratch,
                  "train " + folder + "/model.keras --input " + folder + "/inputs.npz" +
                      " --epochs 1000000 --verbose 0 --log " + log + " --history " + history + " --output " + out,
                  log, signal);
    EXPECT_EQ(outcome.status, status) << outcome.err;
    expect_says(outcome.err, {"stopped by a signal"});
    EXPECT_TRUE(load_model(session, out).is_compiled());
    expect_says(test::content(history), {"\"loss\":["});
  }
}

TEST(Signals, ProvingEndsInTheMiddleOfItsRounds) {
  const Scratch scratch;
  const Outcome outcome =
      signalled(scratch, "prove --python none --rounds 10000000 " + recorded("siamese_forward") + "/model.keras",
                scratch.path("out"), "TERM");
  EXPECT_EQ(outcome.status, 143) << outcome.err;
}

}  // namespace
