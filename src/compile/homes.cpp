#include <algorithm>
#include <vector>

#include "compile/layout.h"

namespace keratin::inline v0::compile {
namespace {

using graph::Node;
using runtime::Base;

/// Finds for each updated variable and each output whether its value can be written there directly.
class Homes {
 public:
  Homes(Layout& layout, bool in_place) : layout_(layout), in_place_(in_place) {}

  void give() {
    const std::vector<std::uint32_t> targets = updated_variables();
    for (std::size_t i = 0; i < targets.size(); ++i) update(targets[i], layout_.graph.updates()[i].value);
    for (std::size_t i = 0; i < layout_.graph.outputs().size(); ++i)
      output(static_cast<std::uint32_t>(i), layout_.graph.outputs()[i]);
  }

 private:
  std::vector<std::uint32_t> updated_variables();
  void update(std::uint32_t variable, graph::ValueId value);
  void output(std::uint32_t index, graph::ValueId value);
  bool is_free(StorageId id) const;
  bool can_replace(StorageId id, StorageId old) const;
  void copy_last(StorageId from, Base to, std::uint32_t index);
  StorageId staged(StorageId from);

  Layout& layout_;
  bool in_place_;
  std::vector<char> updated_;  ///< by variable: gets a new value
};

/// By update, the variable's place in the plan's list.
std::vector<std::uint32_t> Homes::updated_variables() {
  std::unordered_map<graph::VariableId, std::uint32_t> places;
  for (std::uint32_t i = 0; i < layout_.variables.size(); ++i) places.emplace(layout_.variables[i], i);
  updated_.assign(layout_.variables.size(), 0);
  std::vector<std::uint32_t> result;
  for (const graph::Update& update : layout_.graph.updates()) {
    const std::uint32_t place = places.at(update.variable);
    if (layout_.storage[update.value] != layout_.before[place]) updated_[place] = 1;
    result.push_back(place);
  }
  return result;
}

/// A kernel's result that has no home yet.
bool Homes::is_free(StorageId id) const {
  const Storage& storage = layout_.storages[id];
  return storage.home == Base::workspace && storage.content == id && storage.bytes > 0;
}

/// True if nobody reads a variable's old content after the new one is written, or only the kernel that writes it and
/// may do so.
bool Homes::can_replace(StorageId id, StorageId old) const {
  const Storage& storage = layout_.storages[id];
  const std::int32_t last_read = layout_.storages[old].last;
  if (storage.bytes != layout_.storages[old].bytes) return false;
  if (last_read != storage.first) return last_read < storage.first;
  const Node& node = layout_.graph.producer(storage.value);
  if (!in_place_ || storage.value - node.first_output >= overlaid_outputs(node)) return false;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (layout_.storage[node.inputs[i]] != old || !reads_data(*node.op, i)) continue;
    if (i >= 32 || (in_place_bits(node) >> i & 1u) == 0) return false;
  }
  return true;
}

void Homes::copy_last(StorageId from, Base to, std::uint32_t index) {
  if (layout_.storages[from].bytes == 0) return;
  layout_.storages[from].last = layout_.end();
  layout_.last_copies.push_back({from, to, index});
}

/// A copy made before the first step.
StorageId Homes::staged(StorageId from) {
  const auto id = static_cast<StorageId>(layout_.storages.size());
  Storage storage;
  storage.bytes = layout_.storages[from].bytes;
  storage.content = from;
  layout_.storages.push_back(storage);
  layout_.first_copies.push_back({from, Base::workspace, id});
  return id;
}

void Homes::update(std::uint32_t variable, graph::ValueId value) {
  const StorageId id = layout_.storage[value];
  const StorageId old = layout_.before[variable];
  layout_.after[variable] = id;
  if (id == old) return;
  if (is_free(id) && can_replace(id, old)) {
    layout_.storages[id].home = Base::variable;
    layout_.storages[id].index = variable;
    return;
  }
  const Storage& storage = layout_.storages[id];
  // Another variable's old content may be gone when the last copies run.
  const bool fleeting = storage.home == Base::variable && layout_.before[storage.index] == id &&
                        updated_[storage.index] != 0 && storage.bytes > 0;
  copy_last(fleeting ? staged(id) : id, Base::variable, variable);
}

void Homes::output(std::uint32_t index, graph::ValueId value) {
  const StorageId id = layout_.storage[value];
  Storage& storage = layout_.storages[id];
  if (is_free(id) && storage.last < layout_.end()) {
    storage.home = Base::output;
    storage.index = index;
  } else if (storage.first < 0 && storage.bytes > 0) {
    // A variable's old content, an input or a constant: before anything can overwrite it.
    layout_.first_copies.push_back({id, Base::output, index});
  } else {
    copy_last(id, Base::output, index);
  }
}

}  // namespace

void give_homes(Layout& layout, bool in_place) { Homes(layout, in_place).give(); }

}  // namespace keratin::inline v0::compile
