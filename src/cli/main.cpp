// The program `keratin`: looks at saved models and runs them.
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/interrupts.h"
#include "cli/prove/prove.h"
#include "keratin/version.h"

namespace {

namespace cli = keratin::cli;

constexpr int failed = 1;
constexpr int wrong_usage = 2;

constexpr const char* overview = R"(Examples:
  keratin summary model.keras
  keratin predict model.keras --input x.npy --output y.npy
  keratin train model.keras --input rows.npz --epochs 10 --output trained.keras
  keratin evaluate trained.keras --input test.npz
  keratin plan model.keras --batch-size 128
  keratin prove model.keras

`keratin COMMAND --help` tells more of a command. Models are those that Keras 3 saves with model.save("model.keras").

Exit codes: 0 done; 1 it failed, and standard error says why; 2 the command line is wrong;
130 (SIGINT) or 143 (SIGTERM) stopped by a signal.)";

constexpr const char* predict_help =
    R"(Input: a .npy file for a model of one input; a .npz file with an array for each input, under the input's name
(`keratin summary` shows them) or as x0, x1, … in the inputs' order. Rows are examples.
Output: a .npy file for a model of one output; a .npz file with an array for each output, under its name, or
as y0, y1, … where the inputs were x0, x1, …

Examples:
  keratin predict digits.keras --input images.npy --output classes.npy
  keratin predict two_inputs.keras --input both.npz --output results.npz --batch-size 256

In Python:
  numpy.savez("both.npz", age=ages, photo=photos)
  results = numpy.load("results.npz"))";

constexpr const char* summary_help = R"(Examples:
  keratin summary model.keras
  keratin summary model.keras --expand-nested --show-trainable --line-length 120)";

constexpr const char* plan_help =
    R"(Prints what memory predicting takes and, where the file tells how the model was compiled, training: by category and with
the largest owners. Training is planned and not run; prediction is run once, on zeros. Sizes that the model leaves open
(an image's height, a text's length) are given with --size, in the order in which the summary shows them.

Examples:
  keratin plan model.keras
  keratin plan model.keras --batch-size 256 --rows 10000
  keratin plan any_size.keras --batch-size 8 --size 224 --size 224
  keratin plan model.keras --graph)";

constexpr const char* rows_help =
    R"(Input: a .npz file with the inputs as x (x0, x1, …) or under their names, the targets as y (y0, y1, …) or under the
outputs' names, and sample_weight (sample_weight0, …) where rows count differently; a .npy file, with the targets in another one (--target);
or a .csv file with a line of names, whose last column, or those of --target-column, are the targets.)";

constexpr const char* train_help =
    R"(
The model: a .keras file, which goes on from its weights, optimizer and step; or a .json file of model.to_json(), which
starts anew and needs --loss. Losses, optimizers and metrics have Keras's names.

Examples:
  keratin train model.keras --input rows.npz --epochs 10 --output trained.keras
  keratin train net.json --input iris.csv --loss sparse_categorical_crossentropy --optimizer adam --metric accuracy       --epochs 100 --validation-split 0.2 --early-stopping 10 --output iris.keras --history history.json
  keratin train model.keras --input x.npy --target y.npy --epochs 50 --backup state --output trained.keras
Ctrl-C and SIGTERM end it after the batch at hand: what was trained is saved, with the history so far, and the exit code is
130 (143 after SIGTERM). A second one ends it at once.
With --backup, the same command goes on where it was stopped.)";

constexpr const char* evaluate_help = R"(
Examples:
  keratin evaluate model.keras --input test.npz
  keratin evaluate model.keras --input x.npy --target y.npy --output scores.json)";

CLI::App* command(CLI::App& app, const char* name, const char* what, const char* help, std::string& model) {
  CLI::App* const added = app.add_subcommand(name, what);
  added->footer(help);
  added->add_option("MODEL.keras", model, "The saved model: a .keras file, or a folder of its members")->required();
  return added;
}

void add_predict(CLI::App& app, cli::PredictArguments& arguments) {
  CLI::App* const added = command(app, "predict", "Run a model on the arrays of a file", predict_help, arguments.model);
  added->add_option("-i,--input", arguments.input, "The inputs: a .npy or .npz file")->required();
  added->add_option("-o,--output", arguments.output, "The results: a .npy or .npz file, replaced if it exists")
      ->required();
  added->add_option("-b,--batch-size", arguments.batch_size, "Rows that are run at once")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  added->callback([&arguments] { cli::predict(arguments); });
}

void add_rows(CLI::App& command, cli::DataFiles& files) {
  command.add_option("-i,--input", files.input, "The rows: a .npz, .npy or .csv file")->required();
  command.add_option("-t,--target", files.target, "The targets, where --input is a .npy file: a .npy file too");
  command.add_option("--target-column", files.columns, "A column of a .csv file that is a target; may be repeated");
}

void add_compile(CLI::App& command, cli::CompileArguments& arguments) {
  command.add_option("--loss", arguments.loss, "Compile anew, with this loss");
  command.add_option("--optimizer", arguments.optimizer, "… and this optimizer (rmsprop if none is given)");
  command.add_option("--metric", arguments.metrics, "… and this metric; may be repeated");
  command.add_option("--learning-rate", arguments.learning_rate, "Set the learning rate");
}

void add_callbacks(CLI::App& command, cli::TrainArguments& arguments) {
  command.add_option("--log", arguments.log, "Write a line for each epoch to this .csv file");
  command.add_option("--checkpoint", arguments.checkpoint, "Save after each epoch, as 'model-{epoch:02d}.keras'");
  command.add_flag("--best-only", arguments.best_only, "Save where the monitored number is the best so far alone");
  command.add_option("--backup", arguments.backup, "Keep the state in this folder, and go on from it");
  command.add_option("--early-stopping", arguments.early_stopping, "End after so many epochs without getting better")
      ->check(CLI::PositiveNumber);
  command.add_option("--monitor", arguments.monitor, "The number that --best-only and --early-stopping look at")
      ->capture_default_str();
}

/// "0=1.0,1=2.5"
void take_class_weights(const std::vector<std::string>& texts, cli::TrainArguments& arguments) {
  for (const std::string& text : texts) {
    std::int64_t kind = 0;
    double weight = 0.0;
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || !CLI::detail::lexical_cast(text.substr(0, sign), kind) ||
        !CLI::detail::lexical_cast(text.substr(sign + 1), weight))
      throw CLI::ValidationError("--class-weight", "takes CLASS=WEIGHT, such as 0=1.0,1=2.5. Received: " + text);
    arguments.class_weight.emplace_back(kind, weight);
  }
}

void add_train(CLI::App& app, cli::TrainArguments& arguments) {
  static const std::string help = std::string(rows_help) + train_help;
  CLI::App* const added = command(app, "train", "Train a model on the rows of a file", help.c_str(), arguments.model);
  add_rows(*added, arguments.data);
  added->add_option("-o,--output", arguments.output, "The trained model: a .keras file")->required();
  added->add_option("-e,--epochs", arguments.epochs, "Times that all rows are seen")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  added->add_option("-b,--batch-size", arguments.batch_size, "Rows of a step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  added->add_option("--initial-epoch", arguments.initial_epoch, "Number of the first epoch")
      ->check(CLI::NonNegativeNumber);
  added->add_option("--shuffle", arguments.shuffle, "Whether rows come in another order in each epoch")
      ->capture_default_str();
  added
      ->add_option("--validation-split", arguments.validation_split,
                   "Share of the rows, from the end, to validate with")
      ->check(CLI::Range(0.0, 1.0));
  added->add_option("--validation-data", arguments.validation_data.input, "A file of rows to validate with");
  added->add_option("--validation-target", arguments.validation_data.target, "Its targets, where it is a .npy file");
  added
      ->add_option_function<std::vector<std::string>>(
          "--class-weight", [&arguments](const auto& texts) { take_class_weights(texts, arguments); },
          "How much rows of a class count: 0=1.0,1=2.5")
      ->delimiter(',');
  added->add_option("--seed", arguments.seed, "Everything random stems from it")->capture_default_str();
  added->add_option("--verbose", arguments.verbose, "0: silent, 1: a bar, 2: a line an epoch")
      ->check(CLI::Range(0, 2))
      ->capture_default_str();
  added->add_option("--history", arguments.history, "Write each epoch's numbers to this .json file");
  add_compile(*added, arguments.compile);
  add_callbacks(*added, arguments);
  added->callback([&arguments] { cli::train(arguments); });
}

void add_evaluate(CLI::App& app, cli::EvaluateArguments& arguments) {
  static const std::string help = std::string(rows_help) + "\n" + evaluate_help;
  CLI::App* const added =
      command(app, "evaluate", "Print a model's loss and metrics on the rows of a file", help.c_str(), arguments.model);
  add_rows(*added, arguments.data);
  added->add_option("-b,--batch-size", arguments.batch_size, "Rows that are run at once")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  added->add_option("-o,--output", arguments.output, "Write the numbers to this .json file too");
  add_compile(*added, arguments.compile);
  added->callback([&arguments] { cli::evaluate(arguments); });
}

void add_summary(CLI::App& app, cli::SummaryArguments& arguments) {
  CLI::App* const added =
      command(app, "summary", "Print a model's layers, shapes and numbers of weights", summary_help, arguments.model);
  added->add_flag("--expand-nested", arguments.expand_nested, "Show the layers of models inside of the model too");
  added->add_flag("--show-trainable", arguments.show_trainable, "Show which layers are trained");
  added->add_option("--line-length", arguments.line_length, "Width of a line")
      ->check(CLI::Range(40, 1000))
      ->capture_default_str();
  added->callback([&arguments] { cli::summary(arguments); });
}

void add_plan(CLI::App& app, cli::PlanArguments& arguments) {
  CLI::App* const added = command(app, "plan", "Print what memory a model takes", plan_help, arguments.model);
  added->add_option("-b,--batch-size", arguments.batch_size, "Rows of a batch")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  added
      ->add_option("--rows", arguments.rows,
                   "Rows of the training data, which tell whether there is a short last batch")
      ->check(CLI::NonNegativeNumber);
  added->add_option("--size", arguments.sizes, "A size that the model leaves open; may be given several times")
      ->check(CLI::PositiveNumber);
  added->add_flag("--graph", arguments.graph, "Print the steps of prediction as well");
  added->callback([&arguments] { cli::plan(arguments); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("keratin looks at models that Keras saved, runs and trains them without Python.", "keratin");
  app.set_version_flag("--version", "keratin " KERATIN_VERSION);
  app.require_subcommand(1);
  app.footer(overview);
  cli::PredictArguments predict;
  cli::TrainArguments train;
  cli::EvaluateArguments evaluate;
  cli::SummaryArguments summary;
  cli::PlanArguments plan;
  add_predict(app, predict);
  add_train(app, train);
  add_evaluate(app, evaluate);
  add_summary(app, summary);
  add_plan(app, plan);
  const cli::ProveCommand prove(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : wrong_usage;
  } catch (const cli::Stopped& stopped) {
    std::cerr << "keratin: stopped by a signal\n";
    return 128 + stopped.signal;
  } catch (const std::exception& error) {
    std::cerr << "keratin: " << error.what() << '\n';
    return failed;
  }
}
