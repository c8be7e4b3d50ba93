// The claims on numbers: predictions as somebody else's, and training twice to the same bits.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>
#include <utility>

#include "cli/prove/claims.h"
#include "keratin/core/error.h"

namespace keratin::inline v0::cli {
namespace {

constexpr double relative_tolerance = 1e-3;
constexpr double absolute_tolerance = 1e-5;

struct Trained {
  std::vector<Array> values;
  double first_loss = 0.0;
  double last_loss = 0.0;
};

Trained train(const Subject& subject, std::int64_t steps, const Interrupts& interrupts) {
  Session session({.seed = 1});
  Model model = rebuilt(session, subject);
  const std::int64_t batches = std::max<std::int64_t>(1, subject.x.front().shape()[0] / subject.batch_size);
  Trained trained;
  for (std::int64_t step = 0; step < steps; ++step) {
    interrupts.check();
    const std::int64_t first = step % batches * subject.batch_size;
    const auto batch = [&](const Array& array) { return array.rows(first, first + subject.batch_size); };
    trained.last_loss = model.train_on_batch(Data(subject.x).mapped(batch), Data(subject.y).mapped(batch)).at("loss");
    if (step == 0) trained.first_loss = trained.last_loss;
  }
  trained.values = model.get_weights();
  for (const Variable& variable : model.optimizer()->variables()) trained.values.push_back(variable.value());
  return trained;
}

bool are_equal(const Array& a, const Array& b) {
  const Array left = a.contiguous();
  const Array right = b.contiguous();
  return left.shape() == right.shape() && left.dtype() == right.dtype() &&
         std::memcmp(left.raw(), right.raw(), static_cast<std::size_t>(left.nbytes())) == 0;
}

}  // namespace

Claim compare_predictions(const Subject& subject, const std::vector<Array>& outputs, const std::string& whose) {
  Session session({.seed = 1});
  const Outputs own = rebuilt(session, subject).predict(subject.x, {.batch_size = subject.batch_size});
  if (own.size() != outputs.size())
    throw ValueError("The model has " + std::to_string(own.size()) + " outputs, and there are " +
                     std::to_string(outputs.size()) + " arrays of " + whose + " to compare them with");
  bool close = true;
  double largest = 0.0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const Array theirs = outputs[i].astype(own[i].dtype());
    close = close && all_close(own[i], theirs, relative_tolerance, absolute_tolerance);
    const double difference = max_abs_difference(own[i], theirs);
    if (!(difference <= largest)) largest = difference;
  }
  std::ostringstream text;
  text << "Predictions for " << subject.x.front().shape()[0] << " rows differ from " << whose << " by at most "
       << largest << " (allowed: " << absolute_tolerance << " + " << relative_tolerance << " of the value)";
  return {text.str(), close};
}

Claim train_twice(const Subject& subject, std::int64_t steps, const Interrupts& interrupts) {
  if (!subject.refuses_training.empty()) return {"Training: " + subject.refuses_training, std::nullopt};
  const Trained first = train(subject, steps, interrupts);
  const Trained second = train(subject, steps, interrupts);
  bool equal = first.values.size() == second.values.size();
  std::int64_t bytes = 0;
  for (std::size_t i = 0; equal && i < first.values.size(); ++i) {
    equal = are_equal(first.values[i], second.values[i]);
    bytes += first.values[i].nbytes();
  }
  bool moved = false;
  for (std::size_t i = 0; i < subject.weights.size(); ++i)
    moved = moved || !are_equal(subject.weights[i], first.values[i]);
  std::ostringstream text;
  text << steps << " training steps, twice (loss " << first.first_loss << " to " << first.last_loss
       << "): " << (equal ? "equal bits in all " : "other bits in some of the ") << bytes
       << " bytes of weights and optimizer" << (moved ? "" : ", but no weight changed");
  return {text.str(), equal && moved};
}

}  // namespace keratin::inline v0::cli
