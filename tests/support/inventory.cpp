#include "support/inventory.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "support/tests_dir.h"

namespace keratin::test {
namespace {

Parameter parameter_from(std::string word) {
  if (word.ends_with("!")) return {word.substr(0, word.size() - 1)};
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) return {word, true};
  return {word.substr(0, equals), true, word.substr(equals + 1)};
}

const Parameter* parameter_of(const InventoryClass& of, const std::string& name) {
  const auto found = std::find_if(of.parameters.begin(), of.parameters.end(),
                                  [&](const Parameter& each) { return each.name == name; });
  return found == of.parameters.end() ? nullptr : &*found;
}

/// 1e-07 and 1e-7, or (1, 2) and [1, 2].
bool is_same_value(std::string a, std::string b) {
  for (std::string* const text : {&a, &b}) {
    std::erase(*text, ' ');
    std::replace(text->begin(), text->end(), '(', '[');
    std::replace(text->begin(), text->end(), ')', ']');
  }
  if (a == b) return true;
  char* end_of_a = nullptr;
  char* end_of_b = nullptr;
  const double x = std::strtod(a.c_str(), &end_of_a);
  const double y = std::strtod(b.c_str(), &end_of_b);
  return !a.empty() && !b.empty() && *end_of_a == '\0' && *end_of_b == '\0' && x == y;
}

void compare_parameters(const InventoryClass& keras, const InventoryClass& ours, const LeftOut& left_out) {
  std::vector<std::string> in_keras_order;
  for (const Parameter& wanted : keras.parameters) {
    const std::string what = keras.name + "/" + wanted.name;
    const Parameter* const made = parameter_of(ours, wanted.name);
    if (made == nullptr) {
      EXPECT_TRUE(left_out.has_parameter(keras.name, wanted.name)) << what << " isn't there, and no reason is given";
      continue;
    }
    in_keras_order.push_back(wanted.name);
    const bool is_same = made->has_default == wanted.has_default && is_same_value(made->fallback, wanted.fallback);
    EXPECT_TRUE(is_same || left_out.has_default(keras.name, wanted.name))
        << what << " has the default '" << made->fallback << "', Keras's is '" << wanted.fallback << "'";
  }
  std::vector<std::string> in_our_order;
  for (std::size_t i = 0; i < std::min(ours.parameters.size(), in_keras_order.size()); ++i)
    in_our_order.push_back(ours.parameters[i].name);
  EXPECT_EQ(in_our_order, in_keras_order) << keras.name << " has its options in another order";
}

}  // namespace

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(tests_file("data/" + file));
  EXPECT_TRUE(in.good()) << file;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  return lines;
}

std::vector<InventoryClass> keras_classes(const std::string& name) {
  std::vector<InventoryClass> classes;
  for (const std::string& line : lines_of("keras_" + name + ".txt")) {
    std::istringstream words(line);
    InventoryClass each;
    words >> each.name;
    bool is_second_name = false;
    for (std::string word; words >> word;) {
      is_second_name = is_second_name || word == "=";
      each.parameters.push_back(parameter_from(word));
    }
    if (!is_second_name) classes.push_back(std::move(each));
  }
  return classes;
}

LeftOut::LeftOut(const std::string& name) {
  for (const std::string& line : lines_of("keras_" + name + "_left_out.txt")) {
    const std::size_t colon = line.find(": ");
    EXPECT_NE(colon, std::string::npos) << line;
    if (colon != std::string::npos) lines_.push_back({line.substr(0, colon)});
  }
}

template <class F>
bool LeftOut::find(F matches) const {
  for (const Line& each : lines_)
    if (matches(each.pattern)) return each.used = true;
  return false;
}

bool LeftOut::has_exactly(const std::string& name) const {
  return find([&](const std::string& pattern) { return pattern == name; });
}

bool LeftOut::has_class(const std::string& name) const {
  return has_exactly(name) || find([&](const std::string& pattern) {
           return pattern.ends_with("*") && name.starts_with(pattern.substr(0, pattern.size() - 1));
         });
}

bool LeftOut::has_parameter(const std::string& class_name, const std::string& parameter) const {
  return has_exactly(class_name + "/" + parameter) || has_exactly("*/" + parameter);
}

bool LeftOut::has_default(const std::string& class_name, const std::string& parameter) const {
  return has_parameter(class_name, parameter + "=");
}

std::vector<std::string> LeftOut::unused() const {
  std::vector<std::string> patterns;
  for (const Line& each : lines_)
    if (!each.used) patterns.push_back(each.pattern);
  return patterns;
}

void expect_keras_classes(const std::string& name, const std::vector<InventoryClass>& ours) {
  const LeftOut left_out(name);
  const std::vector<InventoryClass> keras = keras_classes(name);
  const auto named = [](const std::vector<InventoryClass>& classes, const std::string& wanted) {
    return std::find_if(classes.begin(), classes.end(),
                        [&](const InventoryClass& each) { return each.name == wanted; });
  };
  for (const InventoryClass& wanted : keras) {
    const auto made = named(ours, wanted.name);
    if (made == ours.end()) {
      EXPECT_TRUE(left_out.has_class(wanted.name)) << wanted.name << " isn't there, and no reason is given";
      continue;
    }
    EXPECT_FALSE(left_out.has_exactly(wanted.name)) << wanted.name << " is there: take its line out of the reasons";
    compare_parameters(wanted, *made, left_out);
  }
  for (const InventoryClass& made : ours)
    EXPECT_NE(named(keras, made.name), keras.end()) << "Keras has no class " << made.name;
  for (const std::string& pattern : left_out.unused()) ADD_FAILURE() << "nothing is left out by '" << pattern << "'";
}

}  // namespace keratin::test
