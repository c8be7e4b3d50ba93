#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "keratin/remote/remote_monitor.h"

namespace keratin::test {

/// What a server is sent after an epoch; nothing where `path` is empty.
struct RemoteCase {
  std::string beginning;  ///< of the path, as a part of root
  callbacks::RemoteMonitorOptions options;
  std::int64_t epoch = 0;
  std::vector<std::pair<std::string, double>> logs;
  std::string path;
  std::string content_type;
  std::string token;  ///< of the header X-Token
  std::string body;
};

}  // namespace keratin::test
