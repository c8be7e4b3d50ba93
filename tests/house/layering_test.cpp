// Dependencies point downwards: read from the #include lines of every file of the library.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "source_tree.h"

namespace {

namespace fs = std::filesystem;

// From the bottom up; rooms of one line stand beside one another.
const std::vector<std::vector<std::string>> floors = {
    {"core"},
    {"data"},
    {"graph"},
    {"kernels"},
    {"ops"},
    {"runtime"},
    {"compile"},
    {"session"},
    {"initializers", "regularizers", "constraints", "activations", "layers", "losses", "metrics", "optimizers"},
    {"training"},
    {"saving", "images", "remote", "diagnostics", "serving"},
    {"testing"},
    {"cli"},
};

// A room's floor; -1 for what is no room.
int floor_of(const std::string& room) {
  for (std::size_t i = 0; i < floors.size(); ++i)
    if (std::count(floors[i].begin(), floors[i].end(), room) > 0) return static_cast<int>(i);
  return -1;
}

std::string place(const fs::path& file, const house::Include& include) {
  return file.string() + ":" + std::to_string(include.line) + " includes " + include.target;
}

// The folder of include/keratin/<room>/… or src/<room>/…; empty for headers directly in include/keratin.
std::string room_of(const fs::path& file) {
  const std::vector<fs::path> parts(file.begin(), file.end());
  const std::size_t at = parts.front() == "include" ? 2 : 1;
  return at + 1 < parts.size() ? parts[at].string() : "";
}

struct Target {
  bool ours = false;
  std::string room;  // empty: a header directly in include/keratin
};

Target resolve(const std::string& include) {
  const std::string prefix = "keratin/";
  const bool is_public = include.rfind(prefix, 0) == 0;
  const std::string rest = is_public ? include.substr(prefix.size()) : include;
  const auto slash = rest.find('/');
  if (slash == std::string::npos) return {is_public, ""};
  const std::string room = rest.substr(0, slash);
  const bool exists = fs::exists(house::root() / (is_public ? "include/" + include : "src/" + include));
  return {is_public || (exists && floor_of(room) >= 0), room};
}

TEST(Layering, EveryFileIsInARoom) {
  for (const auto& file : house::sources({"include/keratin", "src"})) {
    const std::string room = room_of(file);
    const bool top_header = room.empty() && *file.begin() == "include";
    EXPECT_TRUE(top_header || floor_of(room) >= 0) << file << " is in no room that the order names";
  }
}

TEST(Layering, NoFileIncludesARoomAboveItsOwn) {
  for (const auto& file : house::sources({"include/keratin", "src"})) {
    const std::string room = room_of(file);
    if (room.empty()) continue;
    for (const auto& include : house::includes(file)) {
      const Target target = resolve(include.target);
      if (!target.ours || include.target == "keratin/version.h") continue;
      ASSERT_FALSE(target.room.empty()) << place(file, include) << ", a header above all rooms";
      ASSERT_GE(floor_of(target.room), 0) << place(file, include) << ", which is in no room";
      EXPECT_LE(floor_of(target.room), floor_of(room)) << place(file, include);
    }
  }
}

TEST(Layering, RoomsBesideOneAnotherFormNoCircle) {
  std::map<std::string, std::set<std::string>> uses;
  for (const auto& file : house::sources({"include/keratin", "src"}))
    for (const auto& include : house::includes(file)) {
      const Target target = resolve(include.target);
      if (target.ours && !target.room.empty() && target.room != room_of(file)) uses[room_of(file)].insert(target.room);
    }
  for (const auto& [start, unused] : uses) {
    if (start.empty()) continue;
    std::set<std::string> seen;
    const std::function<void(const std::string&)> follow = [&](const std::string& room) {
      for (const auto& next : uses[room])
        if (seen.insert(next).second) follow(next);
    };
    follow(start);
    EXPECT_FALSE(seen.contains(start)) << start << " includes a room that includes it";
  }
}

TEST(Layering, PublicHeadersIncludeNothingInternal) {
  for (const auto& file : house::sources({"include"}))
    for (const auto& include : house::includes(file))
      EXPECT_FALSE(fs::exists(house::root() / "src" / include.target)) << place(file, include);
}

TEST(Layering, EachLibraryIsKeptInItsPlace) {
  const std::map<std::string, std::vector<std::string>> places = {
      {"dnnl", {"src/kernels/onednn/"}},
      {"oneapi/", {"src/kernels/onednn/"}},
      {"spdlog/", {"src/core/"}},
      {"fmt/", {"src/core/"}},
      {"Eigen/", {"src/kernels/", "include/keratin/eigen.h"}},
      {"nlohmann/", {"src/saving/", "src/cli/"}},
      {"hdf5", {"src/saving/"}},
      {"H5", {"src/saving/"}},
      {"zip", {"src/saving/"}},
      {"png", {"src/images/"}},
      {"jpeglib", {"src/images/"}},
      {"jerror", {"src/images/"}},
      {"CLI/", {"src/cli/"}},
      {"httplib", {"src/remote/"}},
      {"gtest/", {"include/keratin/testing.h"}},
  };
  for (const auto& file : house::sources({"include", "src"}))
    for (const auto& include : house::includes(file))
      for (const auto& [library, allowed] : places) {
        if (include.target.rfind(library, 0) != 0) continue;
        EXPECT_TRUE(std::any_of(allowed.begin(), allowed.end(), [&](const std::string& prefix) {
          return file.string().rfind(prefix, 0) == 0;
        })) << place(file, include);
      }
}

}  // namespace
