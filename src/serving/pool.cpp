#include "serving/pool.h"

#include <utility>

namespace keratin::inline v0::serving {

Workspace* Pool::take() {
  std::unique_lock lock(mutex_);
  ++counts_.calls;
  if (free_.empty() && counts_.workspaces >= limit_) {
    ++counts_.waits;
    freed_.wait(lock, [this] { return !free_.empty() || counts_.workspaces < limit_; });
  }
  if (!free_.empty()) {
    Workspace* const workspace = free_.back();
    free_.pop_back();
    return workspace;
  }
  ++counts_.workspaces;
  // Room for it in both lists, so that nothing fails once it is there.
  try {
    all_.reserve(all_.size() + 1);
    free_.reserve(static_cast<std::size_t>(counts_.workspaces));
    lock.unlock();
    std::unique_ptr<Workspace> made = make_();
    lock.lock();
    all_.push_back(std::move(made));
    return all_.back().get();
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    --counts_.workspaces;
    lock.unlock();
    freed_.notify_one();
    throw;
  }
}

void Pool::give_back(Workspace* workspace) noexcept {
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(workspace);
  }
  freed_.notify_one();
}

Pool::Counts Pool::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace keratin::inline v0::serving
