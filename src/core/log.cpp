#include "keratin/core/log.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace keratin::inline v0::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) noexcept {
  switch (level) {
    case Level::trace:
      return spdlog::level::trace;
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      break;
  }
  return spdlog::level::off;
}

Level from_spdlog(spdlog::level::level_enum level) noexcept {
  switch (level) {
    case spdlog::level::trace:
      return Level::trace;
    case spdlog::level::debug:
      return Level::debug;
    case spdlog::level::info:
      return Level::info;
    case spdlog::level::warn:
      return Level::warning;
    case spdlog::level::err:
    case spdlog::level::critical:
      return Level::error;
    default:
      return Level::off;
  }
}

/// Sends messages to the host's function, or to stderr where there is none. The mutex is recursive because a host's
/// sink may call set_sink(); what it writes itself is dropped.
class HostSink final : public spdlog::sinks::sink {
 public:
  HostSink() { HostSink::set_pattern("[%Y-%m-%d %H:%M:%S] [%n] [%l] %v"); }

  void set(std::shared_ptr<const Sink> host) {
    {
      const std::lock_guard lock(mutex_);
      host_.swap(host);
    }
    // The old function is destroyed out of the lock: its destructor is the host's code.
  }

  void log(const spdlog::details::log_msg& message) override {
    const std::lock_guard lock(mutex_);
    if (writing_) return;
    const std::shared_ptr<const Sink> host = host_;
    if (!host) return stderr_.log(message);
    writing_ = true;
    try {
      (*host)(from_spdlog(message.level), std::string_view(message.payload.data(), message.payload.size()));
    } catch (...) {
      // A message lost in the host's sink must not end the training that wrote it.
    }
    writing_ = false;
  }
  void flush() override { stderr_.flush(); }
  void set_pattern(const std::string& pattern) override { stderr_.set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    stderr_.set_formatter(std::move(formatter));
  }

 private:
  std::recursive_mutex mutex_;
  std::shared_ptr<const Sink> host_;
  spdlog::sinks::stderr_sink_mt stderr_;
  bool writing_ = false;
};

struct Logger {
  std::shared_ptr<HostSink> sink = std::make_shared<HostSink>();
  spdlog::logger logger{"keratin", sink};

  Logger() {
    logger.set_level(spdlog::level::warn);
    logger.set_error_handler([](const std::string&) {});
  }
};

/// Never destroyed: a host's static objects may log while the process ends.
Logger& instance() {
  static Logger* const logger = new Logger;
  return *logger;
}

}  // namespace

void set_level(Level level) { instance().logger.set_level(to_spdlog(level)); }

Level level() noexcept { return from_spdlog(instance().logger.level()); }

void set_sink(Sink sink) {
  instance().sink->set(sink ? std::make_shared<const Sink>(std::move(sink)) : std::shared_ptr<const Sink>());
}

void silence() { set_level(Level::off); }

void write(Level level, std::string_view message) {
  if (level == Level::off) return;
  instance().logger.log(to_spdlog(level), spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace keratin::inline v0::log
