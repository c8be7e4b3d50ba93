// Parts of a user's own, of every kind: Keras's files with them give Keras's numbers, and ours come back whole.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "files.h"
#include "keratin/core/log.h"
#include "own_parts.h"
#include "saving/model_files.h"

namespace {

using namespace keratin;
using keratin::test::content;
using keratin::test::data_file;
using keratin::test::expect_says;
using keratin::test::message_of;
using keratin::test::Scratch;

/// What is logged while it lives.
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

void expect_near(const Array& received, const Array& expected, const std::string& what) {
  EXPECT_LE(max_abs_difference(received, expected), 2e-6) << what;
}

/// Predicts, evaluates and trains on as Keras did.
void expect_numbers_of(Model& model, const NamedArrays& known) {
  expect_near(model.predict(known["x"]), known["predicted"], "predicted");
  const Logs evaluated = model.evaluate(known["x"], known["y"], {.batch_size = 4, .verbose = 0});
  const History history =
      model.fit(known["x"], known["y"], {.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false});
  const std::vector<Array> weights = model.get_weights();
  for (const auto& [name, values] : known) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) continue;
    const std::string rest = name.substr(slash + 1);
    if (name.starts_with("evaluated/")) {
      EXPECT_NEAR(evaluated.at(rest), values.item<double>(), 2e-6) << name;
    } else if (name.starts_with("weights/")) {
      expect_near(weights.at(std::stoul(rest)), values, name);
    } else {
      const std::vector<double>& numbers = history[rest];
      expect_near(Array::copy_of(numbers).astype(float32), values, name);
    }
  }
}

void expect_files_of_keras_are_known(const std::string& name, const std::vector<CustomObject>& objects) {
  const NamedArrays known = load_npz(data_file(name + ".npz"));
  const Scratch scratch;
  Session session;
  const Warnings warnings;
  Model model = load_model(session, data_file(name + ".keras"), {.custom_objects = objects});
  ASSERT_TRUE(model.is_compiled());
  model.save(scratch.path("a.keras"));
  Model again = load_model(session, scratch.path("a.keras"), {.custom_objects = objects});
  again.save(scratch.path("b.keras"));
  EXPECT_EQ(content(scratch.path("a.keras")), content(scratch.path("b.keras")));
  expect_numbers_of(model, known);
  expect_numbers_of(again, known);
  EXPECT_EQ(warnings.all, std::vector<std::string>());
}

TEST(CustomObjects, ClassesInFilesOfKerasGiveItsNumbers) {
  expect_files_of_keras_are_known("own_classes", keratin::test::own_classes());
}

TEST(CustomObjects, FunctionsInFilesOfKerasGiveItsNumbers) {
  expect_files_of_keras_are_known("own_functions", keratin::test::own_functions());
}

/// All but the one of this name.
std::vector<CustomObject> without(std::vector<CustomObject> objects, const std::string& name) {
  std::erase_if(objects, [&](const CustomObject& object) { return object.name() == name; });
  return objects;
}

TEST(CustomObjects, APartOfTheModelThatIsMissingIsRefusedByItsName) {
  Session session;
  const auto expect_refused = [&](const char* file, const std::vector<CustomObject>& objects, const std::string& name,
                                  const std::string& shown) {
    expect_says(message_of<ValueError>(
                    [&] { load_model(session, data_file(file), {.custom_objects = without(objects, name)}); }),
                {"Dense", shown, "custom_objects"});
    EXPECT_EQ(session.memory().current_bytes, 0);
  };
  expect_refused("own_classes.keras", keratin::test::own_classes(), "HalfOf", "kt::custom<HalfOf>(\"HalfOf\")");
  expect_refused("own_classes.keras", keratin::test::own_classes(), "tests>Quartic", "kt::custom<Quartic>");
  expect_refused("own_classes.keras", keratin::test::own_classes(), "AtMost", "kt::custom<AtMost>(\"AtMost\")");
  for (const char* const name : {"double_relu", "sevenths", "halves_squared", "not_above_one"})
    expect_refused("own_functions.keras", keratin::test::own_functions(), name,
                   "kt::custom(\"" + std::string(name) + "\", function)");
}

TEST(CustomObjects, APartOfTheCompilingThatIsMissingLeavesTheModelUncompiledWithOneWarning) {
  struct Case {
    const char* file;
    const char* missing;
    const char* part;
    const char* hint;
  };
  for (const Case& each :
       {Case{"own_classes", "Cubic", "its loss", "kt::custom<Cubic>(\"Cubic\")"},
        Case{"own_classes", "tests>Largest", "its metrics", "kt::custom<Largest>(\"Largest\")"},
        Case{"own_classes", "Halving", "its optimizer", "kt::custom<Halving>(\"Halving\")"},
        Case{"own_classes", "tests>Signs", "its optimizer", "kt::custom<Signs>(\"Signs\")"},
        Case{"own_functions", "tests>fourth_power", "its loss", "kt::custom(\"tests>fourth_power\", function)"}}) {
    auto objects = keratin::test::own_classes();
    for (const CustomObject& object : keratin::test::own_functions()) objects.push_back(object);
    Session session;
    const Warnings warnings;
    const std::string file = std::string(each.file) + ".keras";
    Model model = load_model(session, data_file(file), {.custom_objects = without(objects, each.missing)});
    EXPECT_FALSE(model.is_compiled());
    ASSERT_EQ(warnings.all.size(), 1U) << each.missing;
    expect_says(warnings.all[0], {file, each.part, each.hint});
    const NamedArrays known = load_npz(data_file(std::string(each.file) + ".npz"));
    expect_near(model.predict(known["x"]), known["predicted"], each.missing);
  }
}

TEST(CustomObjects, AreTakenWhereverADescriptionIsMadeAModel) {
  Session session;
  const auto classes = keratin::test::own_classes();
  const Array x = Array::random_normal({4, 3}, {.seed = 1});
  Model model = Sequential(
      session,
      {layers::Input({3}),
       layers::Dense(4, {.activation = keratin::test::Steeper(0.5), .kernel_initializer = keratin::test::HalfOf(0.5)}),
       layers::Dense(2, {.kernel_initializer = "ones"})});
  model.compile({.optimizer = keratin::test::Signs(0.25, 0.5), .loss = keratin::test::Cubic(2.0)});
  const Array predicted = model.predict(x);
  Model from_json = model_from_json(session, model.to_json(), classes);
  EXPECT_TRUE(from_json.is_compiled());
  for (Model each : {clone_model(model, classes), model_from_config(session, model.get_config(), classes), from_json})
    EXPECT_EQ(max_abs_difference(each.predict(x), predicted), 0.0);
  expect_says(message_of<ValueError>([&] { clone_model(model); }), {"Steeper", "custom_objects"});
}

TEST(CustomObjects, RegisteredNamesAreWrittenAsKerasWritesThem) {
  const Config object = LossSpec(keratin::test::Cubic(2.0)).config().as_config();
  EXPECT_EQ(object.get<std::string>("class_name"), "Cubic");
  EXPECT_EQ(object.get<std::string>("registered_name"), "tests>Cubic");
  EXPECT_TRUE(object.at("module").is_none());
  EXPECT_EQ(to_string(Activation(keratin::test::double_relu).config()),
            "{'module': 'builtins', 'class_name': 'function', 'config': 'double_relu', 'registered_name': 'function'}");
  EXPECT_EQ(LossSpec(keratin::test::fourth_power).config().as_config().get<std::string>("config"),
            "tests>fourth_power");
  EXPECT_EQ(MetricSpec(keratin::test::fourth_power).make()->name(), "fourth_power");
  EXPECT_EQ(OptimizerSpec(keratin::test::Signs(0.1, 0.5)).make()->class_name(), "tests>Signs");
}

TEST(CustomObjects, ALossThatIsAFunctionWithOtherOptionsComesBack) {
  const Scratch scratch;
  Session session;
  const Array x = Array::random_normal({6, 3}, {.seed = 1});
  const Array y = Array::random_normal({6, 2}, {.seed = 2});
  Model model = Sequential(session, {layers::Input({3}), layers::Dense(2)});
  model.compile({.optimizer = "sgd", .loss = losses::custom("fourth", keratin::test::fourth_power, "sum")});
  model.save(scratch.path("a.keras"));
  Model again =
      load_model(session, scratch.path("a.keras"), {.custom_objects = {custom("fourth", keratin::test::fourth_power)}});
  EXPECT_EQ(again.evaluate(x, y, {.verbose = 0}).at("loss"), model.evaluate(x, y, {.verbose = 0}).at("loss"));
}

TEST(CustomObjects, AFunctionWithoutANameIsSavedInNoFile) {
  const Scratch scratch;
  Session session;
  const Array x = Array::random_normal({6, 3}, {.seed = 1});
  const Array y = Array::random_normal({6, 2}, {.seed = 2});
  const auto squares = [](const Tensor& y_true, const Tensor& y_pred) {
    return ops::mean(ops::square(y_pred - y_true), {-1});
  };
  Model model = Sequential(session, {layers::Input({3}), layers::Dense(2)});
  model.compile({.optimizer = "sgd", .loss = squares, .metrics = {squares, "mse"}});
  const Logs logs = model.evaluate(x, y, {.verbose = 0});
  EXPECT_EQ(logs.at("loss"), logs.at("mse"));
  EXPECT_EQ(logs.at("lambda"), logs.at("mse"));
  {
    const Warnings warnings;
    model.save(scratch.path("a.keras"));
    ASSERT_EQ(warnings.all.size(), 1U);
    expect_says(warnings.all[0], {"sequential", "without a name", "kt::custom("});
    EXPECT_FALSE(load_model(session, scratch.path("a.keras")).is_compiled());
    EXPECT_EQ(warnings.all.size(), 1U);
  }
  Model of_functions = Sequential(
      session, {layers::Input({3}), layers::Dense(2, {.activation = [](const Tensor& t) { return t * 2.0; }})});
  expect_says(message_of<ValueError>([&] { of_functions.save(scratch.path("b.keras")); }), {"dense", "kt::custom("});
  EXPECT_FALSE(std::filesystem::exists(scratch.path("b.keras")));
}

/// A class without from_config stands for one set of options.
class Threefold : public losses::Loss {
 public:
  explicit Threefold(double factor = 3.0) : Loss("threefold"), factor_(factor) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return factor_ * ops::mean(ops::abs(y_pred - y_true), {-1});
  }
  Config config() const override {
    Config config = Loss::config();
    config.set("factor", factor_);
    return config;
  }

 private:
  double factor_;
};

TEST(CustomObjects, OptionsThatAClassCannotTakeAreRefused) {
  const Scratch scratch;
  Session session;
  for (const double factor : {3.0, 4.0}) {
    Model model = Sequential(session, {layers::Input({3}), layers::Dense(2)});
    model.compile({.optimizer = "sgd", .loss = Threefold(factor)});
    model.save(scratch.path("a.keras"));
    const Warnings warnings;
    Model again = load_model(session, scratch.path("a.keras"), {.custom_objects = {custom<Threefold>("Threefold")}});
    EXPECT_EQ(again.is_compiled(), factor == 3.0);
    if (factor != 3.0) expect_says(warnings.all.at(0), {"its loss", "Threefold", "from_config", "factor=4"});
  }
}

}  // namespace
