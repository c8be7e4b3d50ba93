#include "cli/prove/prove.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include <unistd.h>

#include "cli/arrays.h"
#include "cli/prove/claims.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::cli {
namespace {

constexpr std::int64_t training_steps = 50;
/// What the kernel's count may rise by over all fitted rounds and still be called flat: pages that the heap's fragments
/// hold, and nothing that goes on.
constexpr double flat_bytes = 64 << 10;

/// A folder for the processes that take part, gone at the end.
class Workplace {
 public:
  Workplace() : path_((std::filesystem::temp_directory_path() / "keratin-prove-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw FileError("'" + path_ + "' can't be made");
  }
  ~Workplace() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// Prints claims as they are found, and counts those that don't hold.
class Report {
 public:
  void add(const Claim& claim) {
    std::cout << (claim.holds ? (*claim.holds ? "[holds]  " : "[FAILS]  ") : "[  -  ]  ") << claim.text << std::endl;
    if (!claim.holds) return;
    ++looked_at_;
    failed_ += *claim.holds ? 0 : 1;
  }
  int looked_at() const noexcept { return looked_at_; }
  int failed() const noexcept { return failed_; }

 private:
  int looked_at_ = 0;
  int failed_ = 0;
};

std::string mib(std::int64_t bytes) { return in_bytes(static_cast<double>(bytes)); }

std::string told(const Curve& curve) {
  if (curve.bytes.empty()) return "no round";
  return mib(curve.bytes[curve.warm_up()]) + " after round " + std::to_string(curve.warm_up() + 1) + ", " +
         mib(curve.bytes.back()) + " after round " + std::to_string(curve.bytes.size()) + ", slope " +
         in_bytes(curve.slope()) + " a round";
}

void report_rounds(const Rounds& seen, const Subject& subject, std::int64_t rounds, Report& report) {
  report.add({std::to_string(rounds) + " rounds of rebuild, " + (subject.refuses_training.empty() ? "fit" : "predict") +
                  ", clear under a limit of the kernel's (RLIMIT_DATA) of " + mib(seen.limit_bytes) + ": the process " +
                  mib(seen.base_bytes) + (seen.is_planned ? ", planned " : ", measured in one round ") +
                  mib(seen.planned_bytes) + ", code of kernels and the heap " + mib(seen.unbooked_bytes) + ", margin " +
                  mib(seen.limit_bytes - seen.base_bytes - seen.planned_bytes - seen.unbooked_bytes) +
                  (seen.failure.empty() ? "" : ": " + seen.failure),
              seen.failure.empty()});
  if (seen.curve.bytes.empty()) return;
  report.add({"On the session's books after each of them: " + std::to_string(seen.left_bytes) + " bytes",
              seen.left_bytes == 0});
  report.add({"Private resident memory, read from outside of the process: " + told(seen.curve),
              seen.curve.growth() <= flat_bytes});
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  if (!std::filesystem::exists(path)) throw FileError("'" + path.string() + "' can't be written");
  std::cout << "Written: " << path.string() << '\n';
}

void write_page(const ProveArguments& arguments, const std::vector<Curve>& curves) {
  std::filesystem::create_directories(arguments.output);
  const std::string stem = std::filesystem::path(arguments.model).stem().string();
  const std::filesystem::path place = std::filesystem::path(arguments.output) / (stem + "-prove");
  write(place.string() + ".svg", picture_of(curves, "Rebuild, fit, clear: " + stem + ".keras"));
  write(place.string() + ".csv", table_of(curves));
}

/// Keras's own loop, and what it predicts; where it can't be run, that is said and nothing else is affected.
void beside_keras(const ProveArguments& arguments, const Subject& subject, const std::string& folder,
                  const Interrupts& interrupts, Report& report, std::vector<Curve>& curves) {
  const std::string python = KerasLoop::python_of(arguments.python);
  if (python.empty()) {
    std::cout << "No Keras beside it: give a Python that has it with --python\n";
    return;
  }
  KerasLoop loop(python, folder);
  loop.run(std::min(arguments.keras_rounds, arguments.rounds), interrupts);
  report.add(compare_predictions(subject, loop.outputs(), loop.version()));
  std::cout << "For comparison, " << loop.version() << ", " << loop.curve().bytes.size()
            << " rounds of the same loop: " << told(loop.curve()) << '\n';
  curves.push_back(loop.curve());
}

}  // namespace

void prove(const ProveArguments& arguments) {
  const Interrupts interrupts;
  if (!arguments.expected.empty() && arguments.input.empty())
    throw ValueError("--expected holds what Keras gave for inputs: give them with --input");
  const Subject subject = subject_of(arguments);
  const Workplace workplace;
  write_subject(subject, workplace.path());
  Report report;
  if (!arguments.expected.empty())
    report.add(compare_predictions(subject, outputs_of(arguments.expected, subject.output_names), "those recorded"));
  report.add(train_twice(subject, training_steps, interrupts));
  const Rounds seen = run_rounds(workplace.path(), arguments.rounds, arguments.margin_mib << 20, interrupts);
  report_rounds(seen, subject, arguments.rounds, report);
  std::vector<Curve> curves{seen.curve};
  beside_keras(arguments, subject, workplace.path(), interrupts, report, curves);
  write_page(arguments, curves);
  std::cout << report.looked_at() - report.failed() << " of " << report.looked_at() << " claims hold\n";
  if (report.failed() > 0)
    throw std::runtime_error(std::to_string(report.failed()) + " of " + std::to_string(report.looked_at()) +
                             " claims don't hold for '" + arguments.model + "'");
}

}  // namespace keratin::inline v0::cli
