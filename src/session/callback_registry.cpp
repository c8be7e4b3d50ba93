#include "session/callback_registry.h"

#include <algorithm>
#include <utility>

#include "session/origin.h"

namespace keratin::inline v0::session {
namespace {

/// `others`: instances that aren't at work, and exist.
std::string warning(const std::string& class_name, std::int64_t others, SourceLine where) {
  const std::string still =
      others > 0 ? std::to_string(others) + " earlier ones exist still, held by the program: they add up. " : "";
  return "The last " + std::to_string(CallbackRegistry::most_new_in_a_row) + " calls at " + to_string(where) +
         " each brought a new " + class_name + ". " + still +
         "Make one before the loop and lend it, .callbacks = {kt::borrow(callback)}: it starts anew with each fit. "
         "(Said once for this line)";
}

}  // namespace

/// True for one that wasn't seen before.
bool CallbackRegistry::Class::add(const std::weak_ptr<const void>& life) {
  const std::shared_ptr<const void> held = life.lock();
  if (lives.size() >= prune_at) {
    std::erase_if(lives, [](const auto& entry) { return entry.second.expired(); });
    prune_at = std::max<std::size_t>(64, 2 * lives.size());
  }
  const auto [place, is_new] = lives.try_emplace(held.get(), life);
  if (is_new) return true;
  // An ended one may have been at the same address.
  const bool is_other = place->second.expired();
  place->second = life;
  return is_other;
}

std::int64_t CallbackRegistry::Class::alive() const noexcept {
  return std::ranges::count_if(lives, [](const auto& entry) { return !entry.second.expired(); });
}

std::string CallbackRegistry::attach(const std::string& class_name, const std::weak_ptr<const void>& life,
                                     SourceLine where, std::int64_t call) {
  const std::lock_guard lock(mutex_);
  attached_.reserve(attached_.size() + 1);
  if (life.expired()) {
    attached_.push_back(class_name);
    return {};
  }
  Class& known = classes_[class_name];
  auto line = std::ranges::find_if(known.lines, [&](const Line& each) { return is_same_line(each.where, where); });
  if (line == known.lines.end()) line = known.lines.insert(line, Line{.where = where});
  const bool is_new = known.add(life);
  attached_.push_back(class_name);  // last: what throws has attached nothing
  if (is_new) ++known.seen;
  if (where.line == 0) return {};
  const bool is_another_call = std::exchange(line->call, call) != call;
  if (!is_new) line->new_in_a_row = 0;
  if (is_new && is_another_call) ++line->new_in_a_row;
  if (line->new_in_a_row < most_new_in_a_row || std::exchange(line->is_warned, true)) return {};
  return warning(class_name, known.alive() - std::ranges::count(attached_, class_name), where);
}

void CallbackRegistry::detach(std::size_t count) noexcept {
  const std::lock_guard lock(mutex_);
  for (; count > 0 && !attached_.empty(); --count) attached_.pop_back();
}

void CallbackRegistry::book(const std::string& class_name, std::int64_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  if (const auto found = classes_.find(class_name); found != classes_.end()) found->second.bytes += bytes;
}

CallbackStats CallbackRegistry::stats() const {
  const std::lock_guard lock(mutex_);
  CallbackStats stats{.attached = static_cast<std::int64_t>(attached_.size()), .names = attached_, .classes = {}};
  for (const auto& [name, known] : classes_) {
    if (known.seen == 0) continue;
    stats.classes.push_back({.name = name,
                             .seen = known.seen,
                             .attached = std::ranges::count(attached_, name),
                             .alive = known.alive(),
                             .bytes = known.bytes});
  }
  return stats;
}

void CallbackRegistry::restart() noexcept {
  const std::lock_guard lock(mutex_);
  for (auto& [name, known] : classes_) {
    known.seen = 0;
    known.bytes = 0;
    known.lives.clear();
    for (Line& line : known.lines) {
      line.call = 0;
      line.new_in_a_row = 0;
    }
  }
}

}  // namespace keratin::inline v0::session
