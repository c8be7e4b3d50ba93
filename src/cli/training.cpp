// The commands that train and evaluate.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/arrays.h"
#include "cli/commands.h"
#include "cli/interrupts.h"
#include "keratin/core/error.h"
#include "keratin/saving/backup_and_restore.h"
#include "keratin/saving/load_model.h"
#include "keratin/saving/model_checkpoint.h"
#include "keratin/saving/model_json.h"
#include "keratin/training/callbacks.h"
#include "keratin/training/model.h"

namespace keratin::inline v0::cli {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file) throw FileError("'" + path + "' can't be read");
  return text;
}

/// A model with weights, or a description that starts anew.
Model model_in(Session& session, const std::string& path) {
  if (std::filesystem::path(path).extension() == ".json") return model_from_json(session, text_of(path));
  return load_model(session, path);
}

/// As the command line says; without a word of it, as the file says.
void compile(Model& model, const CompileArguments& arguments) {
  if (arguments.loss.empty()) {
    if (!model.is_compiled())
      throw ValueError(
          "The model's file doesn't say how it is trained. Give --loss, and --optimizer and --metric as "
          "they are wanted");
    if (!arguments.optimizer.empty() || !arguments.metrics.empty())
      throw ValueError("--optimizer and --metric compile the model anew, which needs --loss too");
  } else {
    CompileOptions options;
    options.loss = RuntimeName{arguments.loss};
    if (!arguments.optimizer.empty()) options.optimizer = RuntimeName{arguments.optimizer};
    std::vector<MetricSpec> metrics;
    for (const std::string& metric : arguments.metrics) metrics.emplace_back(RuntimeName{metric});
    options.metrics = std::move(metrics);
    model.compile(std::move(options));
  }
  if (arguments.learning_rate) model.optimizer()->set_learning_rate(*arguments.learning_rate);
}

using Json = nlohmann::ordered_json;

Json as_json(const History& history) {
  Json values = Json::object();
  for (const std::string& name : history.names()) values[name] = history[name];
  return values;
}

Json as_json(const Logs& logs) {
  Json values = Json::object();
  for (std::size_t i = 0; i < logs.size(); ++i) values[logs.name(i)] = logs.value(i);
  return values;
}

void write_json(const std::string& path, const Json& values) {
  std::ofstream file(path);
  file << values.dump() << std::endl;
  if (!file) throw FileError("'" + path + "' can't be written");
}

CallbackList callbacks_of(const TrainArguments& arguments) {
  CallbackList all;
  if (arguments.early_stopping > 0)
    all.push_back(callbacks::EarlyStopping(
        {.monitor = arguments.monitor, .patience = arguments.early_stopping, .restore_best_weights = true}));
  if (!arguments.log.empty()) all.push_back(callbacks::CSVLogger(arguments.log));
  if (!arguments.checkpoint.empty())
    all.push_back(callbacks::ModelCheckpoint(arguments.checkpoint,
                                             {.monitor = arguments.monitor, .save_best_only = arguments.best_only}));
  if (!arguments.backup.empty()) all.push_back(callbacks::BackupAndRestore(arguments.backup));
  return all;
}

}  // namespace

void train(const TrainArguments& arguments) {
  const Interrupts interrupts;
  Session session({.seed = arguments.seed});
  Model model = model_in(session, arguments.model);
  compile(model, arguments.compile);
  Rows rows = rows_of(arguments.data, model);
  FitOptions options{.batch_size = arguments.batch_size,
                     .epochs = arguments.epochs,
                     .verbose = arguments.verbose,
                     .callbacks = callbacks_of(arguments),
                     .validation_split = arguments.validation_split,
                     .shuffle = arguments.shuffle};
  for (const auto& [kind, weight] : arguments.class_weight) options.class_weight[kind] = weight;
  options.sample_weight = rows.sample_weight;
  options.initial_epoch = arguments.initial_epoch;
  options.stop_token = interrupts.token();
  if (!arguments.validation_data.input.empty()) {
    const Rows validation = rows_of(arguments.validation_data, model);
    options.validation_data = {validation.x, validation.y, validation.sample_weight};
  }
  const History history = model.fit(rows.x, rows.y, options);
  model.save(arguments.output);
  if (!arguments.history.empty()) write_json(arguments.history, as_json(history));
  interrupts.check();
}

void evaluate(const EvaluateArguments& arguments) {
  Session session;
  Model model = model_in(session, arguments.model);
  compile(model, arguments.compile);
  const Rows rows = rows_of(arguments.data, model);
  const Logs logs = model.evaluate(
      rows.x, rows.y, {.batch_size = arguments.batch_size, .verbose = 0, .sample_weight = rows.sample_weight});
  for (std::size_t i = 0; i < logs.size(); ++i) std::cout << logs.name(i) << ": " << logs.value(i) << '\n';
  if (!arguments.output.empty()) write_json(arguments.output, as_json(logs));
}

}  // namespace keratin::inline v0::cli
