#include "keratin/training/logs.h"

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <utility>

#include "core/text.h"
#include "keratin/core/error.h"

namespace keratin::inline v0 {
namespace {

/// Four decimals, as Keras prints; small and large numbers with an exponent.
std::string formatted(double value) {
  char text[32];
  const double magnitude = value < 0 ? -value : value;
  const bool is_plain = magnitude == 0.0 || (magnitude > 1e-3 && magnitude < 1e6);
  std::snprintf(text, sizeof text, is_plain ? "%.4f" : "%.4e", value);
  return text;
}

}  // namespace

Logs::Logs() noexcept = default;
Logs::Logs(const Logs& other) = default;
Logs::Logs(Logs&& other) noexcept = default;
Logs& Logs::operator=(const Logs& other) = default;
Logs& Logs::operator=(Logs&& other) noexcept = default;
Logs::~Logs() = default;

History::History() noexcept = default;
History::History(const History& other) = default;
History::History(History&& other) noexcept = default;
History& History::operator=(const History& other) = default;
History& History::operator=(History&& other) noexcept = default;
History::~History() = default;

Logs::Logs(Names names, std::vector<double> values) : names_(std::move(names)), values_(std::move(values)) {
  if ((names_ == nullptr ? 0 : names_->size()) != values_.size())
    throw ValueError(
        "Logs need a name for each number. Received: " + std::to_string(names_ == nullptr ? 0 : names_->size()) +
        " names for " + std::to_string(values_.size()) + " numbers");
}

double Logs::at(std::string_view name) const {
  for (std::size_t i = 0; i < values_.size(); ++i)
    if ((*names_)[i] == name) return values_[i];
  throw KeyError("The logs have no number of this name. They have: " +
                 (names_ == nullptr ? "none" : core::listed(*names_)) + ". Received: '" + std::string(name) + "'");
}

bool Logs::contains(std::string_view name) const noexcept {
  return names_ != nullptr && std::find(names_->begin(), names_->end(), name) != names_->end();
}

void Logs::set(std::string_view name, double value) {
  for (std::size_t i = 0; i < values_.size(); ++i)
    if ((*names_)[i] == name) {
      values_[i] = value;
      return;
    }
  auto names = names_ == nullptr ? std::vector<std::string>() : *names_;
  names.emplace_back(name);
  names_ = std::make_shared<const std::vector<std::string>>(std::move(names));
  values_.push_back(value);
}

std::ostream& operator<<(std::ostream& out, const Logs& logs) {
  for (std::size_t i = 0; i < logs.size(); ++i)
    out << (i == 0 ? "" : " - ") << logs.name(i) << ": " << formatted(logs.value(i));
  return out;
}

const std::vector<double>& History::operator[](std::string_view name) const {
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == name) return values_[i];
  throw KeyError("The history has no numbers of this name. It has: " + core::listed(names_) + ". Received: '" +
                 std::string(name) + "'");
}

bool History::contains(std::string_view name) const noexcept {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

void History::add(std::int64_t epoch, const Logs& logs) {
  epochs_.push_back(epoch);
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const auto found = std::find(names_.begin(), names_.end(), logs.name(i));
    if (found == names_.end()) {
      names_.push_back(logs.name(i));
      values_.push_back({logs.value(i)});
    } else {
      values_[static_cast<std::size_t>(found - names_.begin())].push_back(logs.value(i));
    }
  }
}

std::ostream& operator<<(std::ostream& out, const History& history) {
  out << "epoch";
  for (const std::string& name : history.names()) out << "  " << name;
  // A number that isn't there for every epoch (validation_freq) can't be put in a line of its own.
  for (std::size_t row = 0; row < history.epochs().size(); ++row) {
    out << '\n' << history.epochs()[row];
    for (const std::string& name : history.names()) {
      const std::vector<double>& values = history[name];
      out << "  " << (values.size() == history.epochs().size() ? formatted(values[row]) : "-");
    }
  }
  return out;
}

}  // namespace keratin::inline v0
