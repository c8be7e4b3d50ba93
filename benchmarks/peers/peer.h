#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace peers {

/// A multilayer perceptron for class numbers: relu between layers, softmax with crossentropy at the end, Adam.
struct Workload {
  const char* name;
  std::vector<std::int64_t> widths;  ///< the input's, then each layer's
  std::int64_t batch;
};

/// Rows of a data set of the workload's, the same for everyone.
struct Examples {
  std::vector<float> x;
  std::vector<std::int32_t> y;
};

/// Runs `steps` training steps.
using Steps = std::function<void(int steps)>;

/// The oneDNN primitives of a step on warm buffers, and one pass of Adam: the step's lower bound. Nobody carries
/// results from one to the next, and weights take whatever layout oneDNN likes best.
Steps primitives(const Workload& workload, int threads);

/// dlib's trainer; empty where dlib was not found, or has no such network compiled.
Steps dlib(const Workload& workload, const Examples& examples, int threads);

}  // namespace peers
