#include "cli/prove/claims.h"
#include "cli/prove/prove.h"

namespace keratin::inline v0::cli {
namespace {

constexpr const char* help = R"(Shows on your own model what Keratin promises:
  predictions    as recorded ones of Keras (--input, --expected), and as Keras's own where there is a Python with Keras
  training       50 steps in two sessions of one seed end with equal bits of weights and optimizer
  memory         a process rebuilds, fits and clears the model again and again, under a limit that the kernel holds
                 (RLIMIT_DATA: what the process has, what a fit was planned to take, what a first one took beside that for
                 the code of its kernels and the heap, and --margin); nothing is left on the books, and resident
                 memory, read from outside through /proc/PID/smaps_rollup after each round, stays flat
  beside it      the same loop in Keras (fit, clear_session), in the same picture
Data is made up: normal numbers, and indices as far as the model takes them. Targets are what the loss in the file takes;
a model that wasn't compiled gets Adam and a loss that its outputs look like.
It writes NAME-prove.svg, the picture of resident memory over the rounds, and NAME-prove.csv, its numbers, to --output.
Each claim is printed as [holds] or [FAILS]; the exit code is 1 where one fails, and 128 and the signal's number after
Ctrl-C.

Examples:
  keratin prove model.keras
  keratin prove model.keras --rounds 100 --python venv/bin/python --output proof
  keratin prove model.keras --input inputs.npz --expected outputs.npz
  keratin prove any_size.keras --size 224 --size 224)";

}  // namespace

ProveCommand::ProveCommand(CLI::App& app) {
  CLI::App* const added = app.add_subcommand("prove", "Show on a model that numbers and memory are as promised");
  added->footer(help);
  added->add_option("MODEL.keras", arguments_.model, "The saved model: a .keras file, or a folder of its members")
      ->required();
  added->add_option("-r,--rounds", arguments_.rounds, "Rounds of rebuild, fit, clear")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  added->add_option("-i,--input", arguments_.input,
                    "Inputs of your own (a .npy or .npz file), with targets or without");
  added->add_option("-x,--expected", arguments_.expected, "What Keras predicted for them: a .npy or .npz file");
  added->add_option("-b,--batch-size", arguments_.batch_size, "Rows of a batch")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  added->add_option("--size", arguments_.sizes, "A size that the model leaves open; may be given several times")
      ->check(CLI::PositiveNumber);
  added->add_option("--margin", arguments_.margin_mib, "MiB of the limit beyond what a first round took")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  added->add_option("--python", arguments_.python,
                    "A Python that has Keras; none: without Keras (python3 if it has it)");
  added->add_option("--keras-rounds", arguments_.keras_rounds, "Rounds in Keras, each of which takes a second or so")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  added->add_option("-o,--output", arguments_.output, "A folder for the picture and its numbers")
      ->capture_default_str();
  added->callback([this] { prove(arguments_); });

  CLI::App* const process = app.add_subcommand("prove-rounds", "What `keratin prove` starts")->group("");
  process->add_option("FOLDER", folder_)->required();
  process->add_option("MARGIN", margin_bytes_)->required();
  process->callback([this] { rounds_process(folder_, margin_bytes_); });
}

}  // namespace keratin::inline v0::cli
