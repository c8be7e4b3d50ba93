#include "saving/hdf5.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <unordered_set>
#include <utility>

#include <hdf5.h>

#include "keratin/core/error.h"
#include "saving/hdf5_driver.h"
#include "saving/hdf5_ids.h"

namespace keratin::inline v0::saving {
namespace {

/// No method of HDF5 makes bytes fewer by more: deflate's limit is 1032.
constexpr std::uint64_t best_compression = 1100;

#if H5_VERSION_GE(1, 12, 0)
using ObjectInfo = H5O_info2_t;
herr_t visit(hid_t file, herr_t (*visitor)(hid_t, const char*, const ObjectInfo*, void*), void* data) {
  return H5Ovisit3(file, H5_INDEX_NAME, H5_ITER_INC, visitor, data, H5O_INFO_BASIC);
}
#else
using ObjectInfo = H5O_info_t;
herr_t visit(hid_t file, herr_t (*visitor)(hid_t, const char*, const ObjectInfo*, void*), void* data) {
  return H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visitor, data, H5O_INFO_BASIC);
}
#endif

/// The datasets of a file, and what was thrown on the way, which must not fly through HDF5's own functions.
struct Datasets {
  std::vector<std::string>& paths;
  std::exception_ptr& failure;
};

/// Each object once, and none that a soft or external link leads to.
herr_t remember_dataset(hid_t /*file*/, const char* path, const ObjectInfo* info, void* to) {
  auto& datasets = *static_cast<Datasets*>(to);
  try {
    if (info->type == H5O_TYPE_DATASET) datasets.paths.emplace_back(path);
    return 0;
  } catch (...) {
    datasets.failure = std::current_exception();
    return -1;
  }
}

std::optional<DType> float_dtype(hid_t type) {
  std::size_t sign = 0, exponent_at = 0, exponent = 0, mantissa_at = 0, mantissa = 0;
  H5Tget_fields(type, &sign, &exponent_at, &exponent, &mantissa_at, &mantissa);
  if (exponent == 11 && mantissa == 52) return float64;
  if (exponent == 8 && mantissa == 23) return float32;
  if (exponent == 5 && mantissa == 10) return float16;
  if (exponent == 8 && mantissa == 7) return bfloat16;
  return std::nullopt;
}

std::optional<DType> integer_dtype(hid_t type) {
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  switch (H5Tget_size(type)) {
    case 1:
      return is_signed ? int8 : uint8;
    case 2:
      return is_signed ? int16 : uint16;
    case 4:
      return is_signed ? int32 : uint32;
    case 8:
      return is_signed ? int64 : uint64;
    default:
      return std::nullopt;
  }
}

std::optional<DType> dtype_of_file(hid_t dataset, hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return float_dtype(type);
    case H5T_INTEGER:
      return integer_dtype(type);
    case H5T_ENUM:  // h5py's bool: FALSE and TRUE in one byte
      if (H5Tget_size(type) == 1) return boolean;
      return std::nullopt;
    case H5T_OPAQUE:
      // Keras writes bfloat16 so, and no other dtype of two bytes. The attribute's text is not looked at: it lies in
      // the heap of the file, and HDF5 1.10 crashes on one that is damaged.
      if (H5Tget_size(type) == 2 && H5Aexists(dataset, "dtype") > 0) return bfloat16;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

/// The type in which the elements come to memory: as in the file, in this machine's order of bytes.
TypeId memory_type(hid_t type) {
  TypeId copy(H5Tcopy(type));
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_FLOAT || kind == H5T_INTEGER) H5Tset_order(copy, H5T_ORDER_LE);
  return copy;
}

}  // namespace

struct Hdf5File::Impl {
  explicit Impl(std::unique_ptr<RandomAccess> given) : bytes(std::move(given)), driver{.input = bytes.get()} {}

  /// Throws what reading has thrown inside of HDF5, or a FileError with HDF5's reason.
  [[noreturn]] void fail(const std::string& what) {
    if (driver.failure) std::rethrow_exception(std::exchange(driver.failure, nullptr));
    throw FileError(what + ": " + hdf5_reason());
  }
  std::string dataset_name(const std::string& path) const { return "The dataset '" + path + "' in " + bytes->name(); }

  DatasetId open(const std::string& path) {
    DatasetId dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT));
    if (!dataset.is_open()) fail(dataset_name(path) + " can't be opened");
    return dataset;
  }

  Shape shape_of(hid_t dataset, const std::string& path) {
    const SpaceId space(H5Dget_space(dataset));
    const int rank = H5Sget_simple_extent_ndims(space);
    if (!space.is_open() || rank < 0 || H5Sget_simple_extent_type(space) == H5S_NULL)
      fail(dataset_name(path) + " has no shape");
    std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
    if (sizes.size() > Shape::max_rank ||
        std::ranges::any_of(sizes, [](hsize_t size) { return size > hsize_t{1} << 48; }))
      throw FileError(dataset_name(path) + " has a shape that no array has: " + std::to_string(rank) + " dimensions");
    const std::vector<std::int64_t> dims(sizes.begin(), sizes.end());
    Shape shape{std::span<const std::int64_t>(dims)};
    try {
      shape.elements();
    } catch (const ShapeError&) {
      throw FileError(dataset_name(path) + " has a shape of too many elements: " + to_string(shape));
    }
    return shape;
  }

  /// Where the values are said to lie must be inside of this file, and all of them there.
  void check_storage(hid_t dataset, const Dataset& described) {
    const PropertiesId properties(H5Dget_create_plist(dataset));
    const H5D_layout_t layout = H5Pget_layout(properties);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) > 0)
      throw FileError(dataset_name(described.path) + " keeps its values in another file, which is not read");
    std::uint64_t wanted = 0;
    const auto element = static_cast<std::int64_t>(size_of(described.dtype));
    if (__builtin_mul_overflow(described.shape.elements(), element, &wanted))
      throw FileError(dataset_name(described.path) + " has a shape of too many bytes: " + to_string(described.shape));
    // What is compressed may be larger than the file, but within what compression can do.
    const std::uint64_t available = std::min<std::uint64_t>(H5Dget_storage_size(dataset), bytes->size());
    const std::uint64_t possible = layout == H5D_CHUNKED ? available * best_compression : available;
    const haddr_t offset = layout == H5D_CONTIGUOUS && wanted > 0 ? H5Dget_offset(dataset) : 0;
    if (wanted > possible || (wanted > 0 && layout == H5D_CONTIGUOUS && offset > bytes->size() - wanted))
      throw FileError(dataset_name(described.path) + " is truncated: it should have " + std::to_string(wanted) +
                      " bytes, and they aren't all in the file");
  }

  std::unique_ptr<RandomAccess> bytes;
  DriverFile driver;
  FileId file{-1};
  std::vector<std::string> paths;
  std::unordered_set<std::string> known;
};

Hdf5File::Hdf5File(std::unique_ptr<RandomAccess> bytes) : impl_(std::make_unique<Impl>(std::move(bytes))) {
  const Turn turn;
  const PropertiesId access(access_through(impl_->driver));
  if (access.is_open()) impl_->file = FileId(H5Fopen(impl_->bytes->name().c_str(), H5F_ACC_RDONLY, access));
  try {
    if (!impl_->file.is_open()) impl_->fail(impl_->bytes->name() + " can't be read as HDF5");
    Datasets datasets{impl_->paths, impl_->driver.failure};
    if (visit(impl_->file, remember_dataset, &datasets) < 0)
      impl_->fail(impl_->bytes->name() + " can't be read: its groups are damaged");
    impl_->known = {impl_->paths.begin(), impl_->paths.end()};
  } catch (...) {
    impl_->file = FileId(-1);  // as long as it is this thread's turn
    throw;
  }
}

Hdf5File::~Hdf5File() {
  const Turn turn;
  impl_->file = FileId(-1);
  H5garbage_collect();
}

const std::string& Hdf5File::name() const noexcept { return impl_->bytes->name(); }
const std::vector<std::string>& Hdf5File::paths() const noexcept { return impl_->paths; }

bool Hdf5File::contains(const std::string& path) const { return impl_->known.contains(path); }

Dataset Hdf5File::describe(const std::string& path) const {
  const Turn turn;
  const DatasetId dataset = impl_->open(path);
  const TypeId type(H5Dget_type(dataset));
  const std::optional<DType> dtype = dtype_of_file(dataset, type);
  if (!dtype)
    throw DTypeError(impl_->dataset_name(path) + " holds elements of " + std::to_string(H5Tget_size(type)) +
                     " bytes that are none of an Array's dtypes");
  Dataset described{path, *dtype, impl_->shape_of(dataset, path)};
  impl_->check_storage(dataset, described);
  return described;
}

void Hdf5File::read(const Dataset& dataset, void* to) const {
  const Turn turn;
  const DatasetId opened = impl_->open(dataset.path);
  const TypeId type(H5Dget_type(opened));
  if (H5Dread(opened, memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0)
    impl_->fail(impl_->dataset_name(dataset.path) + " can't be read");
}

Array Hdf5File::read(const std::string& path) const {
  const Dataset dataset = describe(path);
  Array result = Array::empty(dataset.shape, dataset.dtype);
  read(dataset, const_cast<void*>(result.raw()));  // nobody else sees it yet
  return result;
}

}  // namespace keratin::inline v0::saving
