#include "cli/prove/subject.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/arrays.h"
#include "cli/prove/samples.h"
#include "keratin/core/error.h"
#include "keratin/core/log.h"
#include "keratin/saving/load_model.h"
#include "keratin/saving/model_json.h"
#include "keratin/saving/npz.h"

namespace keratin::inline v0::cli {
namespace {

using Json = nlohmann::json;

/// A loss as Keras's JSON has it: a name, or an object with a class or a function.
std::string name_of_loss(const Json& loss) {
  if (loss.is_string()) return loss.get<std::string>();
  if (!loss.is_object() || !loss.contains("class_name")) return {};
  if (loss["class_name"] == "function" && loss["config"].is_string()) return loss["config"].get<std::string>();
  return loss["class_name"].get<std::string>();
}

/// The losses that the file names, one for each output; fewer where it names none for some.
std::vector<std::string> losses_of(const std::string& json, const std::vector<std::string>& outputs) {
  const Json compiled = Json::parse(json).value("compile_config", Json::object());
  const Json loss = compiled.is_object() ? compiled.value("loss", Json()) : Json();
  std::vector<std::string> all;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (loss.is_array()) {
      all.push_back(i < loss.size() ? name_of_loss(loss[i]) : std::string());
    } else if (loss.is_object() && loss.contains(outputs[i])) {
      all.push_back(name_of_loss(loss[outputs[i]]));
    } else {
      all.push_back(name_of_loss(loss));
    }
  }
  return all;
}

std::string listed(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::string described(const std::vector<Array>& arrays, const std::vector<std::string>& contents) {
  std::string all;
  for (std::size_t i = 0; i < arrays.size(); ++i)
    all += (i == 0 ? "" : "; ") + std::string(name_of(arrays[i].dtype())) + " " + to_string(arrays[i].shape()) +
           (i < contents.size() ? ", " + contents[i] : std::string());
  return all;
}

/// The inputs, and targets where there are any, of the user's file.
void take_given(Subject& subject, const std::string& path, const Model& model) {
  subject.has_given_inputs = true;
  if (!is_npy(path)) {
    const NamedArrays arrays = load_npz(path);
    if (arrays.contains("y") || arrays.contains("y0") || arrays.contains(subject.output_names.front())) {
      const Rows rows = rows_of({.input = path}, model);
      subject.x = rows.x.ordered(model.input_names(), "x");
      subject.y = rows.y.ordered(model.output_names(), "y");
      return;
    }
  }
  subject.x = inputs_of(path).x.ordered(model.input_names(), "x");
}

/// Whether a step of training can be taken, and what hinders it.
std::string trial(const Subject& subject) {
  try {
    Session session({.seed = 1});
    Model model = rebuilt(session, subject);
    if (model.trainable_variables().empty()) return "it has no weights to train";
    const auto first = [&](const Array& array) { return array.rows(0, subject.batch_size); };
    model.train_on_batch(Data(subject.x).mapped(first), Data(subject.y).mapped(first));
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

void choose_targets(Subject& subject, const Model& model, const std::vector<Array>& outputs) {
  if (!model.is_compiled()) subject.losses = losses_for(outputs);
  const std::vector<std::string> losses =
      subject.losses.empty() ? losses_of(subject.json, subject.output_names) : subject.losses;
  std::vector<std::string> contents(outputs.size(), "as given");
  if (subject.y.empty()) {
    Samples targets = targets_for(outputs, losses);
    subject.y = std::move(targets.arrays);
    contents = std::move(targets.contents);
  }
  subject.refuses_training = trial(subject);
  std::cout << "  targets: " << described(subject.y, contents) << '\n';
  if (!subject.losses.empty())
    std::cout << "  The file doesn't say how the model is trained: it is with adam and " << listed(losses)
              << ", which its outputs look like.\n";
  if (!subject.refuses_training.empty())
    std::cout << "  It can't be trained, and is run alone: " << subject.refuses_training << '\n';
}

std::vector<std::string> names(const std::string& prefix, std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(prefix + std::to_string(i));
  return all;
}

/// The library's log is silent while data is tried out, as what the model refuses is what is looked for.
class Silence {
 public:
  Silence() : before_(log::level()) { log::silence(); }
  ~Silence() { log::set_level(before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  log::Level before_;
};

}  // namespace

Subject subject_of(const ProveArguments& arguments) {
  Session session({.seed = 1});
  Model model = load_model(session, arguments.model);
  const Silence silence;
  Subject subject{.path = arguments.model,
                  .name = model.name(),
                  .json = model.to_json(),
                  .weights = model.get_weights(),
                  .output_names = model.output_names()};
  std::cout << arguments.model << ": the model '" << subject.name << "' with " << model.count_params() << " weights\n";
  Samples made = inputs_for(model, {.batch_size = arguments.batch_size, .sizes = arguments.sizes});
  subject.batch_size = made.batch_size;
  subject.shuffle = !made.has_fixed_batch;
  subject.x = std::move(made.arrays);
  if (!arguments.input.empty()) {
    take_given(subject, arguments.input, model);
    made.contents.assign(subject.x.size(), "as given");
    subject.batch_size = std::min(subject.batch_size, subject.x.front().shape()[0]);
  }
  std::cout << "  inputs: " << described(subject.x, made.contents) << '\n';
  const Outputs outputs = model.predict(subject.x, {.batch_size = subject.batch_size});
  choose_targets(subject, model, outputs.arrays());
  return subject;
}

Model rebuilt(Session& session, const Subject& subject) {
  Model model = model_from_json(session, subject.json);
  if (!subject.losses.empty()) {
    CompileOptions options{.optimizer = "adam"};
    std::vector<LossSpec> losses;
    for (const std::string& loss : subject.losses) losses.emplace_back(RuntimeName{loss});
    options.loss = losses;
    model.compile(std::move(options));
  }
  model.set_weights(subject.weights);
  return model;
}

void run_round(Model model, const Subject& subject) {
  if (subject.refuses_training.empty()) {
    model.fit(subject.x, subject.y,
              {.batch_size = subject.batch_size, .epochs = 1, .verbose = 0, .shuffle = subject.shuffle});
  } else {
    static_cast<void>(model.predict(subject.x, {.batch_size = subject.batch_size}));
  }
}

void write_subject(const Subject& subject, const std::string& folder) {
  std::vector<std::pair<std::string, Array>> arrays;
  const auto add = [&](const std::string& prefix, const std::vector<Array>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) arrays.emplace_back(prefix + std::to_string(i), all[i]);
  };
  add("x", subject.x);
  add("y", subject.y);
  add("w", subject.weights);
  save_npz(folder + "/data.npz", NamedArrays(std::move(arrays)));
  const Json description{{"path", std::filesystem::absolute(subject.path).string()},
                         {"json", subject.json},
                         {"losses", subject.losses},
                         {"batch_size", subject.batch_size},
                         {"shuffle", subject.shuffle},
                         {"refuses_training", subject.refuses_training},
                         {"x", subject.x.size()},
                         {"y", subject.y.size()},
                         {"w", subject.weights.size()}};
  std::ofstream(folder + "/subject.json") << description << '\n';
}

Subject read_subject(const std::string& folder) {
  const Json description = Json::parse(std::ifstream(folder + "/subject.json"));
  const NamedArrays arrays = load_npz(folder + "/data.npz");
  const auto take = [&](const std::string& prefix) {
    std::vector<Array> all;
    for (const std::string& name : names(prefix, description.at(prefix))) all.push_back(arrays[name]);
    return all;
  };
  Subject subject{.path = description.at("path"), .json = description.at("json"), .weights = take("w")};
  subject.losses = description.at("losses").get<std::vector<std::string>>();
  subject.x = take("x");
  subject.y = take("y");
  subject.batch_size = description.at("batch_size");
  subject.shuffle = description.at("shuffle");
  subject.refuses_training = description.at("refuses_training");
  return subject;
}

}  // namespace keratin::inline v0::cli
