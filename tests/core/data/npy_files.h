#pragma once

#include <string_view>

// Files that NumPy 2.4.6 wrote, byte for byte (numpy.save and numpy.lib.format.write_array).

namespace npy_files {

inline constexpr std::string_view float32_c(
    "\223NUMPY\001\000v\000{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }                              "
    "                            \012\000\000\000\000\000\000\200>\000\000\000\077\000\000@\077\000\000\200\077\000"
    "\000\240\077",
    152);

inline constexpr std::string_view float64_fortran(
    "\223NUMPY\001\000v\000{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3, 4), }                            "
    "                            \012\000\000\000\000\000\000\000\000\000\000\000\000\000\000(@\000\000\000\000\000"
    "\000\020@\000\000\000\000\000\0000@\000\000\000\000\000\000 @\000\000\000\000\000\0004@\000\000\000\000\000\000"
    "\360\077\000\000\000\000\000\000*@\000\000\000\000\000\000\024@\000\000\000\000\000\0001@\000\000\000\000\000"
    "\000\042@\000\000\000\000\000\0005@\000\000\000\000\000\000\000@\000\000\000\000\000\000,@\000\000\000\000\000"
    "\000\030@\000\000\000\000\000\0002@\000\000\000\000\000\000$@\000\000\000\000\000\0006@\000\000\000\000\000\000"
    "\010@\000\000\000\000\000\000.@\000\000\000\000\000\000\034@\000\000\000\000\000\0003@\000\000\000\000\000\000&"
    "@\000\000\000\000\000\0007@",
    320);

inline constexpr std::string_view int64_version2(
    "\223NUMPY\002\000t\000\000\000{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }                        "
    "                                  \012\001\000\000\000\000\000\000\000\376\377\377\377\377\377\377\377\001\000"
    "\000\000\000\000 \000",
    152);

inline constexpr std::string_view uint8_version3(
    "\223NUMPY\003\000t\000\000\000{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }                      "
    "                                  \012\000\377",
    130);

inline constexpr std::string_view bool_scalar(
    "\223NUMPY\001\000v\000{'descr': '|b1', 'fortran_order': False, 'shape': (), }                                  "
    "                            \012\001",
    129);

inline constexpr std::string_view float16_values(
    "\223NUMPY\001\000v\000{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }                                "
    "                            \012\000>\000\300\377{\001\000",
    136);

inline constexpr std::string_view complex64_values(
    "\223NUMPY\001\000v\000{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }                                "
    "                            \012\000\000\200\077\000\000\000@\000\000\000\200\000\000`\300",
    144);

inline constexpr std::string_view unicode_strings(
    "\223NUMPY\001\000v\000{'descr': '<U6', 'fortran_order': False, 'shape': (4,), }                                "
    "                            \012a\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\000Z\000\000\000\374\000\000\000r\000\000\000i\000\000\000c\000\000\000h\000\000\000\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\345e\000\000,g\000\000\000"
    "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000",
    224);

inline constexpr std::string_view byte_strings(
    "\223NUMPY\001\000v\000{'descr': '|S3', 'fortran_order': False, 'shape': (3,), }                                "
    "                            \012ab\000\000\000\000xyz",
    137);

inline constexpr std::string_view empty(
    "\223NUMPY\001\000v\000{'descr': '<i4', 'fortran_order': False, 'shape': (0, 3), }                              "
    "                            \012",
    128);

inline constexpr std::string_view big_endian(
    "\223NUMPY\001\000v\000{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }                                "
    "                            \012\077\200\000\000@\000\000\000",
    136);

inline constexpr std::string_view records(
    "\223NUMPY\001\000v\000{'descr': [('a', '<i4'), ('b', '<f4')], 'fortran_order': False, 'shape': (1,), }         "
    "                            \012\001\000\000\000\000\000\000@",
    136);

}  // namespace npy_files
