// IDX and CIFAR files.
#include <algorithm>
#include <array>
#include <bit>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/element_convert.h"
#include "data/byte_stream.h"
#include "keratin/core/error.h"
#include "keratin/data/files.h"

namespace keratin::inline v0 {
namespace {

using data::ByteStream;

void check_end(ByteStream& stream) {
  std::byte more{};
  if (stream.read({&more, 1}) > 0) throw FileError(stream.name() + " is damaged: bytes follow its data");
}

DType idx_dtype(const ByteStream& stream, std::byte code) {
  switch (std::to_integer<int>(code)) {
    case 0x08:
      return uint8;
    case 0x09:
      return int8;
    case 0x0B:
      return int16;
    case 0x0C:
      return int32;
    case 0x0D:
      return float32;
    case 0x0E:
      return float64;
    default:
      throw FileError(stream.name() + " is no IDX file: there is no element type " +
                      std::to_string(std::to_integer<int>(code)));
  }
}

Shape idx_shape(ByteStream& stream, int rank) {
  if (rank < 1 || rank > static_cast<int>(Shape::max_rank))
    throw FileError(stream.name() + " can't be read as IDX: an array has 1 to " + std::to_string(Shape::max_rank) +
                    " dimensions. Received: " + std::to_string(rank));
  Shape shape;
  for (int i = 0; i < rank; ++i) {
    std::array<std::byte, 4> bytes{};
    stream.read_all(bytes, "an IDX file's sizes");
    std::int64_t size = 0;
    for (const std::byte byte : bytes) size = size * 256 + std::to_integer<std::int64_t>(byte);
    shape.push_back(size);
  }
  return shape;
}

/// A damaged header may promise more than any memory holds.
void check_room(const ByteStream& stream, const Shape& shape, DType dtype) {
  std::uint64_t left = stream.most_left() / size_of(dtype);
  for (const std::int64_t size : shape) {
    if (size == 0) return;
    left /= static_cast<std::uint64_t>(size);
  }
  if (left == 0)
    throw FileError(stream.name() + " ends too early: it can't hold the array of shape " + to_string(shape) +
                    " that it promises");
}

constexpr std::int64_t image_side = 32;
constexpr std::int64_t plane = image_side * image_side;

struct CifarRecords {
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;

  /// `label_bytes` come before each image; `label` of them counts.
  void read(const std::string& path, std::size_t label_bytes, std::size_t label) {
    const std::unique_ptr<ByteStream> stream = data::open_file(path);
    std::vector<std::byte> record(label_bytes + 3 * plane);
    while (stream->read({record.data(), 1}) > 0) {
      stream->read_all(std::span(record).subspan(1),
                       "the label and the pixels of image " + std::to_string(labels.size()));
      labels.push_back(std::to_integer<std::uint8_t>(record[label]));
      for (std::size_t at = 0; at < plane; ++at)
        for (std::size_t channel = 0; channel < 3; ++channel)
          pixels.push_back(std::to_integer<std::uint8_t>(record[label_bytes + channel * plane + at]));
    }
    if (labels.empty()) throw FileError(stream->name() + " holds no image");
  }
  Examples examples() const {
    return {.x = Array::copy_of(pixels).reshaped({-1, image_side, image_side, 3}),
            .y = Array::copy_of(labels).reshaped({-1, 1})};
  }
};

std::size_t place_of(CifarLabelMode mode) { return mode == CifarLabels::coarse ? 0 : 1; }

/// The file of that name, or of that name and `.gz`.
std::string file_in(const std::string& folder, const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  const std::filesystem::path packed = path.string() + ".gz";
  std::error_code error;
  return (!std::filesystem::exists(path, error) && std::filesystem::exists(packed, error) ? packed : path).string();
}

Examples mnist_part(const std::string& folder, const std::string& part) {
  const std::string images = file_in(folder, part + "-images-idx3-ubyte");
  const std::string labels = file_in(folder, part + "-labels-idx1-ubyte");
  Examples examples{.x = read_idx(images), .y = read_idx(labels)};
  if (examples.x.rank() != 3 || examples.y.rank() != 1 || examples.x.shape().front() != examples.y.shape().front())
    throw FileError("The files '" + images + "' and '" + labels +
                    "' don't belong together: images (n, height, width) and labels (n,) are needed. Received: " +
                    to_string(examples.x.shape()) + " and " + to_string(examples.y.shape()));
  return examples;
}

}  // namespace

Array read_idx(const std::string& path) {
  const std::unique_ptr<ByteStream> stream = data::open_file(path);
  std::array<std::byte, 4> magic{};
  stream->read_all(magic, "an IDX file's first bytes");
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0})
    throw FileError(stream->name() + " is no IDX file: it doesn't begin with two bytes of 0");
  const DType dtype = idx_dtype(*stream, magic[2]);
  const Shape shape = idx_shape(*stream, std::to_integer<int>(magic[3]));
  check_room(*stream, shape, dtype);
  Array array = Array::empty(shape, dtype);
  core::visit_element_type(dtype, [&]<class T>(std::type_identity<T>) {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      const std::span<T> elements = array.mutable_data<T>();
      stream->read_all(std::as_writable_bytes(elements), "an array of shape " + to_string(shape));
      static_assert(std::endian::native == std::endian::little);
      if constexpr (sizeof(T) > 1)
        for (T& element : elements) {
          const std::span<std::byte> bytes = std::as_writable_bytes(std::span(&element, 1));
          std::reverse(bytes.begin(), bytes.end());
        }
    }
  });
  check_end(*stream);
  return array;
}

Examples read_cifar10(const std::string& path) {
  CifarRecords records;
  records.read(path, 1, 0);
  return records.examples();
}

Examples read_cifar100(const std::string& path, CifarLabelMode label_mode) {
  CifarRecords records;
  records.read(path, 2, place_of(label_mode));
  return records.examples();
}

namespace datasets {

Split mnist(const std::string& folder) {
  return {.train = mnist_part(folder, "train"), .test = mnist_part(folder, "t10k")};
}

Split cifar10(const std::string& folder) {
  CifarRecords train;
  for (int part = 1; part <= 5; ++part)
    train.read(file_in(folder, "data_batch_" + std::to_string(part) + ".bin"), 1, 0);
  return {.train = train.examples(), .test = read_cifar10(file_in(folder, "test_batch.bin"))};
}

Split cifar100(const std::string& folder, CifarLabelMode label_mode) {
  return {.train = read_cifar100(file_in(folder, "train.bin"), label_mode),
          .test = read_cifar100(file_in(folder, "test.bin"), label_mode)};
}

}  // namespace datasets
}  // namespace keratin::inline v0
