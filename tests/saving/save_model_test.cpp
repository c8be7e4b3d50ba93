// What is saved comes back bit for bit, in equal bytes each time; what can't be is refused before anything is written.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "keratin/keratin.h"
#include "saving/hdf5.h"
#include "saving/zip.h"
#include "support/sanitized.h"

namespace {

using namespace keratin;
using keratin::test::content;
using keratin::test::data_file;
using keratin::test::expect_says;
using keratin::test::message_of;
using keratin::test::Scratch;

Model small(Session& session, const std::string& name = "small") {
  return Sequential(session,
                    {layers::Input({4}), layers::Dense(3, {.activation = "relu"}), layers::Dropout(0.5),
                     layers::BatchNormalization(), layers::Dense(2)},
                    {.name = name});
}

bool same_bits(const Array& a, const Array& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const Array x = a.contiguous();
  const Array y = b.contiguous();
  return x.size() == 0 || std::memcmp(x.raw(), y.raw(), static_cast<std::size_t>(x.size()) * size_of(x.dtype())) == 0;
}

void expect_same_weights(const Model& a, const Model& b) {
  const auto mine = a.saved_weights();
  const auto theirs = b.saved_weights();
  ASSERT_EQ(mine.size(), theirs.size());
  for (std::size_t i = 0; i < mine.size(); ++i) {
    EXPECT_EQ(mine[i].first, theirs[i].first);
    EXPECT_TRUE(same_bits(mine[i].second.value(), theirs[i].second.value())) << mine[i].first;
  }
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(SaveModel, ComesBackBitForBitFromAFileAndAFolder) {
  const Scratch scratch;
  Session session({.seed = 1});
  Model model = small(session);
  model.save(scratch.path("a.keras"));
  model.save(scratch.path("folder"), {.zipped = false});
  save_model(model, scratch.path("folder/"), {.zipped = false});
  const Array x = Array::random_normal({5, 4}, {.seed = 2});
  for (const char* const name : {"a.keras", "folder"}) {
    Session other({.seed = 2});
    Model again = load_model(other, scratch.path(name));
    EXPECT_EQ(again.name(), "small");
    expect_same_weights(model, again);
    EXPECT_TRUE(same_bits(model.predict(x), again.predict(x)));
  }
  EXPECT_EQ(names_in(scratch.path("folder")),
            (std::vector<std::string>{"config.json", "metadata.json", "model.weights.h5"}));
  EXPECT_EQ(names_in(scratch.path("")), (std::vector<std::string>{"a.keras", "folder"}));
}

TEST(SaveModel, TheSameModelMakesTheSameBytes) {
  const Scratch scratch;
  std::array<std::string, 2> bytes;
  for (std::string& each : bytes) {
    Session session({.seed = 1});
    Model model = small(session);
    model.save(scratch.path("a.keras"));
    each = content(scratch.path("a.keras"));
    model.save_weights(scratch.path("a.weights.h5"));
    each += content(scratch.path("a.weights.h5"));
  }
  EXPECT_EQ(bytes[0], bytes[1]);
  const saving::Archive archive(scratch.path("a.keras"));
  EXPECT_EQ(archive.names(), (std::vector<std::string>{"metadata.json", "config.json", "model.weights.h5"}));
  EXPECT_EQ(archive.read("model.weights.h5"), content(scratch.path("a.weights.h5")));
}

/// What Keras writes for a model is what we write for it.
TEST(SaveModel, AKerasFilesWeightsAreWrittenInItsPlaces) {
  const Scratch scratch;
  for (const std::string name : {"late.keras", "two_inputs.keras"}) {
    Session session;
    load_model(session, data_file(name), {.compile = false}).save_weights(scratch.path("a.weights.h5"));
    const saving::Hdf5File theirs(saving::Archive(data_file(name)).random_access("model.weights.h5"));
    const saving::Hdf5File ours(saving::open_file(scratch.path("a.weights.h5")));
    for (const std::string& path : theirs.paths()) {
      if (path.starts_with("optimizer")) continue;
      EXPECT_TRUE(ours.contains(path) && same_bits(ours.read(path), theirs.read(path))) << name << ": " << path;
    }
  }
}

TEST(SaveModel, EveryDtypeOfAWeightComesBack) {
  const Scratch scratch;
  Session session({.seed = 1});
  Model model = Sequential(session, {layers::Input({3}), layers::Dense(2, {.dtype = "bfloat16"}),
                                     layers::Dense(2, {.dtype = "float64"}), layers::Dense(2)});
  model.save(scratch.path("a.keras"));
  Session other;
  expect_same_weights(model, load_model(other, scratch.path("a.keras")));
  const saving::Hdf5File file(saving::Archive(scratch.path("a.keras")).random_access("model.weights.h5"));
  EXPECT_EQ(file.describe("layers/dense/vars/0").dtype, bfloat16);
  EXPECT_EQ(file.describe("layers/dense_1/vars/0").dtype, float64);
}

TEST(SaveModel, WhatHasNoDescriptionIsRefusedAndTheOldFileStays) {
  const Scratch scratch;
  Session session;
  const std::string path = scratch.write("a.keras", "old");
  const Model with_function(Sequential(
      session, {layers::Input({4}), layers::Function([](const Tensor& x) { return x * 2.0; }, {.name = "doubled"})}));
  expect_says(message_of<ValueError>([&] { with_function.save(path); }), {"doubled", "derived from Layer"});
  const Model with_activation(Sequential(
      session,
      {layers::Input({4}), layers::Dense(2, {.activation = [](const Tensor& x) { return x; }, .name = "mine"})}));
  expect_says(message_of<ValueError>([&] { with_activation.save(path); }), {"mine", "no description"});
  const Tensor x = session.input({4});
  const Model with_op(x, layers::Dense(2)(ops::top_k(x, 2).values));
  expect_says(message_of<ValueError>([&] { with_op.save(path); }),
              {"argsort", "outside of a layer", "derived from Layer"});
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(names_in(scratch.path("")), std::vector<std::string>{"a.keras"});
}

TEST(SaveModel, WrongPathsAreRefused) {
  const Scratch scratch;
  Session session;
  Model model = small(session);
  expect_says(message_of<ValueError>([&] { model.save(scratch.path("a")); }), {".keras", "/a'"});
  expect_says(message_of<ValueError>([&] { model.save(scratch.path("a.keras"), {.zipped = false}); }), {"folder"});
  expect_says(message_of<ValueError>([&] { model.save_weights(scratch.path("a.h5")); }), {".weights.h5"});
  expect_says(message_of<FileError>([&] { model.save(scratch.path("no/a.keras")); }), {"no/a.keras", "No such file"});
  const std::string path = scratch.write("a.keras", "old");
  expect_says(message_of<FileError>([&] { model.save(path, {.overwrite = false}); }), {"exists", "overwrite"});
  EXPECT_EQ(content(path), "old");
  std::filesystem::create_directory(scratch.path("mine"));
  scratch.write("mine/notes.txt", "mine");
  expect_says(message_of<FileError>([&] { model.save(scratch.path("mine"), {.zipped = false}); }), {"notes.txt"});
  EXPECT_EQ(content(scratch.path("mine/notes.txt")), "mine");
  const Model unbuilt = Sequential(session, {layers::Dense(2)});
  expect_says(message_of<NotBuiltError>([&] { unbuilt.save_weights(scratch.path("a.weights.h5")); }), {"build()"});
}

/// How a process of its own ended that saves with a limit on the size of files.
template <class F>
int ended_within(rlim_t bytes, F save) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
      save();
    } catch (const FileError&) {
      std::exit(17);  // HDF5's own end of the process runs too
    } catch (...) {
      std::exit(18);
    }
    std::exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
Model two_layers(Session& session) {
  return Sequential(session, {layers::Input({64}), layers::Dense(64), layers::Dense(64)});
}
/// In a session of the child's own, as its parent's can't be used there.
int saved_within(const std::string& path, rlim_t bytes) {
  return ended_within(bytes, [&] {
    Session session({.seed = 1});
    two_layers(session).save(path);
  });
}

TEST(SaveModel, AFileThatCantBeWrittenToTheEndLeavesTheOldOne) {
  const Scratch scratch;
  Session session({.seed = 1});
  two_layers(session).save(scratch.path("whole.keras"));
  const auto size = std::filesystem::file_size(scratch.path("whole.keras"));
  const std::string path = scratch.write("a.keras", "old");
  for (std::uintmax_t limit = 1; limit < size; limit += 1 + size / 23) {
    EXPECT_EQ(saved_within(path, limit), 17) << limit;
    EXPECT_EQ(content(path), "old");
  }
  EXPECT_EQ(names_in(scratch.path("")), (std::vector<std::string>{"a.keras", "whole.keras"}));
  EXPECT_EQ(saved_within(path, size), 0);
  EXPECT_EQ(content(path), content(scratch.path("whole.keras")));
}

TEST(SaveModel, ACheckpointThatCantBeWrittenToTheEndLeavesTheOldOne) {
  const Scratch scratch;
  const std::string path = scratch.path("a.keras");
  const auto trained = [&] {
    Session session({.seed = 1, .threads = 1});
    Model model = Sequential(session, {layers::Input({64}), layers::Dense(64)});
    model.compile({.loss = "mse"});
    model.fit(Array::ones({8, 64}), Array::ones({8, 64}),
              {.verbose = 0, .callbacks = {callbacks::ModelCheckpoint(path)}});
  };
  trained();
  const std::string whole = content(path);
  for (std::uintmax_t limit = 1; limit < whole.size(); limit += 1 + whole.size() / 7) {
    scratch.write("a.keras", "old");
    EXPECT_EQ(ended_within(limit, trained), 17) << limit;
    EXPECT_EQ(content(path), "old");
    EXPECT_EQ(names_in(scratch.path("")), std::vector<std::string>{"a.keras"});
  }
  EXPECT_EQ(ended_within(whole.size(), trained), 0);
  EXPECT_EQ(content(path), whole);
}

TEST(SaveModel, WeightsThatDontFitCanBeLeftAsTheyAre) {
  const Scratch scratch;
  Session session({.seed = 1});
  Model model = small(session);
  model.save_weights(scratch.path("a.weights.h5"));
  Session other({.seed = 2});
  Model wider =
      Sequential(other, {layers::Input({4}), layers::Dense(3), layers::BatchNormalization(), layers::Dense(5)});
  const auto before = wider.get_weights();
  EXPECT_THROW(wider.load_weights(scratch.path("a.weights.h5")), ShapeError);
  EXPECT_TRUE(same_bits(wider.get_weights()[0], before[0]));
  wider.load_weights(scratch.path("a.weights.h5"), {.skip_mismatch = true});
  EXPECT_TRUE(same_bits(wider.get_weights()[0], model.get_weights()[0]));
  EXPECT_TRUE(same_bits(wider.get_weights().back(), before.back()));
}

TEST(ModelConfig, JsonAndConfigMakeTheSameModel) {
  Session session({.seed = 1});
  Model model = small(session);
  Session other({.seed = 7});
  Model from_json = model_from_json(other, model.to_json());
  Model from_config = model_from_config(other, model.get_config());
  Model clone = clone_model(model, other);
  for (Model& each : std::array{from_json, from_config, clone}) {
    EXPECT_EQ(to_string(each.get_config()), to_string(model.get_config()));
    EXPECT_FALSE(same_bits(each.get_weights()[0], model.get_weights()[0]));
    each.set_weights(model.get_weights());
    const Array x = Array::random_normal({5, 4}, {.seed = 2});
    EXPECT_TRUE(same_bits(model.predict(x), each.predict(x)));
  }
  expect_says(message_of<FileError>([&] { model_from_json(other, "[1]"); }), {"no description"});
  expect_says(message_of<FileError>([&] { model_from_json(other, "{"); }), {"no JSON"});
}

TEST(SaveModel, ALayerThatTwoSequentialModelsShareIsOne) {
  const Scratch scratch;
  Session session;
  const Tensor x = session.input({3});
  const auto branch = [&](const char* name) {
    return Sequential(session, {layers::Input({3}), layers::Dense(3, {.name = "common"})}, {.name = name});
  };
  Model left = branch("left");
  Model right = branch("right");
  std::string text = Model({x}, {left(x) + 2.0 * right(x)}).to_json();
  EXPECT_EQ(model_from_json(session, text).weights().size(), 4U);
  const std::string dense = "\"class_name\": \"Dense\", ";
  const std::string with_id = dense + "\"shared_object_id\": 7, ";
  for (std::size_t at = 0; (at = text.find(dense, at)) != std::string::npos; at += with_id.size())
    text.replace(at, dense.size(), with_id);
  Model shared = model_from_json(session, text);
  EXPECT_EQ(shared.weights().size(), 2U);
  const Array rows = Array::random_normal({4, 3}, {.seed = 1});
  shared.save(scratch.path("a.keras"));
  Model again = load_model(session, scratch.path("a.keras"));
  EXPECT_EQ(again.weights().size(), 2U);
  EXPECT_EQ(max_abs_difference(again.predict(rows), shared.predict(rows)), 0.0);
}

/// Of the heap, those of libraries below us included: HDF5 keeps types that it has once converted between.
TEST(SaveModel, AgainAndAgainLeavesNothingInTheHeap) {
  if (test::is_sanitized) GTEST_SKIP() << "the sanitizer's heap can't be counted";
  const Scratch scratch;
  Session session({.seed = 1});
  const auto in_use_after = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      small(session).save(scratch.path("a.keras"));
      load_model(session, scratch.path("a.keras"));
      session.clear();
    }
    return static_cast<std::int64_t>(mallinfo2().uordblks);
  };
  const std::int64_t before = in_use_after(50);
  EXPECT_LT(in_use_after(300) - before, std::int64_t{300} * 30);
}

}  // namespace
