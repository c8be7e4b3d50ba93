// service_soak SERVICE FOLDER MINUTES CLIENTS: starts the service with its models in FOLDER and a budget of a MiB, and
// lets clients load it. Its memory is read from outside each second; each answer is checked.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "cli/prove/child_process.h"
#include "cli/prove/curve.h"
#include "programs/service_load.h"

namespace {

using namespace keratin;

/// What memory may rise by over all of the run after its first tenth, and still be called flat.
constexpr double flat_bytes = 1 << 20;

int soak(const std::string& program, const std::string& folder, double minutes, int clients) {
  std::filesystem::remove_all(folder + "/models");
  std::filesystem::create_directories(folder);
  cli::ChildProcess service({program, folder + "/models", "0", "1"}, folder + "/service.txt");
  const std::string line = service.read_line({}).value_or("");
  const int port = std::stoi(line.substr(line.rfind(':') + 1));
  cli::Curve curve{.name = "the service"};
  std::jthread sampler([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      curve.bytes.push_back(cli::private_resident_bytes(service.pid()));
    }
  });
  const test::LoadResult done = test::load_service({.port = port, .clients = clients, .seconds = 60.0 * minutes});
  sampler.request_stop();
  sampler.join();
  const std::string metrics = test::get(port, "/metrics");
  kill(service.pid(), SIGTERM);
  while (service.read_line({})) {
  }
  const int status = service.wait();
  std::ofstream(folder + "/service.csv") << cli::table_of({curve});
  const bool flat = curve.growth() <= flat_bytes;
  for (const std::string& error : done.errors) std::cout << "wrong: " << error << '\n';
  std::cout << clients << " clients, " << minutes << " minutes: " << done.requests << " requests, " << done.trainings
            << " trainings, " << done.predictions << " predictions, " << done.refusals << " refused as they are to be, "
            << done.errors.size() << " wrong answers\n"
            << "sessions put away " << test::metric(metrics, "service_evictions_total") << " times, read again "
            << test::metric(metrics, "service_loads_total") << " times; budget "
            << test::metric(metrics, "service_session_budget_bytes") << " bytes, in use at the end "
            << test::metric(metrics, "service_session_bytes") << '\n'
            << "private resident memory, each second: "
            << cli::in_bytes(static_cast<double>(curve.bytes[curve.warm_up()])) << " after " << curve.warm_up()
            << " s, " << cli::in_bytes(static_cast<double>(curve.bytes.back())) << " at the end; slope "
            << cli::in_bytes(60.0 * curve.slope()) << " a minute; exit code " << status << '\n'
            << (flat && done.errors.empty() && status == 0 ? "flat, and every answer right\n" : "NOT AS IT IS TO BE\n");
  return flat && done.errors.empty() && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 4) {
    std::cerr << "usage: service_soak SERVICE FOLDER MINUTES CLIENTS\n";
    return EXIT_FAILURE;
  }
  try {
    return soak(arguments[0], arguments[1], std::stod(arguments[2]), std::stoi(arguments[3]));
  } catch (const std::exception& error) {
    std::cerr << "service_soak: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
