#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <keratin/keratin.h>

namespace workloads {

/// A network that Keratin and its peers train, with data of one epoch.
struct Workload {
  std::string_view name;
  std::int64_t batch;
  std::int64_t steps;  ///< of an epoch
};

/// "mlp", "mlp-small", "cnn", "resnet", "lstm", "gru-text", "transformer".
const std::vector<Workload>& all();
/// Throws kt::ValueError with the names for another one.
const Workload& named(std::string_view name);

/// Not compiled yet.
keratin::Model network(keratin::Session& session, std::string_view name);
keratin::CompileOptions compile_options(std::string_view name);

struct Data {
  keratin::Array x;
  keratin::Array y;
};
/// Random numbers: what is learned is no matter here.
Data data(const Workload& workload);

}  // namespace workloads
