#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <keratin/keratin.h>

namespace conformance {

/// A command line taken apart: what stands by itself, and what follows a "--name".
struct Arguments {
  explicit Arguments(const std::vector<std::string>& words);
  /// Throws ValueError where it is missing.
  const std::string& option(const std::string& name) const;
  std::string option_or(const std::string& name, const std::string& fallback) const;
  const std::string& word(std::size_t index, const char* what) const;

  std::vector<std::string> words;
  std::map<std::string, std::string> options;
};

/// x0, x1, … for the prefix "x", as far as they are there; or x itself.
std::vector<keratin::Array> numbered(const keratin::NamedArrays& arrays, const std::string& prefix);

void predict(const Arguments& arguments);
void gradient(const Arguments& arguments);
void train(const Arguments& arguments);
void evaluate(const Arguments& arguments);
void check(const Arguments& arguments);
/// The value of Keras's object of a loss; check() asks for it.
keratin::Array loss(const keratin::ConfigValue& object, const keratin::NamedArrays& inputs);
/// The results of Keras's object of a metric after each update, and after a reset and one more; check() asks for them.
keratin::NamedArrays metric(const keratin::ConfigValue& object, std::int64_t updates,
                            const keratin::NamedArrays& inputs);
/// Loads a model and saves it again: as `.keras`, or its weights alone as `.weights.h5`.
void resave(const Arguments& arguments);
/// Builds models and saves each with inputs and what it predicts.
void built(const Arguments& arguments);
/// The rates of Keras's object of a schedule.
keratin::Array schedule(const keratin::ConfigValue& object, const keratin::NamedArrays& inputs);
/// predict, gradient, train, evaluate, check: throws what they throw, ValueError for another command.
void run(const std::vector<std::string>& command);
}  // namespace conformance
