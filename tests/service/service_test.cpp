// The service of examples/service as a process, under requests from several clients at once.
#include <csignal>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "cli/prove/child_process.h"
#include "programs/service_load.h"
#include "support/files.h"
#include "support/sanitized.h"

namespace {

using namespace keratin;
using test::Scratch;

/// The service on any free port, with this many MiB for all sessions.
class Service {
 public:
  Service(const Scratch& scratch, int budget_mib)
      : process_({KERATIN_SERVICE, scratch.path("models"), "0", std::to_string(budget_mib)}, scratch.path("errors")) {
    const std::string line = process_.read_line({}).value_or("");
    port = std::stoi(line.substr(line.rfind(':') + 1));
  }
  /// Its exit code, once a signal has told it to stop.
  int stop() {
    kill(process_.pid(), SIGTERM);
    while (process_.read_line({})) {
    }
    return process_.wait();
  }
  std::int64_t resident_bytes() const { return cli::private_resident_bytes(process_.pid()); }

  int port = 0;

 private:
  cli::ChildProcess process_;
};

TEST(Service, AnswersEachOfManyClientsRightWithinItsBudget) {
  const Scratch scratch;
  Service service(scratch, 1);
  const test::LoadResult first = test::load_service({.port = service.port, .clients = 6, .seconds = 3.0});
  for (const std::string& error : first.errors) ADD_FAILURE() << error;
  EXPECT_GT(first.trainings, 0);
  EXPECT_GT(first.predictions, 0);
  EXPECT_GT(first.refusals, 0);
  test::predict_once(service.port, "tenant-0");
  const std::string metrics = test::get(service.port, "/metrics");
  EXPECT_GT(test::metric(metrics, "service_evictions_total"), 0);
  EXPECT_GT(test::metric(metrics, "service_loads_total"), 0);
  EXPECT_LE(test::metric(metrics, "service_session_bytes"), test::metric(metrics, "service_session_budget_bytes"));
  EXPECT_EQ(service.stop(), 0);
}

TEST(Service, ItsMemoryIsFlat) {
  const Scratch scratch;
  Service service(scratch, 1);
  // Tenants are made anew by each load, as their names are the same: those of the load before are removed.
  const auto load = [&] {
    const test::LoadResult done =
        test::load_service({.port = service.port, .clients = 4, .seconds = 2.0, .removes = true});
    for (const std::string& error : done.errors) ADD_FAILURE() << error;
    return service.resident_bytes();
  };
  load();
  const std::int64_t settled = load();
  const std::int64_t end = (load(), load());
  std::cout << "resident: " << settled << " bytes, then " << end << '\n';
  if (!test::is_sanitized) {
    EXPECT_LE(end - settled, 2 << 20);
  }
}

TEST(Service, TenantsOutliveTheProcess) {
  const Scratch scratch;
  {
    Service service(scratch, 8);
    test::load_service({.port = service.port, .clients = 1, .seconds = 0.5});
    EXPECT_EQ(service.stop(), 0);
  }
  Service again(scratch, 8);
  EXPECT_EQ(test::metric(test::get(again.port, "/metrics"), "service_tenants"), 2);
  EXPECT_EQ(test::metric(test::get(again.port, "/metrics"), "service_sessions"), 0);
}

}  // namespace
