#include "session/leak_watch.h"

#include <algorithm>
#include <map>
#include <utility>

#include "session/core_impl.h"

namespace keratin::inline v0::session {
namespace {

/// What one line of the program has more of than before.
struct Growth {
  std::int64_t bytes = 0;
  std::int64_t objects = 0;
  std::string largest;  ///< the owner with most, or the last object
  std::int64_t largest_bytes = -1;
};

std::map<std::string, Growth> growth_by_line(const SnapshotDifference& bytes, const ObjectDifference& objects) {
  std::map<std::string, Growth> lines;
  for (const LiveObject& object : objects.added) {
    Growth& growth = lines[object.where];
    ++growth.objects;
    growth.largest = "the " + object.kind + " '" + object.name + "'";
  }
  for (const MemoryOwner& owner : bytes.top) {
    Growth& growth = lines[owner.where];
    growth.bytes += owner.bytes;
    if (owner.bytes <= growth.largest_bytes) continue;
    growth.largest_bytes = owner.bytes;
    growth.largest = "'" + owner.owner + "' (" + std::string(name_of(owner.category)) + ")";
  }
  return lines;
}

/// "5 models, 10 layers".
std::string counts_of(const ObjectDifference& objects) {
  std::map<std::string, std::int64_t> kinds;
  for (const LiveObject& object : objects.added) ++kinds[object.kind];
  for (const LiveObject& object : objects.gone) --kinds[object.kind];
  std::string text;
  for (const auto& [kind, count] : kinds)
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + kind + (count == 1 ? "" : "s");
  return text;
}

}  // namespace

void LeakWatch::Line::begin(const Size& size) noexcept {
  first = size;
  largest = size;
  growths = 0;
  calls_since = 0;
  owners = {};
  objects = {};
}

LeakWatch::Size LeakWatch::size_of(const Core& core) noexcept {
  const Core::Impl& impl = core.impl();
  const Counters& counters = impl.counters;
  Size size{.bytes = impl.arena.current_bytes(),
            .nodes = 0,
            .objects = counters.models + counters.layers + counters.variables + counters.functions + counters.scopes};
  for (const MemoryCategory category :
       {MemoryCategory::graph, MemoryCategory::activations, MemoryCategory::gradients, MemoryCategory::workspace})
    size.bytes -= impl.arena.current_bytes(category);
  for (const Level& level : impl.levels)
    if (level.functional != nullptr) size.nodes += static_cast<std::int64_t>(level.functional->graph().nodes().size());
  return size;
}

std::string LeakWatch::warning(const Core& core, const Line& line) {
  const SnapshotDifference bytes = core.impl().arena.snapshot().compare_to(line.owners);
  const ObjectDifference objects = core.objects().compare_to(line.objects);
  const std::map<std::string, Growth> lines = growth_by_line(bytes, objects);
  const auto most = std::ranges::max_element(
      lines, {}, [](const auto& entry) { return std::pair(entry.second.bytes, entry.second.objects); });
  const std::string kind(line.kind);
  const std::string counts = counts_of(objects);
  std::string text = "The session '" + core.name() + "' goes on growing between like calls: it held more after " +
                     std::to_string(limit) + " calls of " + kind + " at " + to_string(line.where) + ". In the last " +
                     std::to_string(limit - suspicion) + " of these, " + (bytes.bytes >= 0 ? "+" : "") +
                     to_string(Bytes{bytes.bytes}) + (counts.empty() ? "" : " and " + counts + " more");
  if (most != lines.end())
    text += "; most comes from " + (most->first.empty() ? "an unknown line" : most->first) + ": +" +
            to_string(Bytes{most->second.bytes}) + ", as " + most->second.largest;
  return text +
         ". What a round makes can end with it: const auto scope = session.graph_scope(); at its begin, or "
         "session.clear(). What lasts is made once, before the loop. (Said once for this line)";
}

std::string LeakWatch::note(const Core& core, std::string_view kind, const SourceLine& where) {
  const Size now = size_of(core);
  auto line = std::ranges::find_if(lines_, [&](const Line& each) { return is_same_line(each.where, where); });
  if (line == lines_.end()) {
    line = lines_.insert(line, Line{.kind = kind, .where = where, .first = now, .largest = now});
    return {};
  }
  if (line->is_warned) return {};
  const bool grew = now.is_more_than(line->largest);
  line->calls_since = grew ? 0 : line->calls_since + 1;
  if (line->calls_since >= patience || !now.is_more_than(line->first)) {
    line->begin(now);
    return {};
  }
  if (!grew) return {};
  line->largest = {.bytes = std::max(now.bytes, line->largest.bytes),
                   .nodes = std::max(now.nodes, line->largest.nodes),
                   .objects = std::max(now.objects, line->largest.objects)};
  if (++line->growths == suspicion) {
    line->owners = core.impl().arena.snapshot();
    line->objects = core.objects();
  }
  if (line->growths < limit) return {};
  line->is_warned = true;
  const std::string text = warning(core, *line);
  line->owners = {};
  line->objects = {};
  return text;
}

void LeakWatch::restart() noexcept {
  for (Line& line : lines_) line.begin({});
}

}  // namespace keratin::inline v0::session
