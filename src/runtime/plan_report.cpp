#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/plan.h"

namespace keratin::inline v0::runtime {
namespace {

/// The last step at which a buffer's bytes are its own: one that takes them over begins where it ends.
std::vector<std::uint32_t> ends_of(std::span<const Buffer> buffers) {
  std::vector<std::uint32_t> ends;
  ends.reserve(buffers.size());
  for (const Buffer& buffer : buffers) ends.push_back(buffer.last_step + 1);
  for (const Buffer& buffer : buffers)
    if (buffer.in_place_of >= 0) ends[static_cast<std::size_t>(buffer.in_place_of)] = buffer.first_step;
  return ends;
}

/// The buffers that are live at the step where most bytes are.
std::vector<const Buffer*> live_at_peak(const Plan& plan) {
  const std::span<const Buffer> buffers = plan.buffers();
  const std::vector<std::uint32_t> ends = ends_of(buffers);
  std::vector<std::int64_t> change(plan.steps().size() + 2, 0);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    change[buffers[i].first_step] += static_cast<std::int64_t>(buffers[i].bytes);
    change[ends[i]] -= static_cast<std::int64_t>(buffers[i].bytes);
  }
  std::int64_t live = 0;
  std::int64_t most = -1;
  std::uint32_t peak = 0;
  for (std::uint32_t step = 0; step < change.size(); ++step) {
    live += change[step];
    if (live > most) {
      most = live;
      peak = step;
    }
  }
  std::vector<const Buffer*> result;
  for (std::size_t i = 0; i < buffers.size(); ++i)
    if (buffers[i].first_step <= peak && peak < ends[i] && buffers[i].bytes > 0) result.push_back(&buffers[i]);
  return result;
}

std::string text_of(const Address& address) {
  if (address.base == Base::none) return "-";
  const std::string index = std::to_string(address.index);
  std::string text = "%" + std::to_string(address.value) + "@";
  switch (address.base) {
    case Base::none:
    case Base::workspace:
      text += "workspace";
      break;
    case Base::constants:
      text += "constants";
      break;
    case Base::variable:
      text += "variable" + index;
      break;
    case Base::input:
      text += "input" + index;
      break;
    case Base::output:
      text += "output" + index;
      break;
  }
  if (address.base == Base::workspace || address.base == Base::constants) text += "+" + std::to_string(address.offset);
  return text + "[" + std::to_string(address.bytes) + "]";
}

std::string text_of(std::span<const Address> addresses) {
  std::string text;
  for (const Address& address : addresses) text += (text.empty() ? "" : ", ") + text_of(address);
  return text;
}

}  // namespace

std::vector<Plan::Share> Plan::shares_at_peak() const {
  std::map<MemoryCategory, std::size_t> shares;
  for (const Buffer* const buffer : live_at_peak(*this)) shares[buffer->category] += buffer->bytes;
  std::vector<Share> result;
  result.reserve(shares.size());
  for (const auto& [category, bytes] : shares) result.push_back({category, bytes});
  return result;
}

std::vector<MemoryOwner> Plan::owners_at_peak() const {
  std::map<std::pair<std::string_view, MemoryCategory>, std::int64_t> bytes;
  for (const Buffer* const buffer : live_at_peak(*this))
    bytes[{owner(buffer->owner), buffer->category}] += static_cast<std::int64_t>(buffer->bytes);
  std::vector<MemoryOwner> result;
  result.reserve(bytes.size());
  for (const auto& [key, sum] : bytes) result.push_back({std::string(key.first), {}, key.second, sum});
  std::stable_sort(result.begin(), result.end(),
                   [](const MemoryOwner& a, const MemoryOwner& b) { return a.bytes > b.bytes; });
  return result;
}

std::string Plan::to_text() const {
  // By step: the buffers that it is the first to write.
  std::vector<std::string> lifetimes(steps_.size());
  for (const Buffer& buffer : buffers_)
    lifetimes[buffer.first_step] += " [" + std::to_string(buffer.first_step) + "-" + std::to_string(buffer.last_step) +
                                    " +" + std::to_string(buffer.offset) +
                                    (buffer.in_place_of >= 0 ? " in place]" : "]");
  std::string text = "workspace " + std::to_string(workspace_bytes_) + " bytes, live " + std::to_string(live_bytes_) +
                     ", constants " + std::to_string(constant_bytes_) + "\n";
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    text += std::to_string(i) + " " + text_of(outputs_of(step)) + " = " + std::string(step.op) + "(" +
            text_of(inputs_of(step)) + ") " + std::string(owner(step.owner));
    if (const std::size_t scratch = step.kernel->workspace_bytes(); scratch > 0)
      text += " scratch+" + std::to_string(step.scratch) + "[" + std::to_string(scratch) + "]";
    text += lifetimes[i] + "\n";
  }
  return text;
}

}  // namespace keratin::inline v0::runtime
