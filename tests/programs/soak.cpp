// soak ROUNDS [FOLDER]: rounds of build, fit, evaluate, predict, save, load, clear over twenty kinds of networks, in a
// process whose memory is read from outside after each round. The picture and its numbers go to FOLDER.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <keratin/keratin.h>

#include "cli/prove/child_process.h"
#include "cli/prove/curve.h"
#include "programs/kinds.h"

namespace {

using namespace keratin;
namespace fs = std::filesystem;

constexpr double allowed_slope = 10.0;            // bytes a round
constexpr std::size_t rounds_for_a_slope = 5000;  // in fewer, what is made once and whole pages hide it
constexpr std::int64_t allowed_growth = 512 << 10;

/// Builds, fits, evaluates, predicts, saves and loads; what was loaded predicts the same bits.
void round_of(Session& session, const test::Kind& kind, const std::string& path) {
  Model model = kind.build(session);
  const bool shuffle = !kind.is_stateful;
  model.fit(kind.x, kind.y, {.batch_size = test::kind_batch, .epochs = 1, .verbose = 0, .shuffle = shuffle});
  model.evaluate(kind.x, kind.y, {.batch_size = test::kind_batch, .verbose = 0});
  if (kind.is_stateful) model.reset_states();
  const Outputs before = model.predict(kind.x, {.batch_size = test::kind_batch});
  model.save(path);
  Model loaded = load_model(session, path);
  const Outputs after = loaded.predict(kind.x, {.batch_size = test::kind_batch});
  for (std::size_t i = 0; i < before.size(); ++i)
    if (max_abs_difference(before[i], after[i]) != 0)
      throw std::runtime_error(kind.name + ": the loaded model predicts something else");
}

/// The process that is looked at: a line for each round that it is told to run.
int work(const std::string& folder) {
  const std::vector<test::Kind> kinds = test::twenty_kinds();
  Session session({.seed = 1, .threads = 1});
  std::size_t round = 0;
  for (std::string word; std::getline(std::cin, word); ++round) {
    round_of(session, kinds[round % kinds.size()], folder + "/model.keras");
    session.clear();
    const MemoryReport memory = session.memory();
    const GraphStats graph = session.graph();
    std::cout << memory.current_bytes + memory.mapped_bytes + graph.nodes + graph.models + graph.layers +
                     graph.variables + graph.functions + graph.traces + graph.plans
              << std::endl;
  }
  return EXIT_SUCCESS;
}

/// Whether memory stayed where it was: by the slope, or in a short run by what the second half added.
bool is_flat(const cli::Curve& curve) {
  if (curve.bytes.size() >= rounds_for_a_slope) return curve.slope() < allowed_slope;
  return curve.bytes.back() - curve.bytes[curve.bytes.size() / 2] <= allowed_growth;
}

int watch(std::size_t rounds, const std::string& folder) {
  fs::create_directories(folder);
  const std::string errors = folder + "/soak.txt";
  cli::ChildProcess child({"/proc/self/exe", "--work", folder}, errors);
  cli::Curve curve{.name = "Keratin"};
  std::int64_t left = 0;
  while (curve.bytes.size() < rounds) {
    child.write_line("go");
    const auto line = child.read_line({});
    if (!line) throw std::runtime_error("the process ended: " + cli::errors_in(errors));
    left = std::max<std::int64_t>(left, std::stoll(*line));
    curve.bytes.push_back(cli::private_resident_bytes(child.pid()));
    if (const std::size_t done = curve.bytes.size(); done % std::max<std::size_t>(1, rounds / 10) == 0)
      std::cout << done << " rounds: " << cli::in_bytes(static_cast<double>(curve.bytes.back()))
                << " of private resident memory" << std::endl;
  }
  if (const int status = child.wait(); status != 0)
    throw std::runtime_error("the process ended with " + std::to_string(status) + ": " + cli::errors_in(errors));
  fs::remove(folder + "/model.keras");
  std::ofstream(folder + "/soak.svg") << cli::picture_of(
      {curve}, "Build, fit, evaluate, predict, save, load, clear: 20 kinds of networks");
  std::ofstream(folder + "/soak.csv") << cli::table_of({curve});
  const bool good = left == 0 && is_flat(curve);
  std::cout << "left after a clear(), of bytes, nodes and objects: " << left << " at most\n"
            << "slope of private resident memory over the last " << rounds - curve.warm_up()
            << " rounds: " << curve.slope() << " bytes a round (allowed: below " << allowed_slope << ", from "
            << rounds_for_a_slope << " rounds on)\n"
            << (good ? "flat\n" : "NOT FLAT\n");
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 2 && arguments[0] == "--work") return work(arguments[1]);
    if (!arguments.empty() && arguments.size() <= 2)
      return watch(std::stoul(arguments[0]), arguments.size() == 2 ? arguments[1] : "soak");
  } catch (const std::exception& error) {
    std::cerr << "soak: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
  std::cerr << "usage: soak ROUNDS [FOLDER]\n";
  return EXIT_FAILURE;
}
