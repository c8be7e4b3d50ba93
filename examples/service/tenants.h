#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include <keratin/keratin.h>

namespace service {

/// What an HTTP status stands for, thrown where a request can't be answered otherwise.
struct Refusal : std::runtime_error {
  Refusal(int code, const std::string& message) : std::runtime_error(message), status(code) {}
  int status;
};

struct Limits {
  keratin::Bytes budget = keratin::MiB(8);          ///< of all tenants' sessions together
  keratin::Bytes tenant_budget = keratin::MiB(64);  ///< of one session: more is refused before it is taken
  std::size_t tenants = 1000;
  double training_seconds = 30.0;
};

/// The network of a tenant: rows of numbers in, probabilities of classes out.
struct Shape {
  std::int64_t inputs = 0;
  std::int64_t classes = 0;
  std::vector<std::int64_t> hidden;
};

struct TrainingResult {
  std::uint64_t version = 0;
  double loss = 0.0;
  double accuracy = 0.0;
  std::int64_t epochs = 0;  ///< that were run within the time limit
};

struct Prediction {
  std::uint64_t version = 0;  ///< of the model that gave it: another one after each training
  keratin::Array probabilities;
};

/// What is known of a tenant without waiting for it.
struct TenantState {
  std::string name;
  std::uint64_t version = 0;
  bool is_loaded = false;
  std::int64_t bytes = 0;  ///< on its session's books after its last request
};

struct Counters {
  std::atomic<std::int64_t> trainings = 0;
  std::atomic<std::int64_t> predictions = 0;
  std::atomic<std::int64_t> rows = 0;  ///< predicted
  std::atomic<std::int64_t> loads = 0;
  std::atomic<std::int64_t> evictions = 0;
};

/// Tenants with a session each. Their models lie on disk as .keras files; those that were used last are loaded as well,
/// as many as the budget allows. Any number of threads may call; requests of one tenant take turns.
class Tenants {
 public:
  /// Takes over the tenants that the folder has.
  Tenants(std::filesystem::path folder, Limits limits);
  /// Waits for the requests at work.
  ~Tenants() = default;

  void create(const std::string& name, const Shape& shape);
  void remove(const std::string& name);
  TrainingResult train(const std::string& name, const keratin::Array& x, const keratin::Array& y, std::int64_t epochs);
  Prediction predict(const std::string& name, const keratin::Array& x);
  /// How many numbers a row of the tenant has, and how many classes it knows.
  Shape shape(const std::string& name) const;

  std::vector<TenantState> states() const;
  const Counters& counters() const noexcept { return counters_; }
  const Limits& limits() const noexcept { return limits_; }
  /// Asks trainings at work to end after their batch.
  void stop() { stop_.request_stop(); }

 private:
  struct Tenant;

  std::shared_ptr<Tenant> find(const std::string& name) const;
  keratin::Model& loaded(Tenant& tenant);
  void note_use(Tenant& tenant);
  void evict_others(const Tenant& in_use);
  std::filesystem::path file(const Tenant& tenant, const char* extension) const;
  void save(Tenant& tenant);

  std::filesystem::path folder_;
  Limits limits_;
  Counters counters_;
  std::stop_source stop_;
  std::atomic<std::uint64_t> last_version_ = 0;
  std::atomic<std::uint64_t> last_use_ = 0;
  mutable std::mutex mutex_;  ///< of the map alone
  std::map<std::string, std::shared_ptr<Tenant>> tenants_;
};

}  // namespace service
