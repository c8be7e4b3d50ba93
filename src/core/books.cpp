#include "core/books.h"

#include <algorithm>
#include <functional>
#include <new>

#include "core/process_account.h"

namespace keratin::inline v0::core {
namespace {

constexpr std::size_t named_owners = 5;

std::string_view file_of(const SourceLine& where) noexcept { return where.file == nullptr ? "" : where.file; }

bool larger(const MemoryOwner& a, const MemoryOwner& b) noexcept { return a.bytes > b.bytes; }

/// "sequential/dense/kernel 12.00 MiB (parameters, train.cpp:42); …"
std::string largest_owners(std::vector<MemoryOwner> owners) {
  std::stable_sort(owners.begin(), owners.end(), larger);
  std::string text;
  for (std::size_t i = 0; i < std::min(owners.size(), named_owners); ++i) {
    const MemoryOwner& owner = owners[i];
    if (i > 0) text += "; ";
    text += (owner.owner.empty() ? "(unnamed)" : owner.owner) + " " + to_string(Bytes{owner.bytes}) + " (" +
            std::string(name_of(owner.category)) + (owner.where.empty() ? "" : ", ") + owner.where + ")";
  }
  if (owners.size() > named_owners) text += "; and " + std::to_string(owners.size() - named_owners) + " more";
  return text;
}

std::vector<MemoryOwner> owners_and(const Books& books, const std::vector<MemoryOwner>& planned) {
  std::vector<MemoryOwner> owners = books.owners();
  owners.insert(owners.end(), planned.begin(), planned.end());
  return owners;
}

std::string asked_for(const MemoryRequest& request) {
  const std::string line = to_string(request.where);
  return "'" + std::string(request.what) + "'" + (line.empty() ? "" : " (" + line + ")") + " asked for " +
         to_string(Bytes{request.bytes});
}

/// Throws with the text that `make` gives, or with a short one where there is no memory even for that.
template <class Make>
[[noreturn]] void throw_with(const MemoryRequest& request, Make make) {
  std::string message;
  try {
    message = make();
  } catch (const std::bad_alloc&) {
    throw OutOfMemoryError("Out of memory", {}, request.where);
  }
  throw OutOfMemoryError(message, {}, request.where);
}

}  // namespace

std::size_t Books::Hash::operator()(const Tag& tag) const noexcept {
  const std::hash<std::string_view> hash;
  return hash(tag.owner) * 31 + hash(file_of(tag.where)) * 7 + tag.where.line * 17 + index(tag.category);
}

bool Books::same(const Tag& a, const Tag& b) noexcept {
  return a.category == b.category && a.where.line == b.where.line && a.owner == b.owner &&
         file_of(a.where) == file_of(b.where);
}

const Books::Entry& Books::entry(const Tag& tag) {
  if (const auto found = entries_.find(tag); found != entries_.end()) return *found;
  return *entries_.insert(Entry{std::string(tag.owner), tag.where, tag.category}).first;
}

void Books::add(const Entry& entry, std::int64_t bytes) noexcept {
  entry.bytes += bytes;
  ++entry.blocks;
  current_ += bytes;
  by_category_[index(entry.category)] += bytes;
  if (current_ <= peak_) return;
  peak_ = current_;
  peak_by_category_ = by_category_;
}

void Books::subtract(const Entry& entry, std::int64_t bytes) noexcept {
  entry.bytes -= bytes;
  --entry.blocks;
  current_ -= bytes;
  by_category_[index(entry.category)] -= bytes;
  drop_if_unused(entry);
}

void Books::exchange(std::span<const Part> off, std::span<const Part> on) noexcept {
  // An entry may be on both sides: it must not be dropped in between.
  for (const Part& part : on) ++part.entry->blocks;
  for (const Part& part : off) subtract(*part.entry, part.bytes);
  for (const Part& part : on) {
    --part.entry->blocks;
    add(*part.entry, part.bytes);
  }
  if (current_ == peak_) peak_by_category_ = by_category_;
}

void Books::drop_if_unused(const Entry& entry) noexcept {
  if (entry.blocks == 0) entries_.erase(entries_.find(as_tag(entry)));
}

void Books::drop_unused() noexcept {
  std::erase_if(entries_, [](const Entry& entry) { return entry.blocks == 0; });
}

void Books::clear() noexcept {
  decltype(entries_)().swap(entries_);
  by_category_ = {};
  peak_by_category_ = {};
  current_ = 0;
  peak_ = 0;
}

void Books::reset_peak() noexcept {
  peak_ = current_;
  peak_by_category_ = by_category_;
}

std::vector<MemoryOwner> Books::owners() const {
  std::vector<MemoryOwner> owners;
  owners.reserve(entries_.size());
  for (const Entry& entry : entries_)
    owners.push_back({entry.owner, to_string(entry.where), entry.category, entry.bytes});
  // By name where the bytes are the same: the order of a hash table is nobody's business.
  std::sort(owners.begin(), owners.end(), [](const MemoryOwner& a, const MemoryOwner& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.owner < b.owner;
  });
  return owners;
}

MemoryReport Books::report(std::int64_t mapped_bytes) const {
  MemoryReport report;
  report.current_bytes = current_;
  report.peak_bytes = peak_;
  report.mapped_bytes = mapped_bytes;
  report.budget_bytes = budget_.count;
  for (std::size_t i = 0; i < by_category_.size(); ++i) {
    report.by_category[static_cast<MemoryCategory>(i)] = by_category_[i];
    report.peak_by_category[static_cast<MemoryCategory>(i)] = peak_by_category_[i];
  }
  report.owners = owners();
  return report;
}

void throw_over_budget(const Books& books, const MemoryRequest& request, const std::vector<MemoryOwner>& planned) {
  throw_with(request, [&] {
    const std::vector<MemoryOwner> owners = owners_and(books, planned);
    return "The " + std::string(books.holder()) + "'s memory budget is exceeded: " + asked_for(request) + ", with " +
           to_string(Bytes{books.current()}) + " in use of a budget of " + to_string(books.budget()) + "." +
           (owners.empty() ? "" : " Largest owners: " + largest_owners(owners) + ".") +
           " Take a smaller batch or model, free what is no longer needed (clear(), graph_scope), or raise the " +
           std::string(books.holder()) + "'s memory_budget. Received: a request of " + std::to_string(request.bytes) +
           " bytes";
  });
}

void throw_over_process_budget(const Books& books, const MemoryRequest& request, std::int64_t mapped_bytes,
                               const std::vector<MemoryOwner>& planned) {
  throw_with(request, [&] {
    const std::vector<MemoryOwner> owners = owners_and(books, planned);
    return "The process's memory budget is exceeded: " + asked_for(request) + ", with " +
           to_string(Bytes{ProcessAccount::mapped_bytes()}) + " mapped by all sessions and predictors (" +
           to_string(Bytes{mapped_bytes}) + " by this one) of a budget of " +
           to_string(Bytes{ProcessAccount::budget()}) + "." +
           (owners.empty() ? "" : " Largest owners here: " + largest_owners(owners) + ".") +
           " Take a smaller batch or model, free what is no longer needed here or in another session (clear(), "
           "graph_scope), or raise it with kt::set_process_memory_budget. Received: a request of " +
           std::to_string(request.bytes) + " bytes";
  });
}

void throw_refused(const Books& books, const MemoryRequest& request, std::int64_t mapped_bytes,
                   const std::vector<MemoryOwner>& planned) {
  throw_with(request, [&] {
    const std::vector<MemoryOwner> owners = owners_and(books, planned);
    return "The operating system refused memory: " + asked_for(request) + ", with " +
           to_string(Bytes{books.current()}) + " in use by the " + std::string(books.holder()) + " (" +
           to_string(Bytes{mapped_bytes}) + " mapped) and " + to_string(Bytes{process_memory().virtual_bytes}) +
           " mapped by the process." + (owners.empty() ? "" : " Largest owners: " + largest_owners(owners) + ".") +
           " Take a smaller batch or model, free what is no longer needed (clear(), graph_scope), or raise the "
           "process's limits (ulimit -v, the container's memory, vm.overcommit_memory). Received: a request of " +
           std::to_string(request.bytes) + " bytes";
  });
}

}  // namespace keratin::inline v0::core
