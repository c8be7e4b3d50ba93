// The program `keratin`, run as a user runs it.
#include <array>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "cli/program.h"
#include "keratin/core/array.h"
#include "keratin/saving/npz.h"
#include "keratin/version.h"
#include "saving/files.h"

namespace {

using namespace keratin;
using keratin::test::data_file;
using keratin::test::expect_says;
using keratin::test::Scratch;

using test::Outcome;
using test::run;

TEST(Cli, HelpTeaches) {
  const Scratch scratch;
  const Outcome all = run(scratch, "--help");
  EXPECT_EQ(all.status, 0);
  expect_says(all.out, {"predict", "train", "evaluate", "summary", "plan", "prove", "Examples:", "Exit codes:"});
  for (const std::string command : {"predict", "train", "evaluate", "summary", "plan", "prove"}) {
    const Outcome help = run(scratch, command + " --help");
    EXPECT_EQ(help.status, 0);
    expect_says(help.out, {"MODEL.keras", "Examples:\n", "keratin " + command + " "});
  }
  EXPECT_EQ(run(scratch, "--version").out, "keratin " KERATIN_VERSION "\n");
}

TEST(Cli, AWrongCommandLineIsStatusTwo) {
  const Scratch scratch;
  for (const std::string arguments :
       {"", "fit", "train", "summary", "predict model.keras", "summary a.keras --line-length 3",
        "predict a.keras -i x.npy -o y.npy --batch-size 0", "plan a.keras --wrong", "prove a.keras --rounds 0"}) {
    const Outcome wrong = run(scratch, arguments);
    EXPECT_EQ(wrong.status, 2) << arguments;
    EXPECT_EQ(wrong.out, "") << arguments;
    expect_says(wrong.err, {"--help"});
  }
}

TEST(Cli, WhatFailsIsStatusOneAndSaysWhy) {
  const Scratch scratch;
  const Outcome missing = run(scratch, "summary " + scratch.path("missing.keras"));
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.out, "");
  expect_says(missing.err, {"keratin: ", "missing.keras"});
  const Outcome unsafe = run(scratch, "summary " + data_file("lambda.keras"));
  EXPECT_EQ(unsafe.status, 1);
  expect_says(unsafe.err, {"unsafe"});
}

TEST(Cli, SummaryAndPlanTellOfAModel) {
  const Scratch scratch;
  const Outcome summary = run(scratch, "summary " + data_file("two_inputs.keras"));
  EXPECT_EQ(summary.status, 0) << summary.err;
  expect_says(summary.out, {"two_inputs", "shared (Dense)", "Total params"});
  const Outcome plan = run(scratch, "plan --graph --batch-size 7 " + data_file("two_inputs.keras"));
  EXPECT_EQ(plan.status, 0) << plan.err;
  expect_says(plan.out, {"Training, in batches of 7", "Predicting, in batches of 7", "parameters", "f32[7,4]"});
  const Outcome late = run(scratch, "plan " + data_file("late.keras"));
  EXPECT_EQ(late.status, 0) << late.err;
  expect_says(late.out, {"doesn't say how the model was compiled"});
}

TEST(Cli, PredictTakesAndGivesArraysByName) {
  const Scratch scratch;
  const std::string model = data_file("two_inputs.keras");
  const Outcome by_name = run(
      scratch, "predict " + model + " --input " + data_file("two_inputs.npz") + " --output " + scratch.path("y.npz"));
  EXPECT_EQ(by_name.status, 1);  // the file has the results too, which are no inputs
  const NamedArrays known = load_npz(data_file("two_inputs.npz"));
  save_npz(scratch.path("x.npz"), {{"zone", known["zone"]}, {"age", known["age"]}});
  const std::string input = " -i " + scratch.path("x.npz");
  EXPECT_EQ(run(scratch, "predict " + model + input + " -b 1 -o " + scratch.path("y.npz")).err, "");
  const NamedArrays results = load_npz(scratch.path("y.npz"));
  EXPECT_TRUE(all_close(results["left"], known["left"]));
  EXPECT_TRUE(all_close(results["right"], known["right"]));
  const Outcome too_many = run(scratch, "predict " + model + input + " -o " + scratch.path("y.npy"));
  EXPECT_EQ(too_many.status, 1);
  expect_says(too_many.err, {"2 outputs", ".npz"});

  save_npz(scratch.path("x.npz"), {{"x0", known["age"]}, {"x1", known["zone"]}});
  EXPECT_EQ(run(scratch, "predict " + model + input + " -o " + scratch.path("y.npz")).status, 0);
  EXPECT_TRUE(all_close(load_npz(scratch.path("y.npz"))["y1"], known["right"]));
}

TEST(Cli, PredictTakesAndGivesOneArray) {
  const Scratch scratch;
  const NamedArrays known = load_npz(data_file("late.npz"));
  known["x0"].save(scratch.path("x.npy"));
  const Outcome done = run(scratch, "predict " + data_file("late.keras") + " --input " + scratch.path("x.npy") +
                                        " --output " + scratch.path("y.npy"));
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_TRUE(all_close(Array::load(scratch.path("y.npy")), known["y0"]));
}

constexpr const char* net = R"({"class_name": "Sequential", "config": {"name": "net", "layers": [
  {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [null, 2], "dtype": "float32"}},
  {"class_name": "Dense", "config": {"name": "out", "units": 2, "activation": "softmax"}}]}})";

/// Points on two sides of a line.
std::string points() {
  std::string text = "x,y,side\n";
  for (int i = 0; i < 64; ++i)
    text += std::to_string(i % 8) + "," + std::to_string(i / 8) + "," + (i % 8 > i / 8 ? "1" : "0") + "\n";
  return text;
}

TEST(Cli, TrainsADescriptionOnATableAndEvaluatesWhatItLearned) {
  const Scratch scratch;
  std::ofstream(scratch.path("net.json")) << net;
  std::ofstream(scratch.path("points.csv")) << points();
  const std::string data = " --input " + scratch.path("points.csv");
  const Outcome trained = run(
      scratch, "train " + scratch.path("net.json") + data +
                   " --loss sparse_categorical_crossentropy --optimizer adam --learning-rate 0.05 --metric accuracy "
                   "--epochs 60 --verbose 0 --validation-split 0.25 --class-weight 0=1.0,1=1.5 --seed 1 --history " +
                   scratch.path("history.json") + " --output " + scratch.path("trained.keras"));
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_EQ(trained.out, "");
  expect_says(test::content(scratch.path("history.json")),
              {"\"loss\":[", "\"accuracy\":[", "\"val_loss\":[", "\"val_accuracy\":["});
  const Outcome scores =
      run(scratch, "evaluate " + scratch.path("trained.keras") + data + " --output " + scratch.path("scores.json"));
  ASSERT_EQ(scores.status, 0) << scores.err;
  expect_says(scores.out, {"accuracy: ", "loss: 0."});
  EXPECT_GT(std::stod(scores.out.substr(scores.out.find("accuracy: ") + 10)), 0.9);
  expect_says(test::content(scratch.path("scores.json")), {"\"accuracy\":", "\"loss\":0."});
  // What it learned, and how it is trained, came back with the file.
  const Outcome further = run(scratch, "train " + scratch.path("trained.keras") + data + " --verbose 0 --output " +
                                           scratch.path("further.keras"));
  EXPECT_EQ(further.status, 0) << further.err;
}

TEST(Cli, TrainingSaysWhatIsMissing) {
  const Scratch scratch;
  std::ofstream(scratch.path("net.json")) << net;
  std::ofstream(scratch.path("points.csv")) << points();
  const std::string start =
      "train " + scratch.path("net.json") + " --output " + scratch.path("out.keras") + " --input ";
  const auto fails = [&](const std::string& arguments, int status, std::initializer_list<std::string_view> says) {
    const Outcome outcome = run(scratch, start + arguments);
    EXPECT_EQ(outcome.status, status) << arguments;
    expect_says(outcome.err, says);
  };
  fails(scratch.path("points.csv"), 1, {"--loss"});
  fails(scratch.path("points.csv") + " --loss mse --class-weight 0:1", 2, {"--class-weight", "0:1"});
  fails(scratch.path("points.csv") + " --loss ms", 1, {"ms", "mse"});
  fails(scratch.path("points.csv") + " --loss mse --target-column z", 1, {"'z'"});
  fails(scratch.path("missing.csv") + " --loss mse", 1, {"missing.csv"});
  Array::zeros({4, 2}).save(scratch.path("x.npy"));
  fails(scratch.path("x.npy") + " --loss mse", 1, {"--target"});
  save_npz(scratch.path("x.npz"), {{"x", Array::zeros({4, 2})}});
  fails(scratch.path("x.npz") + " --loss mse", 1, {"targets", "'out'", "'x'"});
}

}  // namespace
