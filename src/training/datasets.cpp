#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "core/philox.h"
#include "keratin/core/error.h"
#include "keratin/training/data.h"
#include "training/embedded_data.h"

namespace keratin::inline v0::datasets {
namespace {

/// The content of gzip data.
std::string unpacked(std::span<const std::byte> packed) {
  z_stream stream{};
  constexpr int gzip = 16;
  if (inflateInit2(&stream, MAX_WBITS + gzip) != Z_OK) throw InternalError("zlib could not be set up");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  char part[1 << 14];
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(part, sizeof part - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw InternalError("An embedded data set is not whole");
  return text;
}

/// All numbers of a CSV text without a header, row after row.
std::vector<float> numbers(std::string_view text) {
  std::vector<float> values;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    float value = 0.0f;
    const auto [after, error] = std::from_chars(at, end, value);
    if (error != std::errc()) throw InternalError("An embedded data set holds what is no number");
    values.push_back(value);
    at = after;
    while (at != end && (*at == ',' || *at == '\n' || *at == '\r')) ++at;
  }
  return values;
}

}  // namespace

Split digits(DigitsOptions options) {
  const bool is_share = options.test_share > 0.0 && options.test_share < 1.0;  // NaN is none
  if (!is_share)
    throw ValueError("datasets::digits: test_share must lie strictly between 0 and 1. Received: " +
                     std::to_string(options.test_share));
  constexpr std::int64_t pixels = 64;
  const Array table = Array::copy_of(numbers(unpacked(datasets_data::digits_csv_gz()))).reshaped({-1, pixels + 1});
  const std::int64_t rows = table.shape().front();
  const core::Permutation shuffled(static_cast<std::uint64_t>(rows), core::stream_key(options.seed, "datasets/digits"),
                                   0);
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
  shuffled.fill(order, 0);
  const std::int64_t test_rows = std::llround(static_cast<double>(rows) * options.test_share);
  const Array mixed = table.take(order);
  const Array x = mixed.sliced(1, 0, pixels).contiguous();
  const Array y = mixed.sliced(1, pixels, pixels + 1).reshaped({rows}).astype(int32);
  // Copies, so that each part stands for itself: a user who keeps one does not keep the other.
  return {.train = {x.rows(0, rows - test_rows).copy(), y.rows(0, rows - test_rows).copy()},
          .test = {x.rows(rows - test_rows, rows).copy(), y.rows(rows - test_rows, rows).copy()}};
}

}  // namespace keratin::inline v0::datasets
