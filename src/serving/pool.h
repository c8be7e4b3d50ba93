#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "serving/workspace.h"

namespace keratin::inline v0::serving {

/// At most so many workspaces, made as they are needed, lent to one caller each.
class Pool {
 public:
  using Make = std::function<std::unique_ptr<Workspace>()>;
  Pool(std::int64_t limit, Make make) : limit_(limit), make_(std::move(make)) {}

  /// A workspace for as long as it lives.
  class Lease {
   public:
    /// Takes a free one, makes one, or waits.
    explicit Lease(Pool& pool) : pool_(pool), workspace_(pool.take()) {}
    ~Lease() { pool_.give_back(workspace_); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Workspace& operator*() const noexcept { return *workspace_; }
    Workspace* operator->() const noexcept { return workspace_; }

   private:
    Pool& pool_;
    Workspace* workspace_;
  };

  std::int64_t limit() const noexcept { return limit_; }
  struct Counts {
    std::int64_t calls = 0;
    std::int64_t waits = 0;
    std::int64_t workspaces = 0;
  };
  Counts counts() const;

 private:
  Workspace* take();
  void give_back(Workspace* workspace) noexcept;

  std::int64_t limit_;
  Make make_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Workspace>> all_;
  std::vector<Workspace*> free_;  ///< used last at the end
  Counts counts_;                 ///< workspaces: those that are being made too
};

}  // namespace keratin::inline v0::serving
