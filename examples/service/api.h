#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

#include <httplib.h>

#include "tenants.h"

namespace service {

/// The service's pages on an HTTP server, which the caller starts and stops.
class Api {
 public:
  Api(httplib::Server& server, Tenants& tenants);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

 private:
  void add_tenant_pages(httplib::Server& server);
  void add_pages_for_people(httplib::Server& server);
  void answer_errors(httplib::Server& server);
  std::string memory() const;
  std::string metrics() const;

  Tenants& tenants_;
  mutable std::mutex mutex_;
  std::map<int, std::int64_t> answers_;  ///< by status
};

}  // namespace service
