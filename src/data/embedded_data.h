#pragma once

#include <cstddef>
#include <span>

/// The data sets that ship inside the library, tables packed by gzip, byte for byte as in src/data/files, whose
/// README.md names sources and terms. The build generates the definitions.
namespace keratin::inline v0::datasets_data {

/// 1797 rows: 64 pixels 0–16, then the label; no header.
std::span<const std::byte> digits_csv_gz() noexcept;
/// `178,13,` and class names, then rows of 13 values and the class.
std::span<const std::byte> wine_data_csv_gz() noexcept;
/// `150,4,` and class names, then rows of 4 values and the class.
std::span<const std::byte> iris_csv_gz() noexcept;
/// Header, then 309 rows `year,number`.
std::span<const std::byte> sunspots_csv_gz() noexcept;
/// Header, then 2284 rows `yyyymmdd,ppm`; ppm empty where missing.
std::span<const std::byte> co2_csv_gz() noexcept;

}  // namespace keratin::inline v0::datasets_data
