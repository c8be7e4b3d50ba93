#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/export.h"

namespace keratin::inline v0 {

/// Names and numbers: the losses and metrics of a batch, an epoch, an evaluation. Names are shared, so that a batch's
/// logs cost no allocation.
class KERATIN_API Logs {
 public:
  using Names = std::shared_ptr<const std::vector<std::string>>;

  Logs() noexcept;
  Logs(Names names, std::vector<double> values);
  Logs(const Logs& other);
  Logs(Logs&& other) noexcept;
  Logs& operator=(const Logs& other);
  Logs& operator=(Logs&& other) noexcept;
  ~Logs();

  /// Throws KeyError naming the keys that exist.
  double at(std::string_view name) const;
  double operator[](std::string_view name) const { return at(name); }
  bool contains(std::string_view name) const noexcept;
  std::size_t size() const noexcept { return values_.size(); }
  bool empty() const noexcept { return values_.empty(); }
  const std::string& name(std::size_t index) const { return (*names_)[index]; }
  double value(std::size_t index) const { return values_[index]; }
  /// The number behind a name, added at the end if it isn't there yet (which allocates).
  void set(std::string_view name, double value);
  void set_value(std::size_t index, double value) { values_[index] = value; }

 private:
  Names names_;
  std::vector<double> values_;
};
/// "loss: 0.1234 - accuracy: 0.9876".
KERATIN_API std::ostream& operator<<(std::ostream& out, const Logs& logs);

/// What fit returns: each number of each epoch. `keras.callbacks.History`.
class KERATIN_API History {
 public:
  History() noexcept;
  History(const History& other);
  History(History&& other) noexcept;
  History& operator=(const History& other);
  History& operator=(History&& other) noexcept;
  ~History();
  /// The values of all epochs; throws KeyError naming the keys that exist.
  const std::vector<double>& operator[](std::string_view name) const;
  const std::vector<double>& at(std::string_view name) const { return (*this)[name]; }
  bool contains(std::string_view name) const noexcept;
  /// In the order in which they came.
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// Numbers of the epochs that were run, from initial_epoch on.
  const std::vector<std::int64_t>& epochs() const noexcept { return epochs_; }
  void add(std::int64_t epoch, const Logs& logs);
  /// Numbers stay, and epochs are counted anew: another fit adds to what is there.
  void forget_epochs() noexcept { epochs_.clear(); }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<double>> values_;
  std::vector<std::int64_t> epochs_;
};
/// A table: a line an epoch.
KERATIN_API std::ostream& operator<<(std::ostream& out, const History& history);

}  // namespace keratin::inline v0
