// An HTTP service that trains, retrains and predicts for many tenants, for as long as it is let: a session each, memory
// that is bounded by a budget, models on disk. README.md beside it tells how it is spoken with.
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>

#include "api.h"

namespace {

constexpr int threads = 32;  // each connection that is kept open has one

int usage() {
  std::cerr << "usage: service FOLDER [PORT [BUDGET_MIB]]    (models lie in FOLDER; port 0 is any free one)\n";
  return 2;
}

int serve(const std::string& folder, int port, keratin::Bytes budget) {
  // The signals that end it are waited for on the main thread; all others, made from here on, don't get them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  // Many threads with a heap of their own each would keep what others could use.
  mallopt(M_ARENA_MAX, 2);

  service::Tenants tenants(folder, {.budget = budget});
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
  const service::Api api(server, tenants);
  const int bound =
      port == 0 ? server.bind_to_any_port("127.0.0.1") : (server.bind_to_port("127.0.0.1", port) ? port : -1);
  if (bound < 0) throw std::runtime_error("port " + std::to_string(port) + " can't be listened on");
  std::jthread listener([&server] { server.listen_after_bind(); });
  std::cout << "listening on 127.0.0.1:" << bound << std::endl;

  int signal = 0;
  sigwait(&ends, &signal);
  std::cout << "stopping: requests at work are answered" << std::endl;
  tenants.stop();
  server.stop();
  listener.join();
  std::cout << "stopped" << std::endl;
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments.size() > 3) return usage();
  try {
    const int port = arguments.size() > 1 ? std::stoi(arguments[1]) : 8080;
    const std::int64_t budget = arguments.size() > 2 ? std::stoll(arguments[2]) : 8;
    return serve(arguments[0], port, keratin::MiB(budget));
  } catch (const std::invalid_argument&) {
    return usage();
  } catch (const std::exception& error) {
    std::cerr << "service: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
