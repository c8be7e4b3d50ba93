#include "system/process.h"

#include <array>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace keratin::test {
namespace {

void limit(decltype(RLIMIT_AS) resource, std::int64_t bytes) {
  if (bytes == 0) return;
  const rlimit both{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  if (setrlimit(resource, &both) != 0) _exit(126);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

std::string ProcessResult::value(const std::string& key) const {
  std::istringstream words(output);
  for (std::string word; words >> word;)
    if (word == key && words >> word) return word;
  throw std::runtime_error("no '" + key + "' in: " + output);
}

std::vector<std::string> ProcessResult::lines() const {
  std::vector<std::string> all;
  std::istringstream text(output);
  for (std::string line; std::getline(text, line);) all.push_back(line);
  return all;
}

ProcessResult run_trainer(const std::vector<std::string>& arguments, const ProcessLimits& limits) {
  std::vector<std::string> words{KERATIN_TRAINER};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    limit(RLIMIT_AS, limits.address_space);
    limit(RLIMIT_DATA, limits.data);
    limit(RLIMIT_FSIZE, limits.file_size);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  // The child isn't waited for before the thread has ended, so that its number stays its own.
  std::jthread killer;
  if (limits.killed_after > 0)
    killer = std::jthread([child, seconds = limits.killed_after] {
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      kill(child, SIGKILL);
    });
  ProcessResult result;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;)
    result.output.append(buffer.data(), static_cast<std::size_t>(count));
  close(ends[0]);
  if (killer.joinable()) killer.join();
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return result;
}

}  // namespace keratin::test
