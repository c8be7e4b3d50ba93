#include "core/arena.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/blocks.h"
#include "core/books.h"
#include "core/fork.h"
#include "core/process.h"
#include "core/process_account.h"
#include "core/refusal.h"

namespace keratin::inline v0::core {

struct Arena::Impl {
  MadeIn made;
  mutable std::mutex mutex;
  Books books;
  Blocks blocks;
  /// Blocks that are booked on several entries. (The header's own entry is then just the first of them.)
  std::unordered_map<const void*, std::vector<Books::Part>> divided;

  std::int64_t mapped() const noexcept { return static_cast<std::int64_t>(blocks.mapped_bytes()); }
};

namespace {

MemoryRequest request_of(std::size_t bytes, const Tag& tag) noexcept {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  return {tag.owner.empty() ? name_of(tag.category) : tag.owner, tag.where,
          static_cast<std::int64_t>(std::min(bytes, most))};
}

}  // namespace

Arena::Arena(Bytes budget, std::string_view holder) : impl_(std::make_unique<Impl>()) {
  impl_->books.set_budget(budget);
  impl_->books.set_holder(holder);
}

Arena::~Arena() = default;

void* Arena::allocate(std::size_t bytes, const Tag& tag) {
  const MemoryRequest request = request_of(bytes, tag);
  const std::lock_guard lock(impl_->mutex);
  Books& books = impl_->books;
  if (!books.fits(request.bytes)) throw_over_budget(books, request, {});
  const Books::Entry* entry = nullptr;
  try {
    entry = &books.entry(tag);
  } catch (const std::bad_alloc&) {
    throw_refused(books, request, impl_->mapped());
  }
  const bool refused = is_refused();
  Blocks::Header* const block = refused ? nullptr : impl_->blocks.take(bytes, *entry);
  if (block == nullptr) {
    books.drop_if_unused(*entry);
    if (!refused && impl_->blocks.is_over_process_budget()) throw_over_process_budget(books, request, impl_->mapped());
    throw_refused(books, request, impl_->mapped());
  }
  books.add(*entry, request.bytes);
  return block->memory();
}

void Arena::release(void* block) noexcept {
  // In a child process a thread that isn't there may hold the lock: what the block is in goes with the process.
  if (block == nullptr || impl_->made.is_other_process()) return;
  const std::lock_guard lock(impl_->mutex);
  Blocks::Header* const header = Blocks::Header::of(block);
  if (const auto found = impl_->divided.find(block); found != impl_->divided.end()) {
    impl_->books.exchange(found->second, {});
    impl_->divided.erase(found);
  } else {
    impl_->books.subtract(*header->entry, static_cast<std::int64_t>(header->asked));
  }
  impl_->blocks.give_back(header);
}

void Arena::attribute(void* block, std::span<const Share> shares) {
  const std::lock_guard lock(impl_->mutex);
  Blocks::Header* const header = Blocks::Header::of(block);
  const auto asked = static_cast<std::int64_t>(header->asked);
  std::int64_t sum = 0;
  for (const Share& share : shares) sum += share.bytes;
  if (sum != asked)
    throw InternalError("A block's shares must add up to its bytes. Received: shares of " + std::to_string(sum) +
                        " bytes for a block of " + std::to_string(asked));
  std::vector<Books::Part> parts;
  parts.reserve(shares.size());
  std::vector<Books::Part>* place = nullptr;
  try {
    for (const Share& share : shares) parts.push_back({&impl_->books.entry(share.tag), share.bytes});
    place = &impl_->divided[block];
  } catch (const std::bad_alloc&) {
    impl_->books.drop_unused();
    throw;
  }
  std::vector<Books::Part>& booked = *place;
  const Books::Part own{header->entry, asked};
  impl_->books.exchange(booked.empty() ? std::span(&own, 1) : std::span<const Books::Part>(booked), parts);
  header->entry = parts.front().entry;
  booked = std::move(parts);
}

void Arena::check(std::int64_t bytes, std::string_view what, const std::vector<MemoryOwner>& planned) const {
  const MemoryRequest request{what, {}, bytes};
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->books.fits(bytes)) throw_over_budget(impl_->books, request, planned);
  if (!ProcessAccount::fits(bytes)) throw_over_process_budget(impl_->books, request, impl_->mapped(), planned);
  if (bytes > 0 && (is_refused() || !Blocks::can_map(static_cast<std::size_t>(bytes))))
    throw_refused(impl_->books, request, impl_->mapped(), planned);
}

bool Arena::fits(std::int64_t bytes) const noexcept {
  const std::lock_guard lock(impl_->mutex);
  return impl_->books.fits(bytes) && ProcessAccount::fits(bytes);
}

Arena::Released Arena::release_all() noexcept {
  const std::lock_guard lock(impl_->mutex);
  const Released before{impl_->books.current(), impl_->mapped()};
  impl_->blocks.unmap_all();
  impl_->books.clear();
  decltype(impl_->divided)().swap(impl_->divided);
  return before;
}

std::int64_t Arena::current_bytes() const noexcept {
  const std::lock_guard lock(impl_->mutex);
  return impl_->books.current();
}

std::int64_t Arena::peak_bytes() const noexcept {
  const std::lock_guard lock(impl_->mutex);
  return impl_->books.peak();
}

std::int64_t Arena::mapped_bytes() const noexcept {
  const std::lock_guard lock(impl_->mutex);
  return impl_->mapped();
}

std::int64_t Arena::current_bytes(MemoryCategory category) const noexcept {
  const std::lock_guard lock(impl_->mutex);
  return impl_->books.current(category);
}

void Arena::reset_peak() noexcept {
  const std::lock_guard lock(impl_->mutex);
  impl_->books.reset_peak();
}

Bytes Arena::budget() const noexcept {
  const std::lock_guard lock(impl_->mutex);
  return impl_->books.budget();
}

void Arena::set_budget(Bytes budget) {
  const std::lock_guard lock(impl_->mutex);
  impl_->books.set_budget(budget);
}

MemoryReport Arena::report() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->books.report(impl_->mapped());
}

MemorySnapshot Arena::snapshot() const {
  const std::lock_guard lock(impl_->mutex);
  return MemorySnapshot(impl_->books.owners());
}

Arena::Resident Arena::resident() const {
  const std::lock_guard lock(impl_->mutex);
  Resident resident;
  const auto on_loan = [&](MemoryCategory category) -> std::int64_t& {
    return resident.by_category[static_cast<std::size_t>(category)];
  };
  for (const Blocks::Mapping& mapping : impl_->blocks.mappings()) {
    const ResidentPages pages(mapping.begin, mapping.bytes);
    std::int64_t booked = 0;
    for (const std::byte* at = reinterpret_cast<const std::byte*>(mapping.first); at < mapping.begin + mapping.bytes;) {
      const auto* const block = reinterpret_cast<const Blocks::Header*>(at);
      at += block->size;
      if (block->entry == nullptr) continue;
      const std::int64_t bytes = pages.bytes_in(block->memory(), block->asked);
      booked += bytes;
      const auto divided = impl_->divided.find(block->memory());
      if (divided == impl_->divided.end()) {
        on_loan(block->entry->category) += bytes;
        continue;
      }
      // Which of its pages belong to which share isn't known: in proportion.
      std::int64_t left = bytes;
      for (const Books::Part& part : divided->second) {
        const auto share = static_cast<std::int64_t>(static_cast<double>(bytes) * static_cast<double>(part.bytes) /
                                                     static_cast<double>(block->asked));
        on_loan(part.entry->category) += std::min(left, share);
        left -= std::min(left, share);
      }
      on_loan(divided->second.front().entry->category) += left;
    }
    resident.rest += pages.bytes() - booked;
  }
  return resident;
}

void* ArenaResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (alignment > Arena::alignment)
    throw InternalError("An arena's blocks are aligned to 64 bytes. Received: alignment=" + std::to_string(alignment));
  return arena_->allocate(bytes, {category_, owner_, where_});
}

void ArenaResource::do_deallocate(void* block, std::size_t, std::size_t) { arena_->release(block); }

}  // namespace keratin::inline v0::core
