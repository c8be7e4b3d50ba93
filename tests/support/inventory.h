#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/options.h"
#include "keratin/core/config.h"

// Keras's classes and their parameters (tests/data/keras_NAME.txt, written by record_inventory.py) against ours. What
// is left out has its reason in tests/data/keras_NAME_left_out.txt.
namespace keratin::test {

/// A parameter of a class; without `has_default` it must be given.
struct Parameter {
  std::string name;
  bool has_default = false;
  std::string fallback = {};  ///< as Python prints it
};

struct InventoryClass {
  std::string name;
  std::vector<Parameter> parameters = {};
};

/// Lists the options that an option list (core/options.h) names, in the order in which they are declared: those that
/// must be given as the list has them, then the members of one struct by their places in it.
class DeclaredOptions {
 public:
  template <class T>
  void operator()(std::string_view name, const T& value) {
    optional_.push_back({reinterpret_cast<std::uintptr_t>(&value),
                         {std::string(name), true, to_string(core::OptionKind<T>::written(value))}});
  }
  template <class T>
  void required(std::string_view name, const T& /*value*/) {
    parameters_.push_back({std::string(name)});
  }
  template <class T>
  void unwritten(std::string_view name, const T& value, const T& /*fallback*/) {
    (*this)(name, value);
  }
  void always(std::string_view /*name*/, bool /*value*/) {}  // no option here

  std::vector<Parameter> take() {
    std::sort(optional_.begin(), optional_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, parameter] : optional_) parameters_.push_back(std::move(parameter));
    return std::move(parameters_);
  }

 private:
  std::vector<std::pair<std::uintptr_t, Parameter>> optional_;
  std::vector<Parameter> parameters_;
};

/// A class of ours: `list(option, values...)` names its options, given with their defaults.
template <class List, class... T>
InventoryClass declared(std::string name, const List& list, const T&... values) {
  DeclaredOptions options;
  list(options, values...);
  return {std::move(name), options.take()};
}

/// The lines of tests/data/FILE that aren't empty and no comments.
std::vector<std::string> lines_of(const std::string& file);

/// Keras's classes of keras_NAME.txt, without second names.
std::vector<InventoryClass> keras_classes(const std::string& name);

/// The lines of keras_NAME_left_out.txt: a pattern and the reason for it. A class, all classes that begin so
/// ("Random*"), a parameter of one ("Dense/lora_rank") or of all ("*/lora_rank"), or its default ("Huber/name=").
class LeftOut {
 public:
  explicit LeftOut(const std::string& name);

  bool has_class(const std::string& name) const;
  /// Without regard to patterns that end with *.
  bool has_exactly(const std::string& name) const;
  bool has_parameter(const std::string& class_name, const std::string& parameter) const;
  bool has_default(const std::string& class_name, const std::string& parameter) const;
  /// What nothing was looked up by.
  std::vector<std::string> unused() const;

 private:
  struct Line {
    std::string pattern;
    mutable bool used = false;
  };
  template <class F>
  bool find(F matches) const;

  std::vector<Line> lines_;
};

/// Every class of Keras is there with all parameters, in Keras's order (those of ours come last) and with Keras's
/// defaults, or there is a reason; each reason is needed; and no class is there that Keras lacks.
void expect_keras_classes(const std::string& name, const std::vector<InventoryClass>& ours);

}  // namespace keratin::test
