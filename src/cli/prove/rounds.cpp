// The rounds, from both sides: the process that runs them, and the one that looks at its memory from outside.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include <sys/resource.h>

#include "cli/prove/child_process.h"
#include "cli/prove/claims.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::cli {
namespace {

/// Private writable memory of this process, touched or not, as RLIMIT_DATA counts it.
std::int64_t data_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmData:") {
      std::int64_t kib = 0;
      status >> kib;
      return kib << 10;
    }
  throw FileError("'/proc/self/status' has no line VmData");
}

void limit_data(std::int64_t bytes) {
  const rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  if (setrlimit(RLIMIT_DATA, &limit) != 0) throw ValueError("The limit RLIMIT_DATA can't be set");
}

/// What the limit is made of, in bytes.
struct Need {
  std::int64_t base = 0;      ///< of the process, before any round
  std::int64_t planned = 0;   ///< of a round's session at its peak
  bool is_planned = true;     ///< or measured in a first round, where sizes are open or nothing is trained
  std::int64_t unbooked = 0;  ///< beside both, in a first round: code that oneDNN generates, objects on the heap
};

Need need_of(Session& session, const Subject& subject) {
  Need need{.base = data_bytes()};
  Model model = rebuilt(session, subject);
  try {
    need.planned =
        model.memory_plan({.batch_size = subject.batch_size, .rows = subject.x.front().shape()[0]}).peak_bytes;
  } catch (const Error&) {
    need.is_planned = false;
  }
  if (!subject.refuses_training.empty()) need.is_planned = false;
  run_round(model, subject);
  if (!need.is_planned) need.planned = session.memory().peak_bytes;
  need.unbooked = std::max<std::int64_t>(0, data_bytes() - need.base - need.planned);
  session.clear();
  return need;
}

std::string last_lines(const std::string& path) {
  const std::string text = errors_in(path);
  return text.size() > 1500 ? "…" + text.substr(text.size() - 1500) : text;
}

}  // namespace

void rounds_process(const std::string& folder, std::int64_t margin_bytes) {
  const Subject subject = read_subject(folder);
  Session session({.seed = 1, .threads = 1});  // a thread's stack would count as much as a small model
  const Need need = need_of(session, subject);
  const std::int64_t limit = need.base + need.planned + need.unbooked + margin_bytes;
  limit_data(limit);
  std::cout << need.base << ' ' << need.planned << ' ' << need.is_planned << ' ' << need.unbooked << ' ' << limit
            << std::endl;
  for (std::string word; std::getline(std::cin, word) && word == "go";) {
    run_round(rebuilt(session, subject), subject);
    session.clear();
    std::cout << session.memory().current_bytes + session.memory().mapped_bytes << std::endl;
  }
}

Rounds run_rounds(const std::string& folder, std::int64_t rounds, std::int64_t margin_bytes,
                  const Interrupts& interrupts) {
  const std::string errors = folder + "/rounds.txt";
  ChildProcess child({"/proc/self/exe", "prove-rounds", folder, std::to_string(margin_bytes)}, errors);
  Rounds seen{.curve = {.name = "Keratin"}};
  const auto line = [&] {
    const auto text = child.read_line(interrupts.token());
    interrupts.check();
    return text;
  };
  if (const auto start = line()) {
    std::istringstream numbers(*start);
    numbers >> seen.base_bytes >> seen.planned_bytes >> seen.is_planned >> seen.unbooked_bytes >> seen.limit_bytes;
    while (static_cast<std::int64_t>(seen.curve.bytes.size()) < rounds) {
      child.write_line("go");
      const auto left = line();
      if (!left) break;
      seen.left_bytes = std::max<std::int64_t>(seen.left_bytes, std::stoll(*left));
      seen.curve.bytes.push_back(private_resident_bytes(child.pid()));
    }
  }
  const int status = child.wait();
  if (status != 0 || static_cast<std::int64_t>(seen.curve.bytes.size()) < rounds)
    seen.failure = "it ended in round " + std::to_string(seen.curve.bytes.size() + 1) + " with the status " +
                   std::to_string(status) + ": " + last_lines(errors);
  return seen;
}

}  // namespace keratin::inline v0::cli
