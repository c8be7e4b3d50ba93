#include "cli/prove/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace keratin::inline v0::cli {
namespace {

void require(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// A pipe whose ends a started program doesn't inherit.
std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  require(pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe");
  return ends;
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> arguments, const std::string& errors) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const std::array<int, 2> output = make_pipe();
  const std::array<int, 2> input = make_pipe();
  from_ = output[0];
  to_ = input[1];

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  const int error = posix_spawnp(&pid_, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  close(output[1]);
  close(input[0]);
  if (error != 0) {
    pid_ = -1;
    close(from_);
    close(to_);
    require(error, "'" + arguments[0] + "' can't be started");
  }
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  close(from_);
  if (to_ >= 0) close(to_);
}

std::optional<std::string> ChildProcess::read_line(const std::stop_token& stop) {
  for (;;) {
    if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    if (stop.stop_requested()) return std::nullopt;
    pollfd output{.fd = from_, .events = POLLIN, .revents = 0};
    if (poll(&output, 1, 100) <= 0) continue;
    std::array<char, 4096> bytes{};
    const ssize_t count = read(from_, bytes.data(), bytes.size());
    if (count <= 0) return std::nullopt;
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

void ChildProcess::write_line(std::string_view line) {
  const std::string text = std::string(line) + '\n';
  // Where the program has ended, the next read says so.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(!write(to_, text.data(), text.size()));
  static_cast<void>(std::signal(SIGPIPE, before));
}

int ChildProcess::wait() {
  close(std::exchange(to_, -1));
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string errors_in(const std::string& errors) {
  std::ifstream file(errors);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::int64_t private_resident_bytes(pid_t process) {
  std::ifstream rollup("/proc/" + std::to_string(process) + "/smaps_rollup");
  for (std::string word; rollup >> word;)
    if (word == "Private_Dirty:") {
      std::int64_t kib = 0;
      rollup >> kib;
      return kib << 10;
    }
  return 0;
}

}  // namespace keratin::inline v0::cli
