#pragma once

#include <string>
#include <utility>
#include <vector>

namespace keratin::inline v0::remote {

/// Where a request goes: "https://host:443" and "/path".
struct Address {
  std::string server;
  std::string path;
};

/// Throws ValueError, which begins with `owner`, for what isn't http:// or https:// and a host.
Address address_of(const std::string& url, const char* owner);

struct Request {
  Address address;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;  ///< where no header says it
  std::string body;
  double timeout = 10.0;  ///< seconds to connect in, and seconds for the answer
};

/// Sends it and waits for the answer, which is dropped. Empty where one came; else what happened instead. No signal
/// reaches the program, whatever the server does.
std::string post(const Request& request);

}  // namespace keratin::inline v0::remote
