#include "saving/hdf5_driver.h"

#include <algorithm>
#include <cstring>
#include <exception>

// Where a driver's table is declared depends on HDF5's version.
#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

namespace keratin::inline v0::saving {
namespace {

/// What an access property list carries; HDF5 copies its bytes.
struct Info {
  DriverFile* file;
};

struct OpenFile {
  H5FD_t base;  ///< HDF5's own part, which comes first
  DriverFile* bytes;
  haddr_t end;  ///< of what HDF5 takes to be in use
};

OpenFile& of(H5FD_t* file) { return *reinterpret_cast<OpenFile*>(file); }
const OpenFile& of(const H5FD_t* file) { return *reinterpret_cast<const OpenFile*>(file); }

H5FD_t* open(const char* /*name*/, unsigned flags, hid_t access, haddr_t /*largest*/) {
  const auto* const info = static_cast<const Info*>(H5Pget_driver_info(access));
  if (info == nullptr || ((flags & H5F_ACC_RDWR) != 0) != (info->file->output != nullptr)) return nullptr;
  try {
    auto* const file = new OpenFile{};
    file->bytes = info->file;
    return &file->base;
  } catch (...) {  // which HDF5 would take for a file that can't be opened
    info->file->failure = std::current_exception();
    return nullptr;
  }
}

herr_t close(H5FD_t* file) {
  delete &of(file);
  return 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_DATA_SIEVE;
  return 0;
}

haddr_t get_eoa(const H5FD_t* file, H5FD_mem_t /*type*/) { return of(file).end; }

herr_t set_eoa(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t end) {
  of(file).end = end;
  return 0;
}

haddr_t get_eof(const H5FD_t* file, H5FD_mem_t /*type*/) {
  const DriverFile& bytes = *of(file).bytes;
  return bytes.output != nullptr ? bytes.output->size() : bytes.input->size();
}

/// Does what may throw, and keeps it.
template <class F>
herr_t kept(H5FD_t* file, const F& action) {
  DriverFile& bytes = *of(file).bytes;
  try {
    action(bytes);
    return 0;
  } catch (...) {
    bytes.failure = std::current_exception();
    return -1;
  }
}

herr_t read(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address, std::size_t size, void* to) {
  return kept(file, [&](DriverFile& bytes) {
    if (bytes.output != nullptr) return bytes.output->read(address, to, size);
    bytes.input->read(address, to, size);
  });
}

herr_t write(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address, std::size_t size,
             const void* from) {
  DriverFile& bytes = *of(file).bytes;
  if (bytes.output == nullptr) return -1;
  if (bytes.drops_writes || bytes.failure) return 0;
  kept(file, [&](DriverFile& to) { to.output->write(address, from, size); });
  return 0;
}

/// A file is as long as what is in use of it, as readers expect, also where its end was never written.
herr_t truncate(H5FD_t* file, hid_t /*transfer*/, hbool_t /*closing*/) {
  const char zero = 0;
  const RandomOutput* const output = of(file).bytes->output;
  const bool is_short = output != nullptr && output->size() < of(file).end;
  return is_short ? write(file, H5FD_MEM_DRAW, H5P_DEFAULT, of(file).end - 1, 1, &zero) : 0;
}

H5FD_class_t table() {
  H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(600);  // HDF5 leaves 512 and above to its users
#endif
  driver.name = "keratin";
  driver.maxaddr = HADDR_MAX;
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(Info);
  driver.open = open;
  driver.close = close;
  driver.query = query;
  driver.get_eoa = get_eoa;
  driver.set_eoa = set_eoa;
  driver.get_eof = get_eof;
  driver.read = read;
  driver.write = write;
  driver.truncate = truncate;
  std::fill(std::begin(driver.fl_map), std::end(driver.fl_map), H5FD_MEM_SUPER);
  return driver;
}

}  // namespace

RandomOutput::~RandomOutput() = default;

hid_t access_through(DriverFile& file) {
  static const H5FD_class_t driver = table();
  static hid_t id = -1;
  if (H5Iget_type(id) != H5I_VFL) id = H5FDregister(&driver);  // again after a host's H5close()
  const hid_t access = id < 0 ? id : H5Pcreate(H5P_FILE_ACCESS);
  if (access < 0) return access;
  const Info info{&file};
  if (H5Pset_driver(access, id, &info) < 0) {
    H5Pclose(access);
    return -1;
  }
  return access;
}

}  // namespace keratin::inline v0::saving
