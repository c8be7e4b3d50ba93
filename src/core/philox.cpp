#include "core/philox.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace keratin::inline v0::core {
namespace {

constexpr std::uint32_t low_word(std::uint64_t value) noexcept { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high_word(std::uint64_t value) noexcept { return static_cast<std::uint32_t>(value >> 32); }

/// The finalizer of MurmurHash3 (Appleby, public domain): each bit of the input moves each bit of the result.
constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdu;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53u;
  return value ^ (value >> 33);
}

/// Its 32-bit sibling.
constexpr std::uint32_t mixed(std::uint32_t value) noexcept {
  value ^= value >> 16;
  value *= 0x85ebca6bu;
  value ^= value >> 13;
  value *= 0xc2b2ae35u;
  return value ^ (value >> 16);
}

PhiloxBlock block_at(PhiloxKey key, std::uint64_t step, std::uint64_t block) noexcept {
  return philox({low_word(block), high_word(block), low_word(step), high_word(step)}, key);
}

/// ln of a number in (0, 1], to 1e-10. Ours, as the C library's differs between machines in the last bit.
double natural_log(double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  // The exponent that leaves a mantissa in [√½, √2), where the series below converges fast.
  const auto exponent = static_cast<std::int64_t>((bits + 0x00095f619980c433u) >> 52) - 1023;
  const double mantissa = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(exponent) << 52));
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  const double t = s * s;
  const double series = 1.0 + t * (1.0 / 3 + t * (1.0 / 5 + t * (1.0 / 7 + t * (1.0 / 9 + t * (1.0 / 11)))));
  return 2.0 * s * series + static_cast<double>(exponent) * std::numbers::ln2;
}

struct SineCosine {
  double sine;
  double cosine;
};

/// Sine and cosine of an angle in turns of [0, 1), to 1e-11.
SineCosine sine_cosine(double turns) noexcept {
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): not negative and far from an integer's limit
  const auto quarter = static_cast<int>(turns * 4.0 + 0.5);
  const double x = (turns - quarter * 0.25) * (2.0 * std::numbers::pi);
  const double t = x * x;
  const double sine =
      x * (1.0 - t / 6 * (1.0 - t / 20 * (1.0 - t / 42 * (1.0 - t / 72 * (1.0 - t / 110 * (1.0 - t / 156))))));
  const double cosine =
      1.0 - t / 2 * (1.0 - t / 12 * (1.0 - t / 30 * (1.0 - t / 56 * (1.0 - t / 90 * (1.0 - t / 132)))));
  switch (quarter & 3) {
    case 0:
      return {sine, cosine};
    case 1:
      return {cosine, -sine};
    case 2:
      return {-sine, -cosine};
    default:
      return {-cosine, sine};
  }
}

struct NormalPair {
  float first;
  float second;
};

NormalPair normal_pair(std::uint32_t a, std::uint32_t b) noexcept {
  const double radius = std::sqrt(-2.0 * natural_log((static_cast<double>(a) + 1.0) * 0x1p-32));
  const SineCosine angle = sine_cosine(static_cast<double>(b) * 0x1p-32);
  return {static_cast<float>(radius * angle.cosine), static_cast<float>(radius * angle.sine)};
}

std::array<float, 4> normals_of(const PhiloxBlock& words) noexcept {
  const NormalPair a = normal_pair(words[0], words[1]);
  const NormalPair b = normal_pair(words[2], words[3]);
  return {a.first, a.second, b.first, b.second};
}

std::array<float, 4> uniforms_of(const PhiloxBlock& words) noexcept {
  return {uniform_from(words[0]), uniform_from(words[1]), uniform_from(words[2]), uniform_from(words[3])};
}

/// One Philox call for four elements, with the ends of a range that starts or stops inside a block.
template <class FromBlock>
void fill(std::span<float> out, PhiloxKey key, std::uint64_t step, std::uint64_t first, FromBlock from_block) noexcept {
  std::size_t at = 0;
  while (at < out.size()) {
    const std::uint64_t element = first + at;
    const std::array<float, 4> values = from_block(block_at(key, step, element / 4));
    for (std::size_t i = element % 4; i < 4 && at < out.size(); ++i) out[at++] = values[i];
  }
}

}  // namespace

PhiloxBlock philox(PhiloxBlock counter, PhiloxKey key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {high_word(b) ^ counter[1] ^ key[0], low_word(b), high_word(a) ^ counter[3] ^ key[1], low_word(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

PhiloxKey stream_key(std::uint64_t seed, std::string_view path) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a over the path
  for (const char letter : path) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  const std::uint64_t key = mixed(mixed(seed + 0x9e3779b97f4a7c15u) ^ hash);
  return {low_word(key), high_word(key)};
}

float uniform_at(PhiloxKey key, std::uint64_t step, std::uint64_t element) noexcept {
  return uniform_from(block_at(key, step, element / 4)[element % 4]);
}

float normal_at(PhiloxKey key, std::uint64_t step, std::uint64_t element) noexcept {
  return normals_of(block_at(key, step, element / 4))[element % 4];
}

void fill_uniform(std::span<float> out, PhiloxKey key, std::uint64_t step, std::uint64_t first) noexcept {
  fill(out, key, step, first, uniforms_of);
}

void fill_normal(std::span<float> out, PhiloxKey key, std::uint64_t step, std::uint64_t first) noexcept {
  fill(out, key, step, first, normals_of);
}

Permutation::Permutation(std::uint64_t size, PhiloxKey key, std::uint64_t round) noexcept : size_(size) {
  while (half_bits_ < 32 && (std::uint64_t{1} << (2 * half_bits_)) < size) ++half_bits_;
  for (std::size_t i = 0; i < round_keys_.size(); i += 4) {
    const PhiloxBlock words = block_at(key, round, i / 4);
    for (std::size_t j = 0; j < 4; ++j) round_keys_[i + j] = words[j];
  }
}

/// One pass through the network for each; a pass is a chain of dependent steps, so that several take hardly longer.
template <std::size_t count>
void Permutation::walk(std::array<std::uint64_t, count>& indices) const noexcept {
  const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << half_bits_) - 1);
  std::array<std::uint32_t, count> left;
  std::array<std::uint32_t, count> right;
  for (std::size_t k = 0; k < count; ++k) {
    left[k] = static_cast<std::uint32_t>(indices[k] >> half_bits_);
    right[k] = static_cast<std::uint32_t>(indices[k]) & mask;
  }
  for (std::size_t i = 0; i < round_keys_.size(); i += 2)
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint32_t next = left[k] ^ (mixed(mixed(right[k] + round_keys_[i]) ^ round_keys_[i + 1]) & mask);
      left[k] = right[k];
      right[k] = next;
    }
  for (std::size_t k = 0; k < count; ++k) indices[k] = (std::uint64_t{left[k]} << half_bits_) | right[k];
}

std::uint64_t Permutation::operator()(std::uint64_t index) const noexcept {
  if (size_ < 2) return index;
  std::array<std::uint64_t, 1> one{index};
  do {
    walk(one);
  } while (one[0] >= size_);
  return one[0];
}

void Permutation::fill(std::span<std::int64_t> out, std::uint64_t first) const noexcept {
  constexpr std::size_t lanes = 8;
  if (size_ < 2 || out.size() < lanes) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::int64_t>((*this)(first + i));
    return;
  }
  std::array<std::uint64_t, lanes> indices;
  std::array<std::size_t, lanes> places;  // out.size(): the lane has nothing left to do
  std::size_t next = 0;
  for (; next < lanes; ++next) {
    indices[next] = first + next;
    places[next] = next;
  }
  for (std::size_t done = 0; done < out.size();) {
    walk(indices);
    for (std::size_t k = 0; k < lanes; ++k) {
      if (indices[k] >= size_ || places[k] == out.size()) continue;
      out[places[k]] = static_cast<std::int64_t>(indices[k]);
      ++done;
      places[k] = next;
      if (next < out.size()) indices[k] = first + next++;
    }
  }
}

}  // namespace keratin::inline v0::core
