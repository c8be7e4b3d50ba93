// trainer first-step           one step of 784-512-512-10, batch 128, Adam; prints the peak of resident memory
// trainer weights SESSIONS     trains on digits in as many sessions at once; prints a hash of each one's weights
// trainer big-then-small       a model of 200 MB, which may be refused, then a small one in the same session
// trainer squeeze KIB DATA     trains with so much more memory than at the start (of address space, or of data if DATA
//                              is 1), then clears the session and trains without that limit
// trainer resumed FOLDER        trains on digits with a backup in FOLDER, from which it goes on; prints a hash of the
//                              weights and of all that callbacks found. Where a file can't be written: its FileError
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <keratin/keratin.h>
#include <sys/resource.h>

#include "lifecycle/recipe.h"

namespace kt = keratin;
namespace layers = keratin::layers;

namespace {

kt::Model wide(kt::Session& session, std::int64_t inputs, std::int64_t units) {
  kt::Sequential model(session, {
                                    layers::Input({inputs}),
                                    layers::Dense(units, {.activation = "relu"}),
                                    layers::Dense(units, {.activation = "relu"}),
                                    layers::Dense(10),
                                });
  model.compile({.optimizer = "adam", .loss = kt::losses::SparseCategoricalCrossentropy({.from_logits = true})});
  return model;
}

double loss_of_a_step(kt::Model model, std::int64_t inputs) {
  const kt::Array x = kt::Array::random_normal({128, inputs}, {.seed = 1});
  return model.train_on_batch(x, kt::Array::zeros({128}, kt::int32)).at("loss");
}

int first_step() {
  kt::Session session({.seed = 1});
  std::cout << "loss " << loss_of_a_step(wide(session, 784, 512), 784) << '\n'
            << "peak_resident_bytes " << kt::process_memory().peak_resident_bytes << '\n';
  return EXIT_SUCCESS;
}

std::uint64_t weights_after_digits() {
  const auto [train, test] = kt::datasets::digits();
  kt::Session session({.seed = 7, .threads = 2});
  kt::Sequential model(session, {
                                    layers::Input({64}),
                                    layers::Rescaling(1.0 / 16),
                                    layers::Dense(256, {.activation = "relu"}),
                                    layers::Dropout(0.2),
                                    layers::Dense(10, {.activation = "softmax"}),
                                });
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(train.x, train.y, {.batch_size = 128, .epochs = 3, .verbose = 0});
  return kt::test::hash_of(model.get_weights());
}

int weights(int sessions) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(sessions));
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t& hash : hashes) threads.emplace_back([&hash] { hash = weights_after_digits(); });
  }
  for (const std::uint64_t hash : hashes) std::cout << hash << '\n';
  return EXIT_SUCCESS;
}

int big_then_small() {
  kt::Session session({.seed = 1});
  try {
    const double loss = loss_of_a_step(wide(session, 784, 3600), 784);
    std::cout << "big: loss " << loss << '\n';
  } catch (const kt::OutOfMemoryError& error) {
    std::cout << "big: OutOfMemoryError: " << error.what() << '\n';
  }
  std::cout << "small: loss " << loss_of_a_step(wide(session, 16, 32), 16) << '\n';
  return EXIT_SUCCESS;
}

/// What trains a model, made before memory becomes tight: what is asked for then, the library asks for.
struct Work {
  kt::test::Recipe recipe = kt::test::recipe(11);
  std::vector<kt::LayerSpec> layers = kt::test::layers_of(recipe);
  kt::CompileOptions compile_options = kt::test::compile_options(recipe);
  kt::test::RecipeData data = kt::test::data_of(recipe);
  kt::FitOptions fit_options = kt::test::fit_options(recipe, data);

  kt::Model train(kt::Session& session) {
    kt::Sequential model(session, layers);
    model.compile(std::move(compile_options));
    model.fit(data.x, data.y, fit_options);
    return model;
  }
};

/// Private writable memory, touched or not, as the limit of it counts.
std::int64_t data_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmData:") {
      std::int64_t kib = 0;
      status >> kib;
      return kib << 10;
    }
  return 0;
}

int squeeze(std::int64_t headroom, bool data) {
  kt::Session session({.seed = 1, .threads = 2});
  Work squeezed;
  Work free;
  kt::Model model;
  std::string outcome = "trained";
  const auto resource = data ? RLIMIT_DATA : RLIMIT_AS;
  rlimit before{};
  if (getrlimit(resource, &before) != 0) return EXIT_FAILURE;
  const std::int64_t now = data ? data_bytes() : kt::process_memory().virtual_bytes;
  const rlimit tight{static_cast<rlim_t>(now + headroom), before.rlim_max};
  if (setrlimit(resource, &tight) != 0) return EXIT_FAILURE;
  try {
    model = squeezed.train(session);
  } catch (const kt::OutOfMemoryError&) {
    outcome = "OutOfMemoryError";
  } catch (const std::exception& error) {
    outcome = std::string("another exception: ") + error.what();
  }
  if (setrlimit(resource, &before) != 0) return EXIT_FAILURE;
  std::cout << outcome << '\n';
  if (outcome == "trained") std::cout << kt::test::hash_of(model.get_weights()) << '\n';
  session.clear();
  std::cout << kt::test::hash_of(free.train(session).get_weights()) << '\n';
  return EXIT_SUCCESS;
}

int resumed(const std::string& folder) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error of writing then
  const auto [train, test] = kt::datasets::digits();
  kt::Session session({.seed = 7, .threads = 1});
  kt::Sequential model(session, {
                                    layers::Input({64}),
                                    layers::Rescaling(1.0 / 16),
                                    layers::Dense(32, {.activation = "relu"}),
                                    layers::BatchNormalization(),
                                    layers::Dropout(0.2),
                                    layers::Dense(10, {.activation = "softmax"}),
                                });
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  kt::callbacks::EarlyStopping stops({.monitor = "val_loss", .patience = 50, .restore_best_weights = true});
  kt::callbacks::ReduceLROnPlateau plateau({.monitor = "val_loss", .factor = 0.5, .patience = 1});
  kt::callbacks::BackupAndRestore backup(folder + "/backup", {.save_freq = 7, .delete_checkpoint = false});
  kt::callbacks::ModelCheckpoint checkpoint(folder + "/best.keras", {.monitor = "val_loss", .save_best_only = true});
  try {
    // What was saved last is whole, whenever the process before ended.
    if (std::filesystem::exists(folder + "/best.keras")) {
      kt::Session other({.seed = 1});
      kt::load_model(other, folder + "/best.keras");
    }
    model.fit(train.x, train.y,
              {.batch_size = 32,
               .epochs = 8,
               .verbose = 0,
               .callbacks = {kt::borrow(backup), kt::borrow(checkpoint), kt::borrow(stops), kt::borrow(plateau)},
               .validation_data = test});
  } catch (const kt::FileError& error) {
    std::cout << "FileError " << error.what() << '\n';
    return EXIT_FAILURE;
  }
  std::cout << kt::test::hash_of(model.get_weights()) << ' ' << stops.best_epoch() << ' ' << stops.best().value_or(0)
            << ' ' << model.optimizer()->learning_rate() << ' ' << checkpoint.best().value_or(0) << '\n';
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string mode = arguments.empty() ? "" : arguments[0];
  if (mode == "first-step") return first_step();
  if (mode == "weights" && arguments.size() == 2) return weights(std::stoi(arguments[1]));
  if (mode == "big-then-small") return big_then_small();
  if (mode == "squeeze" && arguments.size() == 3) return squeeze(std::stoll(arguments[1]) << 10, arguments[2] == "1");
  if (mode == "resumed" && arguments.size() == 2) return resumed(arguments[1]);
  std::cerr << "trainer: unknown arguments\n";
  return EXIT_FAILURE;
}
