#include "saving/hdf5_writer.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include <hdf5.h>

#include "keratin/core/error.h"
#include "saving/hdf5_ids.h"

namespace keratin::inline v0::saving {
namespace {

using GroupId = Id<H5Gclose>;
using AttributeId = Id<H5Aclose>;

/// IEEE's number of 16 bits, which HDF5 has no name for.
hid_t half_type() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

hid_t boolean_type() {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  std::int8_t value = 0;
  H5Tenum_insert(type, "FALSE", &value);
  value = 1;
  H5Tenum_insert(type, "TRUE", &value);
  return type;
}

/// bfloat16, which the format lacks: two bytes, of which Keras says the dtype in an attribute.
hid_t bfloat16_type() { return H5Tcreate(H5T_OPAQUE, 2); }

hid_t type_of(DType dtype) {
  switch (dtype) {
    case float64:
      return H5Tcopy(H5T_IEEE_F64LE);
    case float32:
      return H5Tcopy(H5T_IEEE_F32LE);
    case float16:
      return half_type();
    case bfloat16:
      return bfloat16_type();
    case boolean:
      return boolean_type();
    case int8:
      return H5Tcopy(H5T_STD_I8LE);
    case int16:
      return H5Tcopy(H5T_STD_I16LE);
    case int32:
      return H5Tcopy(H5T_STD_I32LE);
    case int64:
      return H5Tcopy(H5T_STD_I64LE);
    case uint8:
      return H5Tcopy(H5T_STD_U8LE);
    case uint16:
      return H5Tcopy(H5T_STD_U16LE);
    case uint32:
      return H5Tcopy(H5T_STD_U32LE);
    case uint64:
      return H5Tcopy(H5T_STD_U64LE);
    default:
      throw DTypeError("An HDF5 file takes numbers and truth values. Received: an array of dtype " +
                       std::string(name_of(dtype)));
  }
}

/// A text in UTF-8 of this size; H5T_VARIABLE: of any, where `value` is the address of its pointer, as h5py writes it.
bool add_attribute(hid_t object, const char* name, std::size_t size, const void* value) {
  const TypeId type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type, size);
  H5Tset_strpad(type, size == H5T_VARIABLE ? H5T_STR_NULLTERM : H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  const SpaceId space(H5Screate(H5S_SCALAR));
  const AttributeId attribute(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
  return attribute.is_open() && H5Awrite(attribute, type, value) >= 0;
}

/// Of a length of its own: for texts of variable length HDF5 1.10 remembers each file's type until the process ends,
/// which is 400 bytes a file in a process that saves for months.
bool add_text(hid_t object, const char* name, const std::string& text) {
  return add_attribute(object, name, std::max<std::size_t>(text.size(), 1), text.c_str());
}

/// Of variable length all the same, as Keras compares it with a str.
bool mark_bfloat16(hid_t dataset) {
  const char* const text = "bfloat16";
  return add_attribute(dataset, "dtype", H5T_VARIABLE, &text);
}

PropertiesId with_groups_around() {
  PropertiesId properties(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(properties, 1);
  return properties;
}

PropertiesId without_times() {
  PropertiesId properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(properties, false);
  return properties;
}

}  // namespace

struct Hdf5Writer::Impl {
  Impl(std::unique_ptr<RandomOutput> given, std::string called)
      : output(std::move(given)), name(std::move(called)), driver{.output = output.get()} {}

  [[noreturn]] void fail() {
    driver.drops_writes = true;
    if (driver.failure) std::rethrow_exception(std::exchange(driver.failure, nullptr));
    throw FileError(name + " can't be written: " + hdf5_reason());
  }

  std::unique_ptr<RandomOutput> output;
  std::string name;
  DriverFile driver;
  FileId file{-1};
};

Hdf5Writer::Hdf5Writer(std::unique_ptr<RandomOutput> output, std::string name)
    : impl_(std::make_unique<Impl>(std::move(output), std::move(name))) {
  const Turn turn;
  const PropertiesId access(access_through(impl_->driver));
  if (access.is_open()) impl_->file = FileId(H5Fcreate(impl_->name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
  if (impl_->file.is_open() && !impl_->driver.failure) return;
  try {
    impl_->fail();
  } catch (...) {
    impl_->file = FileId(-1);  // as long as it is this thread's turn
    throw;
  }
}

Hdf5Writer::~Hdf5Writer() {
  const Turn turn;
  impl_->driver.drops_writes = true;  // where it wasn't closed
  impl_->file = FileId(-1);
  H5garbage_collect();
}

void Hdf5Writer::add_group(const std::string& path, const std::string& name) {
  const Turn turn;
  const PropertiesId links = with_groups_around();
  const GroupId group(H5Gcreate2(impl_->file, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT));
  if (!group.is_open() || !add_text(group, "name", name) || impl_->driver.failure) impl_->fail();
}

void Hdf5Writer::add_dataset(const std::string& path, DType dtype, const Shape& shape, const void* elements) {
  const Turn turn;
  const TypeId type(type_of(dtype));
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const SpaceId space(sizes.empty() ? H5Screate(H5S_SCALAR)
                                    : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
  const PropertiesId links = with_groups_around();
  const PropertiesId creation = without_times();
  const DatasetId dataset(H5Dcreate2(impl_->file, path.c_str(), type, space, links, creation, H5P_DEFAULT));
  const bool is_written = dataset.is_open() && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements) >= 0;
  const bool is_named = dtype != bfloat16 || (is_written && mark_bfloat16(dataset));
  if (!is_written || !is_named || impl_->driver.failure) impl_->fail();
}

void Hdf5Writer::close() {
  const Turn turn;
  if (H5Fflush(impl_->file, H5F_SCOPE_GLOBAL) < 0 || impl_->driver.failure) impl_->fail();
  impl_->file = FileId(-1);
  if (impl_->driver.failure) impl_->fail();
}

}  // namespace keratin::inline v0::saving
