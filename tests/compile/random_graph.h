#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "graph/builder.h"
#include "keratin/core/array.h"

namespace keratin::test {

/// A random graph of elementwise ops, matrix products, reductions, transposes and views, with fan-out, whose variables
/// get new values in every hazardous way: swapped, from views, from one another, twice the same, and returned too.
class RandomGraph {
 public:
  RandomGraph(std::uint32_t seed, int nodes);

  const graph::Graph& graph() const { return builder_->graph(); }
  std::vector<Array> inputs(std::int64_t batch) const;
  std::map<graph::VariableId, Array> variables() const;

 private:
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
  const Tensor& any() { return pool_[pick(pool_.size())]; }
  Tensor unary(const Tensor& x);
  Tensor binary();
  Tensor product();
  Tensor moved(const Tensor& x);
  Tensor reduced(const Tensor& x);
  Tensor next();
  void add_leaves();
  void assign_variables();
  std::vector<Tensor> outputs();

  std::mt19937 random_;
  std::unique_ptr<graph::Builder> builder_;
  std::vector<Tensor> pool_;
  std::vector<graph::Spec> variable_specs_;
  std::vector<Tensor> reads_;
};

}  // namespace keratin::test
