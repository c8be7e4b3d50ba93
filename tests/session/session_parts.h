#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keratin/core/error.h"
#include "keratin/ops/operators.h"
#include "keratin/session/component.h"

namespace keratin::test {

/// x times a weight.
class Scale : public Component {
 public:
  explicit Scale(float initial = 2.0f, std::string name = {}) : Component(std::move(name)), initial_(initial) {}
  ComponentKind kind() const noexcept override { return ComponentKind::layer; }
  const Variable& factor() const noexcept { return factor_; }
  Tensor call(const Tensor& x) const { return x * factor_; }

 protected:
  std::string default_name() const override { return "scale"; }
  void became_live() override {
    factor_ = add_variable(
        "factor", {},
        {.initial = [value = initial_](const Shape& shape, DType dtype,
                                       std::uint64_t) { return Array::full(shape, static_cast<double>(value), dtype); },
         .category = MemoryCategory::parameters});
  }

 private:
  float initial_;
  Variable factor_;
};

/// Several of them, one after the other, and a variable that starts at random.
class Stack : public Component {
 public:
  explicit Stack(int count) : count_(count) {}
  ComponentKind kind() const noexcept override { return ComponentKind::layer; }
  const Handle<Scale>& at(std::size_t index) const { return parts_.at(index); }
  const Variable& own() const noexcept { return own_; }
  Tensor call(Tensor x) const {
    for (const auto& part : parts_) x = part->call(x);
    return x + own_;
  }

 protected:
  std::string default_name() const override { return "stack"; }
  void became_live() override {
    for (int i = 0; i < count_; ++i) parts_.push_back(add_component("part_" + std::to_string(i), Scale()));
    own_ = add_variable("own", {2}, {.initial = [](const Shape& shape, DType, std::uint64_t seed) {
                          return Array::random_normal(shape, {.seed = seed});
                        }});
  }

 private:
  int count_;
  std::vector<Handle<Scale>> parts_;
  Variable own_;
};

class FailsWhenLive : public Component {
 public:
  ComponentKind kind() const noexcept override { return ComponentKind::layer; }

 protected:
  std::string default_name() const override { return "fails"; }
  void became_live() override {
    add_component("child", Scale());
    throw ValueError("no");
  }
};

/// Keeps something alive as long as it lives.
class Holds : public Component {
 public:
  explicit Holds(std::shared_ptr<const void> held) : held_(std::move(held)) {}

 protected:
  std::string default_name() const override { return "holds"; }

 private:
  std::shared_ptr<const void> held_;
};

}  // namespace keratin::test
