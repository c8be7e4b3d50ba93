// What hurts in Keras, and what happens here: docs/troubles.md quotes each of these functions. Exit code 0 when all of
// it is so.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <keratin/keratin.h>

namespace kt = keratin;
namespace layers = keratin::layers;
namespace ops = keratin::ops;

namespace {

kt::Model network(kt::Session& session) {
  auto model = kt::Sequential(session, {layers::Input({6, 2}), layers::LSTM(8), layers::Dropout(0.2),
                                        layers::Dense(3, {.activation = "softmax"})});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  return model;
}

const kt::Array x = kt::Array::random_normal({20, 6, 2}, {.seed = 1});
const kt::Array y = kt::Array::random_uniform({20}, {.maxval = 3, .seed = 2}).astype(kt::int32);

bool memory_in_loops() {
  kt::Session session({.seed = 1});
  for (int round = 0; round < 20; ++round) {
    kt::Model model = network(session);
    model.fit(x, y, {.batch_size = 8, .epochs = 1, .verbose = 0});
    session.clear();
    if (session.memory().current_bytes != 0 || session.graph().nodes != 0) return false;
  }

  // Without clear(): the same model, fitted again, takes nothing more.
  kt::Model model = network(session);
  model.fit(x, y, {.batch_size = 8, .epochs = 1, .verbose = 0});
  const std::int64_t bytes = session.memory().current_bytes;
  for (int fit = 0; fit < 20; ++fit) model.fit(x, y, {.batch_size = 8, .epochs = 1, .verbose = 0});
  return session.memory().current_bytes == bytes;
}

bool clear_session() {
  kt::Session session({.seed = 1});
  const auto train = [&] {
    kt::Model model = network(session);
    model.fit(x, y, {.batch_size = 8, .epochs = 2, .verbose = 0});
    return kt::Array(model.predict(x));
  };
  const kt::Array first = train();
  const kt::ClearReport freed = session.clear();  // how many bytes, models, layers, variables
  std::cout << freed << '\n';
  return freed.models == 1 && kt::max_abs_difference(first, train()) == 0;  // from the start: the same bits
}

bool stale_graphs() {
  kt::Session session;
  kt::Model kept = network(session);
  {
    const auto scope = session.graph_scope();  // what is made from here on ends with it
    kt::Model tried = network(session);
    tried.fit(x, y, {.epochs = 1, .verbose = 0});
  }
  if (session.graph().models != 1) return false;
  session.clear();
  try {
    kept.predict(x);
    return false;
  } catch (const kt::StaleHandleError& error) {  // what it was, what ended it, and on which line
    std::cout << error.what() << '\n';
    return true;
  }
}

bool stateful_layers() {
  kt::Session session({.seed = 1});
  auto model = kt::Sequential(
      session, {layers::Input({6, 2}, {.batch_size = 4}), layers::LSTM(8, {.stateful = true}), layers::Dense(1)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  const kt::Array targets = kt::Array::zeros({20, 1});
  try {
    model.fit(x, targets, {.batch_size = 4, .verbose = 0});  // shuffled, as Keras's fit would by default
    return false;
  } catch (const kt::StatefulError& error) {  // the numbers, and the ways out; nothing was trained
    std::cout << error.what() << '\n';
  }
  model.fit(x, targets, {.epochs = 2, .verbose = 0, .shuffle = false, .reset_states = kt::ResetStates::each_epoch});

  kt::StreamState ada = model.initial_state(), bob = model.initial_state();  // a client's state is a value of its own
  const kt::Array first = x.rows(0, 4);
  const kt::Array a1 = model.predict(first, ada), a2 = model.predict(first, ada), b1 = model.predict(first, bob);
  return kt::max_abs_difference(a1, b1) == 0 && kt::max_abs_difference(a1, a2) > 0;
}

bool retracing() {
  kt::Session session({.seed = 1});
  kt::Model model = network(session);
  for (const std::int64_t batch_size : {8, 5, 3, 20}) model.fit(x, y, {.batch_size = batch_size, .verbose = 0});
  if (model.train_stats().traces != 1) return false;  // one for all batch sizes, and short last batches

  const auto sum = session.function([](const kt::Tensor& t) { return ops::sum(t); }, {.max_traces = 2});
  for (std::int64_t width = 1; width <= 4; ++width) sum(kt::Array::ones({8, width}));
  std::cout << sum.stats() << '\n';  // how many, and why: "input 0: f32[?,3] became f32[?,4]"
  return sum.stats().traces == 4 && sum.stats().cached == 2;
}

struct WorstBatch : kt::Callback {
  explicit WorstBatch(std::shared_ptr<double> found) : worst(std::move(found)) {}
  void on_train_batch_end(std::int64_t, const kt::Logs& logs) override { *worst = std::max(*worst, logs.at("loss")); }
  std::shared_ptr<double> worst;
};

bool callbacks_in_loops() {
  kt::Session session;
  kt::Model model = network(session);
  const auto worst = std::make_shared<double>(0);
  WorstBatch callback(worst);
  for (int fit = 0; fit < 3; ++fit) model.fit(x, y, {.verbose = 0, .callbacks = {kt::borrow(callback)}});  // lent
  model.fit(x, y, {.verbose = 0, .callbacks = {WorstBatch(worst)}});  // given: gone when fit returns
  return worst.use_count() == 2 && session.callbacks().attached == 0;
}

bool predict_in_services() {
  kt::Session session({.seed = 1});
  kt::Model model = network(session);
  for (std::int64_t rows = 1; rows <= 20; ++rows) model.predict(x.rows(0, rows));
  const std::int64_t bytes = session.memory().current_bytes;
  for (int request = 0; request < 200; ++request) model.predict(x.rows(0, 1 + request % 20));
  return session.memory().current_bytes == bytes && model.predict_stats().traces == 1;
}

bool more_than_there_is() {
  kt::Session session({.memory_budget = kt::MiB(1)});
  auto wide = kt::Sequential(session, {layers::Input({64}), layers::Dense(50'000), layers::Dense(1)});
  wide.compile({.optimizer = "adam", .loss = "mse"});
  try {
    wide.fit(kt::Array::zeros({32, 64}), kt::Array::zeros({32, 1}));
    return false;
  } catch (const kt::OutOfMemoryError& error) {  // before anything ran, with the largest owners
    std::cout << error.what() << '\n';
  }
  network(session).fit(x, y, {.verbose = 0});  // the session goes on
  return true;
}

}  // namespace

int main() {
  const std::vector<std::pair<std::string, bool (*)()>> troubles{
      {"memory in loops", memory_in_loops},
      {"clear_session", clear_session},
      {"stale graphs", stale_graphs},
      {"stateful layers", stateful_layers},
      {"retracing", retracing},
      {"callbacks in loops", callbacks_in_loops},
      {"predict in services", predict_in_services},
      {"more than there is", more_than_there_is},
  };
  int failed = 0;
  for (const auto& [name, is_gone] : troubles) {
    const bool gone = is_gone();
    std::cout << "== " << name << ": " << (gone ? "as the page says" : "NOT as the page says") << '\n';
    failed += gone ? 0 : 1;
  }
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
