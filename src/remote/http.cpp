#include "remote/http.h"

#include <chrono>
#include <csignal>
#include <ctime>

#include <httplib.h>
#include <pthread.h>

#include "keratin/core/error.h"

namespace keratin::inline v0::remote {
namespace {

using Clock = std::chrono::steady_clock;

/// A connection that the other side has closed would end the process with SIGPIPE: while this is there, the thread's
/// own SIGPIPE waits, and is gone at the end unless it had waited before.
class NoBrokenPipe {
 public:
  NoBrokenPipe() noexcept {
    sigset_t waiting;
    sigpending(&waiting);
    was_waiting_ = sigismember(&waiting, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipe() {
    const std::timespec at_once{};
    if (!was_waiting_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_waiting_ = false;
};

httplib::Request as_sent(const Request& request) {
  httplib::Request sent;
  sent.method = "POST";
  sent.path = request.address.path;
  for (const auto& [name, value] : request.headers) sent.headers.emplace(name, value);
  if (!sent.has_header("Content-Type")) sent.headers.emplace("Content-Type", request.content_type);
  sent.body = request.body;
  return sent;
}

}  // namespace

Address address_of(const std::string& url, const char* owner) {
  const auto refuse = [&](const char* what) {
    throw ValueError(std::string(owner) + ": " + what + ". Received: '" + url + "'");
  };
  const bool is_web = url.starts_with("http://") || url.starts_with("https://");
  if (!is_web) refuse("the address begins with http:// or https://");
  const std::size_t host = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  const std::string authority = url.substr(host, end - host);
  if (authority.empty() || authority.front() == ':') refuse("the address needs a host");
  if (authority.find('@') != std::string::npos)
    refuse("a user and a password are given in the header Authorization, not in the address");
  const std::size_t port = authority.rfind(':');
  if (port != std::string::npos && authority.find(']', port) == std::string::npos &&
      authority.find_first_not_of("0123456789", port + 1) != std::string::npos)
    refuse("the port is a number");
  std::string path = url.substr(end, std::min(url.find('#'), url.size()) - end);
  if (path.empty() || path.front() != '/') path.insert(0, "/");
  return {url.substr(0, end), std::move(path)};
}

std::string post(const Request& request) {
  const NoBrokenPipe no_broken_pipe;
  const auto timeout =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double>(request.timeout));
  httplib::Client client(request.address.server);
  if (!client.is_valid()) return "the address or the certificates of the system can't be used";
  client.set_connection_timeout(timeout);
  client.set_read_timeout(timeout);
  client.set_write_timeout(timeout);
  client.set_follow_location(true);
  httplib::Request sent = as_sent(request);
  const Clock::time_point deadline = Clock::now() + 2 * timeout;
  // Nothing of the answer is kept, and one that trickles has its end too.
  sent.content_receiver = [deadline](const char*, std::size_t, std::uint64_t, std::uint64_t) {
    return Clock::now() < deadline;
  };
  const httplib::Result result = client.send(sent);
  return result ? std::string() : httplib::to_string(result.error());
}

}  // namespace keratin::inline v0::remote
