// The program `keratin`: looks at saved models and runs them.
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "keratin/version.h"

namespace {

namespace cli = keratin::cli;

constexpr int failed = 1;
constexpr int wrong_usage = 2;

constexpr const char* overview = R"(Examples:
  keratin summary model.keras
  keratin predict model.keras --input x.npy --output y.npy
  keratin plan model.keras --batch-size 128

`keratin COMMAND --help` tells more of a command. Models are those that Keras 3 saves with model.save("model.keras").

Exit codes: 0 done; 1 it failed, and standard error says why; 2 the command line is wrong.)";

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
  CLI::App app("keratin looks at models that Keras saved, and runs them without Python.", "keratin");
  app.set_version_flag("--version", "keratin " KERATIN_VERSION);
  app.require_subcommand(1);
  app.footer(overview);
  cli::PredictArguments predict;
  cli::SummaryArguments summary;
  cli::PlanArguments plan;
  add_predict(app, predict);
  add_summary(app, summary);
  add_plan(app, plan);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : wrong_usage;
  } catch (const std::exception& error) {
    std::cerr << "keratin: " << error.what() << '\n';
    return failed;
  }
}
