// Cases that were recorded with real Keras (select_cases.py), each a folder of cases/: the program must give the
// results that Keras gave.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "program/commands.h"
#include "support/files.h"

namespace {

namespace kt = keratin;
namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<std::string> recorded_cases() {
  std::vector<std::string> found;
  if (fs::exists(KERATIN_CASES))
    for (const auto& entry : fs::recursive_directory_iterator(KERATIN_CASES))
      if (entry.path().filename() == "case.json")
        found.push_back(fs::relative(entry.path().parent_path(), KERATIN_CASES).string());
  std::sort(found.begin(), found.end());
  return found;
}

/// The command line of a case; its results go to `folder`, which is for them alone.
std::vector<std::string> command_of(const Json& info, const std::string& given, const fs::path& folder) {
  const auto kind = info.at("kind").get<std::string>();
  if (kind != "forward" && kind != "gradient" && kind != "train" && kind != "evaluate")
    return {"check", given, "--output", folder / "out.npz"};
  std::vector<std::string> command{kind == "forward" ? "predict" : kind, given + "/model.keras", "--input",
                                   given + "/inputs.npz"};
  const auto add = [&](const char* option, const std::string& value) {
    command.insert(command.end(), {option, value});
  };
  if (kind == "forward" || kind == "gradient") {
    add("--output", folder / "out.npz");
    return command;
  }
  add("--batch-size", info.at("batch_size").dump());
  add("--output", folder / (kind == "train" ? "trained.keras" : "out.json"));
  if (kind == "evaluate") return command;
  add("--epochs", info.at("epochs").dump());
  add("--shuffle", "false");
  add("--history", folder / "history.json");
  const Json& options = info.at("options");
  if (options.contains("validation_split")) add("--validation-split", options.at("validation_split").dump());
  if (!options.contains("class_weight")) return command;
  std::string weights;
  for (const auto& [number, weight] : options.at("class_weight").items())
    weights += (weights.empty() ? "" : ",") + number + "=" + weight.dump();
  add("--class-weight", weights);
  return command;
}

void add_state(kt::NamedArrays& weights, const std::string& place, const kt::optimizers::Optimizer& optimizer) {
  const std::vector<kt::Variable> variables = optimizer.variables();
  for (std::size_t i = 0; i < variables.size(); ++i)
    weights.set(place + "/vars/" + std::to_string(i), variables[i].value());
  for (const auto& [name, inner] : optimizer.nested()) add_state(weights, place + "/" + name, *inner);
}

/// Numbers by name, or lists of them.
void add_numbers(kt::NamedArrays& results, const std::string& prefix, const fs::path& file) {
  const Json numbers_by_name = Json::parse(std::ifstream(file));
  for (const auto& [name, value] : numbers_by_name.items()) {
    const auto numbers = value.is_array() ? value.get<std::vector<double>>() : std::vector{value.get<double>()};
    kt::Array array = kt::Array::copy_of(numbers);
    results.set(prefix + name, value.is_array() ? array : array.reshaped({}));
  }
}

/// What the command has written, under the names that expected.npz has.
kt::NamedArrays results_of(const std::string& kind, const fs::path& folder) {
  kt::NamedArrays results;
  if (kind == "evaluate") {
    add_numbers(results, "", folder / "out.json");
  } else if (kind == "train") {
    add_numbers(results, "history/", folder / "history.json");
    kt::Session session;
    const kt::Model model = kt::load_model(session, folder / "trained.keras");
    for (const auto& [path, variable] : model.saved_weights()) results.set("weights/" + path, variable.value());
    add_state(results, "weights/optimizer", *model.optimizer());
  } else {
    results = kt::load_npz(folder / "out.npz");
  }
  return results;
}

void expect_close(const std::string& name, const kt::Array& expected, const kt::Array& received, double rtol,
                  double atol) {
  ASSERT_EQ(received.shape(), expected.shape()) << name;
  const kt::Array wanted = expected.astype(kt::float64).contiguous();
  const kt::Array got = received.astype(kt::float64).contiguous();
  std::size_t wrong = 0;
  double largest = 0;
  for (std::size_t i = 0; i < wanted.data<double>().size(); ++i) {
    const double a = wanted.data<double>()[i];
    const double b = got.data<double>()[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const double error = std::fabs(a - b);
    largest = std::max(largest, std::isnan(error) ? INFINITY : error);
    if (!(error <= atol + rtol * std::fabs(a))) ++wrong;
  }
  EXPECT_EQ(wrong, 0u) << name << ": of " << wanted.size() << " values; the largest error is " << largest;
}

/// A random initializer's values: their moments and, where it has some, bounds.
void expect_moments(const Json& info, const kt::NamedArrays& expected, const kt::Array& received) {
  const auto sizes = info.at("shape").get<std::vector<std::int64_t>>();
  ASSERT_EQ(received.shape(), kt::Shape(std::span(sizes)));
  const kt::Array values = received.astype(kt::float64);
  const auto numbers = values.data<double>();
  const auto count = static_cast<double>(numbers.size());
  double mean = 0;
  double variance = 0;
  for (const double each : numbers) mean += each / count;
  for (const double each : numbers) variance += (each - mean) * (each - mean) / count;
  const auto known = [&](const char* name) { return expected.at(name).item<double>(); };
  EXPECT_NEAR(mean, known("mean"), 8 * known("std") / std::sqrt(count));
  EXPECT_NEAR(std::sqrt(variance), known("std"), 0.04 * known("std"));
  const double slack = (known("max") - known("min")) * (info.at("bounded").get<bool>() ? 0.01 : 0.35);
  EXPECT_GE(*std::min_element(numbers.begin(), numbers.end()), known("min") - slack);
  EXPECT_LE(*std::max_element(numbers.begin(), numbers.end()), known("max") + slack);
}

/// Rows or columns, whichever are fewer, stand at right angles, each as long as the gain.
void expect_orthogonal(const kt::NamedArrays& expected, const kt::Array& received) {
  const std::int64_t columns = received.shape().back();
  kt::Array matrix = received.astype(kt::float64).reshaped({-1, columns});
  if (matrix.shape()[0] > columns) matrix = matrix.transposed().contiguous();
  const std::int64_t count = matrix.shape()[0];
  const std::int64_t length = matrix.shape()[1];
  const double gain = expected.at("gain").item<double>();
  const double* const numbers = matrix.data<double>().data();
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j <= i; ++j) {
      double product = 0;
      for (std::int64_t k = 0; k < length; ++k) product += numbers[i * length + k] * numbers[j * length + k];
      ASSERT_NEAR(product, i == j ? gain * gain : 0.0, 1e-4);
    }
}

void compare(const Json& info, const kt::NamedArrays& expected, const kt::NamedArrays& received) {
  if (info.value("random", false)) {
    const kt::Array& value = received.at("value");
    return info.value("orthogonal", false) ? expect_orthogonal(expected, value) : expect_moments(info, expected, value);
  }
  std::set<std::string> names;
  for (const auto& [name, values] : expected) {
    names.insert(name);
    ASSERT_TRUE(received.contains(name)) << name;
    expect_close(name, values, received.at(name), info.at("rtol"), info.at("atol"));
  }
  for (const auto& [name, values] : received) EXPECT_TRUE(names.contains(name)) << name << " is not expected";
}

class Recorded : public testing::TestWithParam<std::string> {};

TEST_P(Recorded, GivesWhatKerasGave) {
  const std::string folder = std::string(KERATIN_CASES) + "/" + GetParam();
  const keratin::test::Scratch scratch;
  const Json info = Json::parse(std::ifstream(folder + "/case.json"));
  conformance::run(command_of(info, folder, scratch.path("")));
  compare(info, kt::load_npz(folder + "/expected.npz"), results_of(info.at("kind"), scratch.path("")));
}

INSTANTIATE_TEST_SUITE_P(All, Recorded, testing::ValuesIn(recorded_cases()), [](const auto& instance) {
  std::string name = instance.param;
  std::replace_if(
      name.begin(), name.end(), [](char letter) { return std::isalnum(letter) == 0; }, '_');
  return name;
});

TEST(RecordedCases, AreThere) { EXPECT_GT(recorded_cases().size(), 100u); }

}  // namespace
