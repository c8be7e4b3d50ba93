#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keratin::test {

/// A server of this process's own: keeps what it is sent, and answers with 500.
class Server {
 public:
  Server() : Server(std::make_unique<httplib::Server>()) {}
  explicit Server(std::unique_ptr<httplib::Server> server) : server_(std::move(server)) {
    server_->Post(".*", [this](const httplib::Request& request, httplib::Response& answer) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      answer.status = 500;
    });
    port_ = server_->bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();
  }
  ~Server() {
    server_->stop();
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<httplib::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<httplib::Request> requests_;
  std::thread thread_;
};

/// A socket that is listened on: what is done with each connection is up to `f(socket)`, which also closes it.
class Listener {
 public:
  template <class F>
  explicit Listener(F f) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&where), size);
    ::listen(socket_, 8);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = ntohs(where.sin_port);
    thread_ = std::thread([this, f = std::move(f)] {
      for (int connection = 0; (connection = ::accept(socket_, nullptr, nullptr)) >= 0;) f(connection);
    });
  }
  ~Listener() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace keratin::test
