#pragma once

#include <cstdlib>
#include <string>

#include <sys/wait.h>

#include "support/files.h"

namespace keratin::test {

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// A command of the shell's, to its end.
inline Outcome shell(const Scratch& scratch, const std::string& command) {
  const std::string whole = "{ " + command + "; } > " + scratch.path("out") + " 2> " + scratch.path("err");
  const int status = std::system(whole.c_str());
  return {WEXITSTATUS(status), content(scratch.path("out")), content(scratch.path("err"))};
}

/// The program `keratin` with these arguments.
inline Outcome run(const Scratch& scratch, const std::string& arguments) {
  return shell(scratch, KERATIN_PROGRAM " " + arguments);
}

}  // namespace keratin::test
