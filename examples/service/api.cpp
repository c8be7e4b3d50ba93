#include "api.h"

#include <sstream>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace service {

namespace kt = keratin;
using Json = nlohmann::json;

namespace {

constexpr std::size_t longest_body = 4 << 20;
constexpr std::size_t most_rows = 10'000;
constexpr std::int64_t most_epochs = 1000;
constexpr std::int64_t most_units = 4096;
constexpr std::size_t most_layers = 8;

void require(bool condition, const std::string& message) {
  if (!condition) throw Refusal(400, message);
}

std::string name_of(const httplib::Request& request) { return request.matches[1]; }

Json body_of(const httplib::Request& request) {
  Json body = Json::parse(request.body, nullptr, false);
  require(body.is_object(), "the body is to be a JSON object");
  return body;
}

std::int64_t integer(const Json& body, const char* key, std::int64_t least, std::int64_t most) {
  const auto found = body.find(key);
  require(
      found != body.end() && found->is_number_integer() && found->get<std::int64_t>() >= least &&
          found->get<std::int64_t>() <= most,
      std::string("'") + key + "' is to be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return found->get<std::int64_t>();
}

Shape shape_of(const Json& body) {
  Shape shape{integer(body, "inputs", 1, most_units), integer(body, "classes", 2, most_units), {}};
  const Json hidden = body.value("hidden", Json::array());
  require(hidden.is_array() && hidden.size() <= most_layers, "'hidden' is to be a list of at most 8 numbers of units");
  for (const Json& units : hidden) shape.hidden.push_back(integer({{"hidden", units}}, "hidden", 1, most_units));
  return shape;
}

/// Rows of numbers: (rows, width).
kt::Array rows_of(const Json& body, std::int64_t width) {
  const auto x = body.find("x");
  require(x != body.end() && x->is_array() && !x->empty() && x->size() <= most_rows,
          "'x' is to be a list of 1 to " + std::to_string(most_rows) + " rows");
  kt::Array rows = kt::Array::empty({static_cast<std::int64_t>(x->size()), width});
  const auto numbers = rows.mutable_data<float>();
  std::size_t at = 0;
  for (const Json& row : *x) {
    require(row.is_array() && row.size() == static_cast<std::size_t>(width),
            "each row of 'x' is to be a list of " + std::to_string(width) + " numbers");
    for (const Json& number : row) {
      require(number.is_number(), "each row of 'x' is to be a list of numbers");
      numbers[at++] = number.get<float>();
    }
  }
  return rows;
}

kt::Array classes_of(const Json& body, std::int64_t rows, std::int64_t classes) {
  const auto y = body.find("y");
  require(y != body.end() && y->is_array() && y->size() == static_cast<std::size_t>(rows),
          "'y' is to be a list with a class for each row");
  kt::Array labels = kt::Array::empty({rows}, kt::int32);
  std::size_t at = 0;
  for (const Json& label : *y)
    labels.mutable_data<std::int32_t>()[at++] = static_cast<std::int32_t>(integer({{"y", label}}, "y", 0, classes - 1));
  return labels;
}

Json rows_as_json(const kt::Array& array) {
  Json rows = Json::array();
  const auto numbers = array.data<float>();
  const auto width = static_cast<std::size_t>(array.shape()[1]);
  for (std::size_t at = 0; at < numbers.size(); at += width)
    rows.push_back(Json(std::vector<float>(numbers.begin() + static_cast<std::ptrdiff_t>(at),
                                           numbers.begin() + static_cast<std::ptrdiff_t>(at + width))));
  return rows;
}

void answer(httplib::Response& response, const Json& json, int status = 200) {
  response.status = status;
  response.set_content(json.dump() + "\n", "application/json");
}

void answer_error(httplib::Response& response, int status, const std::string& message) {
  answer(response, {{"error", {{"status", status}, {"message", message}}}}, status);
}

int status_of(const kt::Error& error) {
  switch (error.code()) {
    case kt::ErrorCode::value:
    case kt::ErrorCode::shape:
    case kt::ErrorCode::dtype:
      return 400;
    case kt::ErrorCode::out_of_memory:
      return 507;
    default:
      return 500;
  }
}

}  // namespace

Api::Api(httplib::Server& server, Tenants& tenants) : tenants_(tenants) {
  server.set_payload_max_length(longest_body);
  add_tenant_pages(server);
  add_pages_for_people(server);
  answer_errors(server);
  server.set_logger([this](const httplib::Request&, const httplib::Response& response) {
    const std::lock_guard lock(mutex_);
    ++answers_[response.status];
  });
}

void Api::add_tenant_pages(httplib::Server& server) {
  const std::string tenant = "/tenants/([a-z0-9_-]{1,64})";
  server.Put(tenant, [this](const httplib::Request& request, httplib::Response& response) {
    tenants_.create(name_of(request), shape_of(body_of(request)));
    answer(response, {{"tenant", name_of(request)}}, 201);
  });
  server.Delete(tenant, [this](const httplib::Request& request, httplib::Response& response) {
    tenants_.remove(name_of(request));
    answer(response, {{"removed", name_of(request)}});
  });
  server.Post(tenant + "/train", [this](const httplib::Request& request, httplib::Response& response) {
    const Shape shape = tenants_.shape(name_of(request));
    const Json body = body_of(request);
    const kt::Array x = rows_of(body, shape.inputs);
    const kt::Array y = classes_of(body, x.shape()[0], shape.classes);
    const TrainingResult done = tenants_.train(name_of(request), x, y, integer(body, "epochs", 1, most_epochs));
    answer(response,
           {{"version", done.version}, {"loss", done.loss}, {"accuracy", done.accuracy}, {"epochs", done.epochs}});
  });
  server.Post(tenant + "/predict", [this](const httplib::Request& request, httplib::Response& response) {
    const Shape shape = tenants_.shape(name_of(request));
    const Prediction made = tenants_.predict(name_of(request), rows_of(body_of(request), shape.inputs));
    answer(response, {{"version", made.version}, {"y", rows_as_json(made.probabilities)}});
  });
}

void Api::add_pages_for_people(httplib::Server& server) {
  server.Get("/health", [](const httplib::Request&, httplib::Response& response) {
    answer(response, {{"status", "ok"}});
  });
  server.Get("/memory", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(memory(), "application/json");
  });
  server.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(metrics(), "text/plain; version=0.0.4");
  });
}

void Api::answer_errors(httplib::Server& server) {
  server.set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const Refusal& refusal) {
      answer_error(response, refusal.status, refusal.what());
    } catch (const kt::Error& error) {
      answer_error(response, status_of(error), error.what());
    } catch (const std::exception& error) {
      answer_error(response, 500, error.what());
    }
  });
  // What the server itself refuses: pages that there aren't, bodies that are too long.
  server.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (response.body.empty())
      answer_error(response, response.status, request.method + " " + request.path + " isn't answered");
  });
}

std::string Api::memory() const {
  const kt::ProcessMemory process = kt::process_memory();
  Json tenants = Json::array();
  std::int64_t total = 0;
  for (const TenantState& state : tenants_.states()) {
    total += state.bytes;
    tenants.push_back(
        {{"tenant", state.name}, {"version", state.version}, {"loaded", state.is_loaded}, {"bytes", state.bytes}});
  }
  return Json{{"process",
               {{"resident_bytes", process.resident_bytes}, {"peak_resident_bytes", process.peak_resident_bytes}}},
              {"sessions", {{"bytes", total}, {"budget_bytes", tenants_.limits().budget.count}}},
              {"tenants", tenants}}
             .dump(1) +
         "\n";
}

std::string Api::metrics() const {
  std::ostringstream text;
  const auto add = [&](const char* name, const char* type, const char* help, std::int64_t value) {
    text << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n'
         << name << ' ' << value << '\n';
  };
  std::int64_t bytes = 0;
  std::int64_t loaded = 0;
  const std::vector<TenantState> states = tenants_.states();
  for (const TenantState& state : states) {
    bytes += state.bytes;
    loaded += state.is_loaded ? 1 : 0;
  }
  const Counters& counters = tenants_.counters();
  add("service_tenants", "gauge", "Tenants that exist.", static_cast<std::int64_t>(states.size()));
  add("service_sessions", "gauge", "Tenants whose session is loaded.", loaded);
  add("service_session_bytes", "gauge", "Memory of all sessions.", bytes);
  add("service_session_budget_bytes", "gauge", "What the sessions may take together.", tenants_.limits().budget.count);
  add("process_resident_memory_bytes", "gauge", "Private resident memory.", kt::process_memory().resident_bytes);
  add("service_trainings_total", "counter", "Trainings that were answered.", counters.trainings);
  add("service_predictions_total", "counter", "Predictions that were answered.", counters.predictions);
  add("service_predicted_rows_total", "counter", "Rows in them.", counters.rows);
  add("service_loads_total", "counter", "Models that were read from disk.", counters.loads);
  add("service_evictions_total", "counter", "Sessions that ended to make room.", counters.evictions);
  text << "# HELP service_answers_total Answers by status.\n# TYPE service_answers_total counter\n";
  const std::lock_guard lock(mutex_);
  for (const auto& [status, count] : answers_)
    text << "service_answers_total{status=\"" << status << "\"} " << count << '\n';
  return text.str();
}

}  // namespace service
