#include "saving/hdf5_ids.h"

#include <new>

namespace keratin::inline v0::saving {
namespace {

std::mutex& mutex() {
  static std::mutex one;
  return one;
}

}  // namespace

Turn::Turn() : lock_(mutex()) {
  H5open();
  H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Turn::~Turn() {
  H5Eclear2(H5E_DEFAULT);
  H5Eset_auto2(H5E_DEFAULT, print_, data_);
}

/// What failed first and innermost, in HDF5's words.
std::string hdf5_reason() {
  std::string text;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned number, const H5E_error2_t* error, void* to) -> herr_t {
        try {
          if (number == 0 && error->desc != nullptr) *static_cast<std::string*>(to) = error->desc;
        } catch (const std::bad_alloc&) {  // then without a reason, as nothing may be thrown through HDF5
        }
        return 0;
      },
      &text);
  return text.empty() ? "HDF5 gives no reason" : text;
}

}  // namespace keratin::inline v0::saving
