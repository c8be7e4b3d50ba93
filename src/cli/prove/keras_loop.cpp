#include "cli/prove/keras_loop.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "cli/prove/child_process.h"
#include "cli/prove/claims.h"
#include "keratin/saving/npz.h"

namespace keratin::inline v0::cli {

std::string KerasLoop::python_of(const std::string& given) {
  if (given == "none") return {};
  if (!given.empty()) return given;
  // Keras isn't imported for this, which would take seconds.
  const bool found = std::system(  // NOLINT(concurrency-mt-unsafe): the program has one thread that does this
                         "python3 -c 'import importlib.util, sys; "
                         "sys.exit(importlib.util.find_spec(\"keras\") is None)' >/dev/null 2>&1") == 0;
  return found ? "python3" : "";
}

void KerasLoop::run(std::int64_t rounds, const Interrupts& interrupts) {
  const std::string script = folder_ + "/keras_loop.py";
  const std::string errors = folder_ + "/keras.txt";
  const std::span<const std::byte> text = keras_loop_py();
  std::ofstream(script, std::ios::binary)
      .write(reinterpret_cast<const char*>(text.data()), static_cast<std::streamsize>(text.size()));
  ChildProcess child({python_, script, folder_}, errors);
  const auto line = [&] {
    const auto said = child.read_line(interrupts.token());
    interrupts.check();
    if (said) return *said;
    throw std::runtime_error("Keras ended early. " + python_ + " said: " + errors_in(errors));
  };
  version_ = line();
  curve_.name = version_.substr(0, version_.find(" on "));
  const NamedArrays predicted = load_npz(folder_ + "/keras.npz");
  for (const auto& [name, array] : predicted) outputs_.push_back(array);
  while (static_cast<std::int64_t>(curve_.bytes.size()) < rounds) {
    child.write_line("go");
    static_cast<void>(line());
    curve_.bytes.push_back(private_resident_bytes(child.pid()));
  }
  child.wait();
}

}  // namespace keratin::inline v0::cli
