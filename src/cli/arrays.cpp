#include "cli/arrays.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "keratin/core/error.h"
#include "keratin/data/csv.h"
#include "keratin/saving/npz.h"

namespace keratin::inline v0::cli {
namespace {

bool ends_with(const std::string& path, std::string_view extension) {
  return std::filesystem::path(path).extension() == extension;
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "'" : ", '") + name + "'";
  return all;
}

std::vector<Array> numbered(const NamedArrays& arrays, const std::string& prefix) {
  std::vector<Array> found;
  while (arrays.contains(prefix + std::to_string(found.size())))
    found.push_back(arrays[prefix + std::to_string(found.size())]);
  if (found.empty() && arrays.contains(prefix)) found.push_back(arrays[prefix]);
  return found;
}

std::vector<std::string> names_in(const NamedArrays& arrays) {
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays) names.push_back(name);
  return names;
}

/// The arrays under these names; nothing unless all are there.
Data named(const NamedArrays& arrays, const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, Array>> found;
  for (const std::string& name : names)
    if (arrays.contains(name)) found.emplace_back(name, arrays[name]);
  return found.size() == names.size() ? Data(found) : Data();
}

Rows rows_of_npz(const std::string& path, const Model& model) {
  const NamedArrays arrays = load_npz(path);
  Rows rows;
  std::vector<Array> x = numbered(arrays, "x");
  std::vector<Array> y = numbered(arrays, "y");
  rows.x = x.empty() ? named(arrays, model.input_names()) : Data(std::move(x));
  rows.y = y.empty() ? named(arrays, model.output_names()) : Data(std::move(y));
  if (std::vector<Array> weights = numbered(arrays, "sample_weight"); !weights.empty())
    rows.sample_weight = Data(std::move(weights));
  if (rows.x.empty() || rows.y.empty())
    throw ValueError("'" + path + "' needs the inputs as x (x0, x1, …) or " + listed(model.input_names()) +
                     ", and the targets as y (y0, y1, …) or " + listed(model.output_names()) +
                     ". Received: " + listed(names_in(arrays)));
  return rows;
}

/// Columns of numbers side by side: (rows, columns).
Array side_by_side(const NamedArrays& table, const std::vector<std::string>& columns) {
  const std::int64_t rows = table.begin()->second.size();
  const auto width = static_cast<std::int64_t>(columns.size());
  Array all = Array::empty({rows, width});
  const auto to = all.mutable_data<float>();
  for (std::int64_t column = 0; column < width; ++column) {
    const Array values = table[columns[static_cast<std::size_t>(column)]].astype(float32).contiguous();
    const auto from = values.data<float>();
    for (std::int64_t row = 0; row < rows; ++row)
      to[static_cast<std::size_t>(row * width + column)] = from[static_cast<std::size_t>(row)];
  }
  return all;
}

Rows rows_of_csv(const DataFiles& files, const Model& model) {
  const NamedArrays table = read_csv(files.input);
  std::vector<std::string> targets = files.columns;
  if (targets.empty()) targets.push_back(names_in(table).back());
  std::vector<std::string> inputs;
  for (const std::string& name : names_in(table))
    if (std::find(targets.begin(), targets.end(), name) == targets.end()) inputs.push_back(name);
  Rows rows;
  rows.y = targets.size() == 1 ? table[targets.front()] : side_by_side(table, targets);
  if (model.inputs().size() > 1) {
    std::vector<std::pair<std::string, Array>> by_name;
    for (const std::string& name : model.input_names()) by_name.emplace_back(name, table[name]);
    rows.x = by_name;
  } else {
    rows.x = side_by_side(table, inputs);
  }
  return rows;
}

}  // namespace

bool is_npy(const std::string& path) { return ends_with(path, ".npy"); }

Rows inputs_of(const std::string& path) {
  if (is_npy(path)) return {.x = Array::load(path)};
  if (ends_with(path, ".csv")) {
    const NamedArrays table = read_csv(path);
    return {.x = side_by_side(table, names_in(table))};
  }
  const NamedArrays arrays = load_npz(path);
  std::vector<Array> in_order = numbered(arrays, "x");
  if (!in_order.empty() && in_order.size() == arrays.size())
    return {.x = std::move(in_order), .are_numbered = arrays.contains("x0")};
  if (arrays.size() == 1) return {.x = arrays.begin()->second};
  return {.x = std::vector<std::pair<std::string, Array>>(arrays.begin(), arrays.end())};
}

std::vector<Array> outputs_of(const std::string& path, const std::vector<std::string>& names) {
  if (is_npy(path)) return {Array::load(path)};
  const NamedArrays arrays = load_npz(path);
  std::vector<Array> in_order = numbered(arrays, "y");
  if (in_order.empty()) in_order = named(arrays, names).arrays();
  if (in_order.empty())
    throw ValueError("'" + path + "' needs the results as y (y0, y1, …) or " + listed(names) +
                     ". Received: " + listed(names_in(arrays)));
  return in_order;
}

Rows rows_of(const DataFiles& files, const Model& model) {
  if (ends_with(files.input, ".csv")) return rows_of_csv(files, model);
  if (!is_npy(files.input)) return rows_of_npz(files.input, model);
  if (files.target.empty())
    throw ValueError("'" + files.input +
                     "' holds the inputs alone. Give the targets with --target Y.npy, or both in a "
                     ".npz file");
  return {.x = Array::load(files.input), .y = Array::load(files.target)};
}

}  // namespace keratin::inline v0::cli
