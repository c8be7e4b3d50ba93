#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keratin::test {

struct LoadOptions {
  int port = 0;
  int clients = 8;
  double seconds = 4.0;
  bool removes = false;  ///< whether each client removes its tenants in the end
};

struct LoadResult {
  std::int64_t requests = 0;
  std::int64_t trainings = 0;
  std::int64_t predictions = 0;
  std::int64_t refusals = 0;        ///< of requests that are to be refused
  std::vector<std::string> errors;  ///< answers that weren't right; a hundred at most
};

/// Mixed requests from many clients at once, each on a connection and a thread of its own: creating, training, removing
/// their tenants, predicting for everybody's, and requests that are wrong. Each answer is checked: one version of a
/// tenant's model always predicts the same numbers, after it was put away and read again too; a tenant that has been
/// trained often enough knows its own rule, which no other one has; what is wrong is refused with the right status.
LoadResult load_service(const LoadOptions& options);

/// One prediction for a tenant of load_service, after which the sessions of those that are at rest fit into the budget.
void predict_once(int port, const std::string& tenant);
/// The answer's body. Throws std::runtime_error for another status than 200.
std::string get(int port, const std::string& page);
/// The value behind a name of the page /metrics.
double metric(const std::string& page, const std::string& name);

}  // namespace keratin::test
