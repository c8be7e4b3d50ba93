#pragma once

#include <mutex>
#include <string>
#include <utility>

#include <hdf5.h>

namespace keratin::inline v0::saving {

/// HDF5 for this thread alone and without its messages on standard error, as long as it lives.
class Turn {
 public:
  Turn();
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// What failed first and innermost, in HDF5's words.
std::string hdf5_reason();

/// An object of HDF5's, closed at the end.
template <herr_t (*Close)(hid_t)>
class Id {
 public:
  explicit Id(hid_t id) noexcept : id_(id) {}
  ~Id() {
    if (id_ >= 0) Close(id_);
  }
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Id& operator=(Id&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  bool is_open() const noexcept { return id_ >= 0; }
  operator hid_t() const noexcept { return id_; }

 private:
  hid_t id_;
};
using FileId = Id<H5Fclose>;
using DatasetId = Id<H5Dclose>;
using TypeId = Id<H5Tclose>;
using SpaceId = Id<H5Sclose>;
using PropertiesId = Id<H5Pclose>;

}  // namespace keratin::inline v0::saving
