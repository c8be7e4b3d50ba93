// Models that Keras saved give its numbers; what can't be loaded is refused by name, and leaves nothing behind.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "files.h"
#include "keratin/core/log.h"
#include "keratin/keratin.h"
#include "saving/zip.h"

namespace {

using namespace keratin;
using keratin::test::content;
using keratin::test::data_file;
using keratin::test::expect_says;
using keratin::test::message_of;
using keratin::test::Scratch;

/// The members of a saved model, to be written again with changes.
class Members {
 public:
  explicit Members(const std::string& file) {
    const saving::Archive archive(data_file(file));
    for (const std::string& name : archive.names()) members_.emplace_back(name, archive.read(name));
  }
  std::string& operator[](const std::string& name) {
    for (auto& [each, bytes] : members_)
      if (each == name) return bytes;
    return members_.emplace_back(name, "").second;
  }
  void remove(const std::string& name) {
    std::erase_if(members_, [&](const auto& each) { return each.first == name; });
  }
  /// In config.json, where `from` has to occur.
  void replace(const std::string& from, const std::string& to) {
    std::string& config = (*this)["config.json"];
    ASSERT_NE(config.find(from), std::string::npos) << from;
    for (std::size_t at = 0; (at = config.find(from, at)) != std::string::npos; at += to.size())
      config.replace(at, from.size(), to);
  }
  std::string archive(const std::string& path, bool compressed = false) const {
    saving::ArchiveWriter writer(path);
    for (const auto& [name, bytes] : members_)
      writer.add(name, std::array{std::as_bytes(std::span(bytes))}, compressed);
    writer.commit();
    return path;
  }
  std::string folder(const std::string& path) const {
    std::filesystem::create_directories(path);
    for (const auto& [name, bytes] : members_) std::ofstream(path + "/" + name, std::ios::binary) << bytes;
    return path;
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

/// Messages of the log while it lives.
class Warnings {
 public:
  Warnings() {
    log::set_sink([this](log::Level, std::string_view text) { all.emplace_back(text); });
  }
  ~Warnings() { log::set_sink({}); }
  Warnings(const Warnings&) = delete;
  Warnings& operator=(const Warnings&) = delete;
  std::vector<std::string> all;
};

void expect_late_model(const std::string& path) {
  Session session;
  Model model = load_model(session, path);
  const NamedArrays known = load_npz(data_file("late.npz"));
  EXPECT_TRUE(all_close(model.predict(known["x0"]), known["y0"])) << path;
}

TEST(LoadModel, IsTheSameFromWhereverItComes) {
  const Scratch scratch;
  const Members members("late.keras");
  expect_late_model(data_file("late.keras"));
  expect_late_model(members.archive(scratch.path("stored.keras")));
  expect_late_model(members.archive(scratch.path("deflated.keras"), true));
  expect_late_model(members.folder(scratch.path("folder")));
  expect_late_model(std::filesystem::path(data_file("late.keras")));
}

TEST(LoadModel, ABatchSizeThatWasTheFirstCallsIsNoPromise) {
  Session session;
  Model model = load_model(session, data_file("late.keras"));
  EXPECT_EQ(model.input_shape(), Shape({-1, 3}));
  EXPECT_FALSE(model.is_compiled());
  EXPECT_EQ(Array(model.predict(Array::ones({5, 3}))).shape(), Shape({5, 2}));
}

TEST(LoadModel, DictionariesKeepTheirNamesAndCompileAsTheFileSays) {
  Session session;
  Warnings warnings;
  Model model = load_model(session, data_file("two_inputs.keras"));
  EXPECT_TRUE(warnings.all.empty()) << warnings.all.front();
  const NamedArrays known = load_npz(data_file("two_inputs.npz"));
  const Outputs outputs = model.predict({{"zone", known["zone"]}, {"age", known["age"]}});
  EXPECT_TRUE(all_close(outputs["left"], known["left"]));
  EXPECT_TRUE(all_close(outputs["right"], known["right"]));
  ASSERT_TRUE(model.is_compiled());
  EXPECT_FLOAT_EQ(float(model.optimizer()->learning_rate()), 0.001f);
  const Logs logs = model.evaluate({{"age", known["age"]}, {"zone", known["zone"]}},
                                   {{"left", known["left"]}, {"right", Array::zeros({2, 1})}}, {.verbose = 0});
  EXPECT_NEAR(logs.at("left_loss"), 0, 1e-10);
  EXPECT_NEAR(logs.at("loss"), logs.at("right_loss") / 2, 1e-6);
  EXPECT_FALSE(load_model(session, data_file("two_inputs.keras"), {.compile = false}).is_compiled());
}

TEST(LoadModel, WhatCantBeCompiledIsOneWarningThatNamesIt) {
  Session session;
  Warnings warnings;
  Members members("scheduled.keras");
  members.replace("ExponentialDecay", "WeatherDecay");
  const std::string path = members.archive(testing::TempDir() + "weather.keras");
  EXPECT_FALSE(load_model(session, path).is_compiled());
  ASSERT_EQ(warnings.all.size(), 1u);
  expect_says(warnings.all[0], {"weather.keras", "without being compiled", "SGD", "schedule", "WeatherDecay"});
}

TEST(LoadModel, AScheduleOfTheLearningRateComesWithTheOptimizer) {
  Session session;
  const Model model = load_model(session, data_file("scheduled.keras"));
  ASSERT_TRUE(model.is_compiled());
  EXPECT_FLOAT_EQ(static_cast<float>(model.optimizer()->learning_rate()), 0.1f);
  model.optimizer()->iterations().assign(10);
  EXPECT_FLOAT_EQ(static_cast<float>(model.optimizer()->learning_rate()), 0.09f);
}

/// As the file was made: y = x · factor.
class Scale : public Layer {
 public:
  explicit Scale(double initial = 1.0) : initial_(initial) {}
  void build(const Shape& input) override {
    factor_ = add_weight("factor", {input.back()}, {.initializer = initializers::Constant(initial_)});
  }
  Tensor call(const Tensor& x, const CallContext& /*context*/) override { return x * factor_; }
  Config config() const override { return {{"initial", initial_}}; }
  static Scale from_config(const Config& config) { return Scale(config.get<double>("initial")); }

 private:
  double initial_;
  Variable factor_;
};

TEST(LoadModel, TheUsersClassesAreLoadedByAnExplicitList) {
  Session session;
  const std::string path = data_file("custom.keras");
  const NamedArrays known = load_npz(data_file("custom.npz"));
  for (const char* const name : {"Scale", "tests>Scale"}) {
    Model model = load_model(session, path, {.custom_objects = {custom<Scale>(name)}});
    EXPECT_TRUE(all_close(model.predict(known["x0"]), known["y0"]));
    EXPECT_EQ(model.layers().at(1).get_config().get<double>("initial"), 0.5);
  }
  session.clear();
  expect_says(message_of<ValueError>([&] { load_model(session, path); }), {"'scale'", "Scale", "custom_objects"});
  EXPECT_EQ(session.memory().current_bytes, 0);
}

TEST(LoadModel, PythonCodeIsRefusedAsUnsafe) {
  Session session;
  const std::string path = data_file("lambda.keras");
  expect_says(message_of<ValueError>([&] { load_model(session, path); }), {"lambda.keras", "Lambda", "unsafe"});
  expect_says(message_of<ValueError>([&] { load_model(session, path, {.custom_objects = {custom<Scale>("Lambda")}}); }),
              {"unsafe", "safe_mode"});
  EXPECT_EQ(session.memory().current_bytes, 0);
}

TEST(LoadModel, DamagedFilesAreRefusedAndLeaveNothing) {
  const Scratch scratch;
  Session session;
  const std::string good = content(data_file("late.keras"));
  for (std::size_t length = 0; length < good.size(); length += 499) {
    const std::string path = scratch.write("cut.keras", good.substr(0, length));
    expect_says(message_of<FileError>([&] { load_model(session, path); }), {"cut.keras"});
  }
  std::string spoilt = good;
  spoilt[spoilt.find("\x89HDF") + 5000] ^= 1;
  const std::string path = scratch.write("spoilt.keras", spoilt);
  expect_says(message_of<FileError>([&] { load_model(session, path); }), {"spoilt.keras", "model.weights.h5", "CRC"});
  expect_says(message_of<FileError>([&] { load_model(session, scratch.path("no.keras")); }), {"no.keras"});
  expect_says(message_of<FileError>([&] { load_model(session, data_file("weights.h5")); }), {"HDF5", "load_weights"});
  expect_says(message_of<FileError>([&] { load_model(session, data_file("members.zip")); }), {"no config.json"});
  EXPECT_EQ(session.memory().current_bytes, 0);
  EXPECT_EQ(session.graph().layers, 0);
}

TEST(LoadModel, AWrongDescriptionIsRefusedBeforeAnythingIsBuilt) {
  const Scratch scratch;
  Session session;
  const auto refusal = [&]<class Thrown>(const std::string& from, const std::string& to) {
    Members members("late.keras");
    members.replace(from, to);
    const std::string path = members.archive(scratch.path("changed.keras"));
    return message_of<Thrown>([&] { load_model(session, path); });
  };
  expect_says(refusal.operator()<FileError>("\"layers\": [", "\"layers\": [,"), {"config.json", "line 1, column"});
  expect_says(refusal.operator()<ValueError>("\"class_name\": \"Sequential\"", "\"class_name\": \"MyModel\""),
              {"MyModel", "Sequential and Functional"});
  expect_says(refusal.operator()<ValueError>("\"units\": 4", "\"units\": -4"), {"Dense", "units", "-4"});
  expect_says(refusal.operator()<ValueError>("\"activation\": \"relu\"", "\"activation\": \"rela\""), {"rela", "relu"});
  expect_says(refusal.operator()<KeyError>("\"config\": {\"name\": \"late\"", "\"conf\": {\"name\": \"late\""),
              {"config"});
  Members members("late.keras");
  members.remove("model.weights.h5");
  const std::string path = members.archive(scratch.path("changed.keras"));
  expect_says(message_of<FileError>([&] { load_model(session, path); }), {"changed.keras", "no model.weights.h5"});
  EXPECT_EQ(session.memory().current_bytes, 0);
}

TEST(LoadModel, WeightsThatDontFitAreRefusedByBothNames) {
  const Scratch scratch;
  Session session;
  const auto refusal = [&]<class Thrown>(const std::string& from, const std::string& to) {
    Members members("late.keras");
    members.replace(from, to);
    const std::string path = members.archive(scratch.path("changed.keras"));
    const std::string message = message_of<Thrown>([&] { load_model(session, path); });
    EXPECT_EQ(session.graph().layers, 0);
    EXPECT_EQ(session.graph().variables, 0);
    return message;
  };
  expect_says(refusal.operator()<ShapeError>("\"units\": 4", "\"units\": 5"),
              {"'layers/dense/vars/0'", "late/dense/kernel", "(3, 4)", "(3, 5)", "changed.keras"});
  expect_says(refusal.operator()<FileError>("\"units\": 4, \"activation\": \"relu\", \"use_bias\": true",
                                            "\"units\": 4, \"activation\": \"relu\", \"use_bias\": false"),
              {"'layers/dense/vars/1'", "late/dense", "more weights"});
  Members members("two_inputs.keras");
  members["model.weights.h5"] = Members("late.keras")["model.weights.h5"];
  const std::string path = members.archive(scratch.path("changed.keras"));
  expect_says(message_of<Error>([&] { load_model(session, path); }),
              {"layers/dense_1/vars/0", "two_inputs/left/kernel"});
}

TEST(LoadModel, AgainAndAgainLeavesNothing) {
  Session session;
  const auto once = [&] {
    load_model(session, data_file("two_inputs.keras"))
        .predict({{"age", Array::ones({2, 3})}, {"zone", Array::ones({2, 3})}});
    session.clear();
    return session.memory().current_bytes;
  };
  for (int i = 0; i < 20; ++i) EXPECT_EQ(once(), 0);
  const std::int64_t before = process_memory().resident_bytes;
  for (int i = 0; i < 80; ++i) EXPECT_EQ(once(), 0);
  EXPECT_LT(process_memory().resident_bytes - before, 200'000);
}

TEST(LoadWeights, ComeFromWeightsAloneAndFromWholeModels) {
  const NamedArrays known = load_npz(data_file("two_inputs.npz"));
  for (const char* const file : {"two_inputs.weights.h5", "two_inputs.keras"}) {
    Session session;
    const Tensor age = session.input({3}, {.name = "age"});
    const Tensor zone = session.input({3}, {.name = "zone"});
    const auto shared = session.add(layers::Dense(4, {.activation = "tanh"}));
    const Tensor both = layers::Concatenate()({shared(age), shared(zone)});
    Model model({age, zone}, {layers::Dense(2)(both), layers::Dense(1)(both)});
    model.load_weights(data_file(file));
    const Outputs outputs = model.predict({known["age"], known["zone"]});
    EXPECT_TRUE(all_close(outputs[0], known["left"]));
    EXPECT_TRUE(all_close(outputs[1], known["right"]));
    EXPECT_EQ(model.saved_weights().front().first, "layers/dense/vars/0");
  }
}

TEST(LoadWeights, AllOrNothing) {
  Session session;
  auto model = Sequential(session, {layers::Input({3}), layers::Dense(4), layers::Dense(3)});
  const std::vector<Array> before = model.get_weights();
  expect_says(message_of<ShapeError>([&] { model.load_weights(data_file("late.keras")); }),
              {"'layers/dense_1/vars/0'", "(4, 2)", "(4, 3)"});
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(max_abs_difference(before[i], model.get_weights()[i]), 0);
  auto unbuilt = Sequential(session, {layers::Dense(4)});
  expect_says(message_of<NotBuiltError>([&] { unbuilt.load_weights(data_file("late.keras")); }), {"build()"});
}

TEST(LoadWeights, FloatingDtypesConvert) {
  const Scratch scratch;
  Session session;
  Members members("late.keras");
  members.replace("float32", "float64");
  Model model = load_model(session, members.archive(scratch.path("changed.keras")));
  EXPECT_EQ(model.weights().front().dtype(), float64);
  const NamedArrays known = load_npz(data_file("late.npz"));
  const Array y = model.predict(known["x0"].astype(float64));
  EXPECT_TRUE(all_close(y.astype(float32), known["y0"]));
}

}  // namespace
