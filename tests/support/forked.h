#pragma once

#include <cstdio>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace keratin::test {

/// Runs `child` in a copy of this process. "" if it ended with ""; else what it said, what it threw, or how it ended.
/// A child that hangs is ended after 30 seconds.
template <class F>
std::string in_child(F child) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(30);
    std::string said;
    try {
      said = child();
    } catch (const std::exception& error) {
      said = std::string("it threw: ") + error.what();
    }
    const bool is_written = ::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::_exit(is_written ? 0 : 2);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[512];
  for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) said += "ended by signal " + std::to_string(WTERMSIG(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) said += "exit status " + std::to_string(WEXITSTATUS(status));
  return said;
}

}  // namespace keratin::test
