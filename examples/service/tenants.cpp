#include "tenants.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

namespace service {

namespace kt = keratin;
namespace layers = keratin::layers;
using Json = nlohmann::json;

struct Tenants::Tenant {
  std::string name;
  Shape shape;
  std::atomic<std::uint64_t> version = 0;
  std::atomic<std::uint64_t> used = 0;
  std::atomic<std::int64_t> bytes = 0;
  std::atomic<bool> is_loaded = false;

  std::mutex mutex;  ///< of what follows
  bool is_removed = false;
  std::optional<kt::Session> session;
  kt::Model model;
};

Tenants::Tenants(std::filesystem::path folder, Limits limits) : folder_(std::move(folder)), limits_(limits) {
  std::filesystem::create_directories(folder_);
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    if (entry.path().extension() != ".json") continue;
    const Json found = Json::parse(std::ifstream(entry.path()));
    auto tenant = std::make_shared<Tenant>();
    tenant->name = entry.path().stem();
    tenant->shape = {found.at("inputs"), found.at("classes"), found.at("hidden").get<std::vector<std::int64_t>>()};
    tenant->version = found.at("version").get<std::uint64_t>();
    last_version_ = std::max<std::uint64_t>(last_version_, tenant->version);
    tenants_.emplace(tenant->name, std::move(tenant));
  }
}

std::filesystem::path Tenants::file(const Tenant& tenant, const char* extension) const {
  return folder_ / (tenant.name + extension);
}

std::shared_ptr<Tenants::Tenant> Tenants::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(name);
  if (found == tenants_.end()) throw Refusal(404, "there is no tenant '" + name + "'");
  return found->second;
}

Shape Tenants::shape(const std::string& name) const { return find(name)->shape; }

void Tenants::save(Tenant& tenant) {
  tenant.model.save(file(tenant, ".keras"));
  const Json description{{"inputs", tenant.shape.inputs},
                         {"classes", tenant.shape.classes},
                         {"hidden", tenant.shape.hidden},
                         {"version", tenant.version.load()}};
  const std::filesystem::path written = file(tenant, ".json.new");
  std::ofstream(written) << description << '\n';
  std::filesystem::rename(written, file(tenant, ".json"));
}

void Tenants::create(const std::string& name, const Shape& shape) {
  auto tenant = std::make_shared<Tenant>();
  tenant->name = name;
  tenant->shape = shape;
  const std::lock_guard held(tenant->mutex);
  {
    const std::lock_guard lock(mutex_);
    if (tenants_.contains(name)) throw Refusal(409, "there is a tenant '" + name + "' already");
    if (tenants_.size() >= limits_.tenants) throw Refusal(507, "there are as many tenants as this service takes");
    tenants_.emplace(name, tenant);
  }
  try {
    tenant->session.emplace(kt::SessionOptions{.threads = 1, .memory_budget = limits_.tenant_budget, .name = name});
    std::vector<kt::LayerSpec> network{layers::Input({shape.inputs})};
    for (const std::int64_t units : shape.hidden) network.emplace_back(layers::Dense(units, {.activation = "relu"}));
    network.emplace_back(layers::Dense(shape.classes, {.activation = "softmax"}));
    tenant->model = kt::Sequential(*tenant->session, network);
    tenant->model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 0.01}),
                           .loss = "sparse_categorical_crossentropy",
                           .metrics = {"accuracy"}});
    tenant->version = ++last_version_;
    tenant->is_loaded = true;
    save(*tenant);
  } catch (...) {
    tenant->is_removed = true;
    const std::lock_guard lock(mutex_);
    tenants_.erase(name);
    throw;
  }
  note_use(*tenant);
}

void Tenants::remove(const std::string& name) {
  const std::shared_ptr<Tenant> tenant = find(name);
  const std::lock_guard held(tenant->mutex);
  if (tenant->is_removed) throw Refusal(404, "there is no tenant '" + name + "'");
  tenant->is_removed = true;
  if (tenant->session) tenant->session->clear();
  tenant->session.reset();
  std::filesystem::remove(file(*tenant, ".keras"));
  std::filesystem::remove(file(*tenant, ".json"));
  const std::lock_guard lock(mutex_);
  tenants_.erase(name);
}

/// The tenant's model, from disk where its session had to make room. Its mutex is held.
kt::Model& Tenants::loaded(Tenant& tenant) {
  if (tenant.is_removed) throw Refusal(404, "there is no tenant '" + tenant.name + "'");
  if (!tenant.session) {
    kt::Session session({.threads = 1, .memory_budget = limits_.tenant_budget, .name = tenant.name});
    tenant.model = kt::load_model(session, file(tenant, ".keras"));
    tenant.session.emplace(std::move(session));
    tenant.is_loaded = true;
    ++counters_.loads;
  }
  return tenant.model;
}

void Tenants::note_use(Tenant& tenant) {
  tenant.used = ++last_use_;
  tenant.bytes = tenant.session->memory().mapped_bytes;
  evict_others(tenant);
}

/// Sessions of the least recently used tenants end until all that are left fit into the budget. One that is at work is
/// passed over: it isn't waited for, so that no two requests can wait for one another.
void Tenants::evict_others(const Tenant& in_use) {
  std::vector<std::shared_ptr<Tenant>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, tenant] : tenants_)
      if (tenant->is_loaded) all.push_back(tenant);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->used < b->used; });
  std::int64_t total = 0;
  for (const auto& tenant : all) total += tenant->bytes;
  for (const auto& tenant : all) {
    if (total <= limits_.budget.count) break;
    if (tenant.get() == &in_use) continue;
    const std::unique_lock held(tenant->mutex, std::try_to_lock);
    if (!held.owns_lock() || !tenant->session) continue;
    total -= tenant->bytes;
    // Its model is on disk since its last training. clear() gives the heap's free pages back too, which the session's
    // end alone wouldn't.
    tenant->session->clear();
    tenant->session.reset();
    tenant->is_loaded = false;
    tenant->bytes = 0;
    ++counters_.evictions;
  }
}

TrainingResult Tenants::train(const std::string& name, const kt::Array& x, const kt::Array& y, std::int64_t epochs) {
  const std::shared_ptr<Tenant> tenant = find(name);
  const std::lock_guard held(tenant->mutex);
  kt::Model& model = loaded(*tenant);
  const kt::History history = model.fit(
      x, y, {.epochs = epochs, .verbose = 0, .stop_token = stop_.get_token(), .time_limit = limits_.training_seconds});
  tenant->version = ++last_version_;
  save(*tenant);
  ++counters_.trainings;
  note_use(*tenant);
  return {tenant->version, history["loss"].back(), history["accuracy"].back(),
          static_cast<std::int64_t>(history.epochs().size())};
}

Prediction Tenants::predict(const std::string& name, const kt::Array& x) {
  const std::shared_ptr<Tenant> tenant = find(name);
  const std::lock_guard held(tenant->mutex);
  Prediction made{.version = tenant->version, .probabilities = loaded(*tenant).predict(x)};
  ++counters_.predictions;
  counters_.rows += x.shape()[0];
  note_use(*tenant);
  return made;
}

std::vector<TenantState> Tenants::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<TenantState> all;
  for (const auto& [name, tenant] : tenants_) all.push_back({name, tenant->version, tenant->is_loaded, tenant->bytes});
  return all;
}

}  // namespace service
