#include "programs/service_load.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "lifecycle/recipe.h"

namespace keratin::test {
namespace {

using Json = nlohmann::json;
using Row = std::vector<float>;

constexpr int inputs = 4;
constexpr int classes = 3;
constexpr int known_after = 3;  // trainings

/// What one tenant is to learn: the largest of three sums, whose factors are its own.
class Rule {
 public:
  explicit Rule(std::uint64_t seed) : draw_(seed) {
    for (auto& sum : factors_)
      for (float& factor : sum) factor = number();
  }
  Row row() {
    Row numbers;
    for (int i = 0; i < inputs; ++i) numbers.push_back(number());
    return numbers;
  }
  int answer(const Row& row) const {
    std::array<float, classes> sums{};
    for (std::size_t i = 0; i < sums.size(); ++i)
      for (std::size_t j = 0; j < row.size(); ++j) sums[i] += factors_[i][j] * row[j];
    return static_cast<int>(std::max_element(sums.begin(), sums.end()) - sums.begin());
  }

 private:
  float number() { return static_cast<float>(draw_.between(-1000, 1000)) / 500.0f; }
  Draw draw_;
  std::array<std::array<float, inputs>, classes> factors_{};
};

/// A tenant as its clients know it.
struct Known {
  std::string name;
  Rule rule;
  std::vector<Row> probes;
  std::mutex mutex;
  int trainings = 0;
  bool exists = false;
  std::map<std::uint64_t, Json> answers;  ///< to the probes, by the model's version
  std::uint64_t version_known = 0;        ///< from which on it knows its rule; 0: not yet

  explicit Known(int number) : name("tenant-" + std::to_string(number)), rule(static_cast<std::uint64_t>(number) + 1) {
    for (int i = 0; i < 40; ++i) probes.push_back(rule.row());
  }
};

struct Shared {
  std::vector<std::unique_ptr<Known>> tenants;
  std::mutex mutex;
  LoadResult result;
  std::chrono::steady_clock::time_point end;

  void note(const std::string& error) {
    const std::lock_guard lock(mutex);
    if (result.errors.size() < 100) result.errors.push_back(error);
  }
};

class Client {
 public:
  Client(Shared& shared, const LoadOptions& options, std::size_t number)
      : shared_(shared),
        http_("127.0.0.1", options.port),
        draw_(1000 + number),
        number_(number),
        removes_(options.removes) {
    http_.set_keep_alive(true);
    http_.set_read_timeout(60);
  }

  void run() {
    for (std::size_t own : {2 * number_, 2 * number_ + 1}) create(*shared_.tenants[own]);
    while (std::chrono::steady_clock::now() < shared_.end) step();
    for (std::size_t own : {2 * number_, 2 * number_ + 1})
      if (removes_) remove(*shared_.tenants[own]);
    const std::lock_guard lock(shared_.mutex);
    shared_.result.requests += result_.requests;
    shared_.result.trainings += result_.trainings;
    shared_.result.predictions += result_.predictions;
    shared_.result.refusals += result_.refusals;
  }

 private:
  void step() {
    Known& own = *shared_.tenants[2 * number_ + static_cast<std::size_t>(draw_.between(0, 1))];
    Known& any = *shared_.tenants[static_cast<std::size_t>(
        draw_.between(0, static_cast<std::int64_t>(shared_.tenants.size()) - 1))];
    const std::int64_t drawn = draw_.between(0, 99);
    if (drawn < 15) {
      train(own);
    } else if (drawn < 85) {
      predict(any);
    } else if (drawn < 87) {
      remove(own);
      create(own);
    } else if (drawn < 92) {
      const bool memory = draw_.between(0, 1) == 0;
      expect(http_.Get(memory ? "/memory" : "/metrics"), 200, "a page");
    } else {
      be_wrong(own);
    }
  }

  /// The body of an answer with this status; an error is noted for any other.
  std::string expect(const httplib::Result& answer, int status, const std::string& what) {
    ++result_.requests;
    if (!answer) {
      shared_.note(what + ": no answer (" + httplib::to_string(answer.error()) + ")");
      return {};
    }
    if (answer->status != status)
      shared_.note(what + ": status " + std::to_string(answer->status) + ": " + answer->body);
    return answer->status == status ? answer->body : std::string();
  }

  std::string post(const Known& tenant, const char* page, const Json& body, int status) {
    return expect(http_.Post("/tenants/" + tenant.name + page, body.dump(), "application/json"), status,
                  tenant.name + page);
  }

  void create(Known& tenant) {
    const Json body{{"inputs", inputs}, {"classes", classes}, {"hidden", {16}}};
    expect(http_.Put("/tenants/" + tenant.name, body.dump(), "application/json"), 201, "creating " + tenant.name);
    const std::lock_guard lock(tenant.mutex);
    tenant.exists = true;
    tenant.trainings = 0;
    tenant.version_known = 0;
  }

  void remove(Known& tenant) {
    {
      const std::lock_guard lock(tenant.mutex);
      tenant.exists = false;
      tenant.version_known = 0;  // what comes after it has learned nothing yet
    }
    expect(http_.Delete("/tenants/" + tenant.name), 200, "removing " + tenant.name);
  }

  void train(Known& tenant) {
    Json body{{"epochs", 8}, {"x", Json::array()}, {"y", Json::array()}};
    for (int i = 0; i < 200; ++i) {
      const Row row = tenant.rule.row();
      body["x"].push_back(row);
      body["y"].push_back(tenant.rule.answer(row));
    }
    const std::string text = post(tenant, "/train", body, 200);
    if (text.empty()) return;
    ++result_.trainings;
    const Json answer = Json::parse(text);
    if (answer.at("epochs") != 8) shared_.note(tenant.name + ": trained for other than 8 epochs");
    const std::lock_guard lock(tenant.mutex);
    if (++tenant.trainings == known_after) tenant.version_known = answer.at("version").get<std::uint64_t>();
  }

  void predict(Known& tenant) {
    const httplib::Result answer =
        http_.Post("/tenants/" + tenant.name + "/predict", Json{{"x", tenant.probes}}.dump(), "application/json");
    {
      const std::lock_guard lock(tenant.mutex);
      if (!tenant.exists && answer && answer->status == 404) return;  // its owner is about to make it anew
    }
    if (answer && answer->status == 404) return check_gone(tenant);
    const std::string text = expect(answer, 200, "predicting for " + tenant.name);
    if (text.empty()) return;
    ++result_.predictions;
    check(tenant, Json::parse(text));
  }

  /// A tenant that was gone for a moment is there again, unless it is gone still.
  void check_gone(Known& tenant) {
    const std::lock_guard lock(tenant.mutex);
    if (tenant.exists && tenant.trainings > 0) shared_.note(tenant.name + " isn't there, though it was trained");
  }

  void check(Known& tenant, const Json& answer) {
    const std::lock_guard lock(tenant.mutex);
    const auto version = answer.at("version").get<std::uint64_t>();
    const auto [known, is_new] = tenant.answers.emplace(version, answer.at("y"));
    if (!is_new && known->second != answer.at("y"))
      shared_.note(tenant.name + ": version " + std::to_string(version) + " predicted something else before");
    while (tenant.answers.size() > 8) tenant.answers.erase(tenant.answers.begin());
    if (tenant.version_known == 0 || version < tenant.version_known) return;
    int right = 0;
    for (std::size_t i = 0; i < tenant.probes.size(); ++i) {
      const auto row = answer.at("y").at(i).get<Row>();
      right += std::max_element(row.begin(), row.end()) - row.begin() == tenant.rule.answer(tenant.probes[i]) ? 1 : 0;
    }
    if (right < static_cast<int>(tenant.probes.size()) * 7 / 10)
      shared_.note(tenant.name + " knows " + std::to_string(right) + " of 40 answers to its own rule");
  }

  void be_wrong(Known& own) {
    const std::string page = "/tenants/" + own.name;
    const auto refused = [&](const httplib::Result& answer, int status, const char* what) {
      const std::string body = expect(answer, status, what);
      if (body.empty()) return;
      const Json error = Json::parse(body, nullptr, false);
      if (!error.is_object() || error["error"]["status"] != status) shared_.note(std::string(what) + ": " + body);
      ++result_.refusals;
    };
    switch (draw_.between(0, 6)) {
      case 0:
        return refused(http_.Post(page + "/predict", "{\"x\": [[1, 2", "application/json"), 400, "half of a body");
      case 1:
        return refused(http_.Post(page + "/predict", "{\"x\": [[1, 2]]}", "application/json"), 400, "short rows");
      case 2:
        return refused(http_.Post("/tenants/nobody/predict", "{\"x\": [[1]]}", "application/json"), 404, "nobody");
      case 3:
        return refused(http_.Post(page + "/train", R"({"x": [[1,2,3,4]], "y": [7], "epochs": 1})", "application/json"),
                       400, "a class that there isn't");
      case 4:
        return refused(http_.Put(page, R"({"inputs": 4, "classes": 3})", "application/json"), 409, "created twice");
      case 5:
        return refused(http_.Put("/tenants/wide", R"({"inputs": 4, "classes": 1000000})", "application/json"), 400,
                       "too many classes");
      default:
        return refused(http_.Get("/nothing"), 404, "a page that there isn't");
    }
  }

  Shared& shared_;
  httplib::Client http_;
  Draw draw_;
  std::size_t number_;
  bool removes_;
  LoadResult result_;
};

}  // namespace

LoadResult load_service(const LoadOptions& options) {
  Shared shared;
  for (int i = 0; i < 2 * options.clients; ++i) shared.tenants.push_back(std::make_unique<Known>(i));
  shared.end = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                      std::chrono::duration<double>(options.seconds));
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < options.clients; ++i)
      threads.emplace_back([&shared, &options, i] {
        try {
          Client(shared, options, static_cast<std::size_t>(i)).run();
        } catch (const std::exception& error) {
          shared.note(std::string("a client ended: ") + error.what());
        }
      });
  }
  return shared.result;
}

void predict_once(int port, const std::string& tenant) {
  httplib::Client http("127.0.0.1", port);
  const Json body{{"x", {{0, 0, 0, 0}}}};
  const httplib::Result answer = http.Post("/tenants/" + tenant + "/predict", body.dump(), "application/json");
  if (!answer || answer->status != 200) throw std::runtime_error("no prediction for " + tenant);
}

std::string get(int port, const std::string& page) {
  httplib::Client http("127.0.0.1", port);
  const httplib::Result answer = http.Get(page);
  if (!answer || answer->status != 200) throw std::runtime_error("no page " + page);
  return answer->body;
}

double metric(const std::string& page, const std::string& name) {
  const std::size_t at = page.find("\n" + name + " ");
  if (at == std::string::npos) throw std::runtime_error("no metric " + name);
  return std::stod(page.substr(at + name.size() + 2));
}

}  // namespace keratin::test
