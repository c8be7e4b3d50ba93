// A file system with no room left, a real one: what was there before stays whole, the error says what it is, and with
// room again all goes on.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "keratin/core/error.h"
#include "keratin/saving/backup_and_restore.h"
#include "keratin/saving/load_model.h"
#include "keratin/saving/model_checkpoint.h"
#include "training/training_case.h"

namespace {

using namespace keratin;
using namespace keratin::test;
namespace fs = std::filesystem;

const Array x = wave({40, 64}, 1);
const Array y = classes(40, 10, 2);

/// The disk of the process that called: a file system of 3 MiB, which nobody else sees. Empty, or why there is none.
std::string mount_disk(const std::string& folder) {
  const auto write = [](const char* path, const std::string& text) { std::ofstream(path) << text; };
  const uid_t user = ::getuid();
  const gid_t group = ::getgid();
  const bool is_alone = ::unshare(CLONE_NEWNS) == 0;
  if (!is_alone) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return "no mounts of its own for a process";
    write("/proc/self/setgroups", "deny");
    write("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
    write("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return "mounts can't be made private";
  if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=3m") != 0) return "no file system can be mounted";
  return {};
}

/// Takes all room that is left, but for `bytes`.
void fill(const std::string& folder, std::uintmax_t bytes) {
  const int file = ::open((folder + "/ballast").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  const std::string page(4096, 'x');
  while (fs::space(folder).available > bytes && ::write(file, page.data(), page.size()) > 0) {
  }
  ::close(file);
}

/// Runs in a process of its own. What isn't so is written to `out`.
class OnAFullDisk {
 public:
  OnAFullDisk(std::string folder, std::ostream& out) : folder_(std::move(folder)), out_(out) {}

  void run(std::uintmax_t left) {
    left_ = left;
    saves();
    checkpoints();
    backs_up();
    logs();
  }

 private:
  void expect(bool is_so, const std::string& what) {
    if (!is_so) out_ << what << " with " << left_ << " bytes left\n";
  }
  template <class F>
  void expect_refused(F f, const std::string& path, const std::string& what) {
    const std::string before = content(path);
    fill(folder_, left_);
    try {
      f();
      expect(false, what + ": no error");
    } catch (const FileError& error) {
      const bool is_named = std::string(error.what()).find(folder_) != std::string::npos;
      expect(is_named, what + " doesn't name the file: " + error.what());
    }
    expect(content(path) == before, what + ": the file before has changed");
    fs::remove(folder_ + "/ballast");
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
      expect(!entry.path().string().ends_with(".tmp"), what + " leaves " + entry.path().string());
  }

  static Sequential network(Session& session) {
    Sequential model(session, {layers::Input({64}), layers::Dense(512, {.activation = "relu"}),
                               layers::Dense(10, {.activation = "softmax"})});
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
    return model;
  }
  static FitOptions options(CallbackList list, std::int64_t epochs) {
    return {.batch_size = 8, .epochs = epochs, .verbose = 0, .callbacks = std::move(list)};
  }

  void saves() {
    Session session({.seed = 1, .threads = 1});
    Sequential model = network(session);
    for (const std::string name : {"/a.keras", "/a.weights.h5"}) {
      const auto save = [&] { name == "/a.keras" ? model.save(folder_ + name) : model.save_weights(folder_ + name); };
      save();
      model.fit(x, y, options({}, 1));
      expect_refused(save, folder_ + name, "save");
      save();
      const std::vector<float> weights = numbers_of(model.get_weights());
      model.fit(x, y, options({}, 1));
      model.load_weights(folder_ + name);
      expect(numbers_of(model.get_weights()) == weights, "save: what is loaded isn't what was saved");
      fs::remove(folder_ + name);
    }
  }

  void checkpoints() {
    Session session({.seed = 1, .threads = 1});
    Sequential model = network(session);
    const std::string path = folder_ + "/best.keras";
    const auto fit = [&] { model.fit(x, y, options({callbacks::ModelCheckpoint(path)}, 1)); };
    fit();
    expect_refused(fit, path, "ModelCheckpoint");
    fit();
    Session other({.threads = 1});
    expect(numbers_of(load_model(other, path).get_weights()) == numbers_of(model.get_weights()),
           "ModelCheckpoint: another model is loaded");
    fs::remove(path);
  }

  void backs_up() {
    const std::string folder = folder_ + "/backup";
    const auto trained = [&](std::int64_t epochs, bool has_backup) {
      Session session({.seed = 1, .threads = 1});
      Sequential model = network(session);
      CallbackList list;
      if (has_backup) list.emplace_back(callbacks::BackupAndRestore(folder, {.delete_checkpoint = false}));
      model.fit(x, y, options(std::move(list), epochs));
      return numbers_of(model.get_weights());
    };
    trained(1, true);
    expect_refused([&] { trained(3, true); }, folder + "/latest.run", "BackupAndRestore");
    expect(trained(3, true) == trained(3, false), "BackupAndRestore: the run ends with other weights");
    fs::remove_all(folder);
  }

  void logs() {
    const std::string path = folder_ + "/log.csv";
    callbacks::CSVLogger logger(path, {.append = true});
    Logs numbers;  // lines that come to the end of a page now and then
    for (int i = 0; i < 100; ++i) numbers.set("number_" + std::to_string(i), 0.125);
    logger.on_train_begin();
    logger.on_epoch_end(0, numbers);
    fill(folder_, left_);
    std::string whole;
    bool is_refused = false;
    for (std::int64_t epoch = 1; epoch < 1000 && !is_refused; ++epoch) {
      whole = content(path);
      try {
        logger.on_epoch_end(epoch, numbers);
      } catch (const FileError&) {
        is_refused = true;
      }
    }
    expect(is_refused, "CSVLogger: no error");
    expect(content(path) == whole, "CSVLogger: a part of a line stays");
    fs::remove(folder_ + "/ballast");
    logger.on_train_begin();
    logger.on_epoch_end(7, numbers);
    logger.on_train_end({});
    const std::string after = content(path);
    expect(after.starts_with(whole) && after.substr(whole.size()).starts_with("7,0.125,") && after.back() == '\n',
           "CSVLogger: the next line isn't whole");
    fs::remove(path);
  }

  std::string folder_;
  std::ostream& out_;
  std::uintmax_t left_ = 0;
};

TEST(FullDisk, LeavesWhatWasThereAndSaysWhatFailed) {
  const std::string folder = testing::TempDir() + "keratin_full_disk";
  const std::string report = testing::TempDir() + "keratin_full_disk.txt";
  fs::create_directories(folder);
  constexpr int skipped = 77;
  const pid_t child = ::fork();
  if (child == 0) {
    std::ofstream out(report);
    try {
      if (const std::string reason = mount_disk(folder); !reason.empty()) {
        out << reason << std::flush;
        std::_Exit(skipped);
      }
      OnAFullDisk disk(folder, out);
      for (const std::uintmax_t left : {0, 4096, 100000}) disk.run(left);
    } catch (const std::exception& error) {
      out << error.what() << '\n';
    }
    out.flush();
    std::exit(0);  // HDF5's own end of the process runs too
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const std::string said = content(report);
  fs::remove(report);
  fs::remove_all(folder);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  if (WEXITSTATUS(status) == skipped) GTEST_SKIP() << "a small file system needs rights to mount one: " << said;
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(said, "");
}

}  // namespace
