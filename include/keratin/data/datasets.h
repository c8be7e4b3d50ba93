#pragma once

#include <cstdint>

#include "keratin/core/export.h"
#include "keratin/data/examples.h"
#include "keratin/data/series.h"

/// Real data that ships inside the library.
namespace keratin::inline v0::datasets {

/// How rows are divided into a part to train with and one to test with.
struct SplitOptions {
  std::uint64_t seed = 0;  ///< of the order of the rows
  double test_share = 0.2;
};

// Each throws ValueError for a test_share that does not lie strictly between 0 and 1.

/// 1797 handwritten digits of 8×8 grey levels 0–16: x (n, 64) float32, y (n,) int32. Shuffled with a fixed seed and
/// split 80/20 (the file is ordered by writer). E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository,
/// doi:10.24432/C50P49, CC BY 4.0.
KERATIN_API Split digits(SplitOptions options = {});

/// 150 iris flowers of three species: x (n, 4) float32, sepal length and width, petal length and width in cm; y (n,)
/// int32, 0 setosa, 1 versicolor, 2 virginica. Shuffled; train and test hold the species in the same shares. R. A.
/// Fisher, 1936, UCI Machine Learning Repository, doi:10.24432/C56C76, CC BY 4.0.
KERATIN_API Split iris(SplitOptions options = {});

/// 178 wines of three growers: x (n, 13) float32, chemical measurements as they are (alcohol … proline, of very
/// different sizes); y (n,) int32, the grower. Shuffled; train and test hold the growers in the same shares. S.
/// Aeberhard and M. Forina, 1992, UCI Machine Learning Repository, doi:10.24432/C5PC7J, CC BY 4.0.
KERATIN_API Split wine(SplitOptions options = {});

/// The sunspot number of each year from 1700 to 2008: 309 values, their index the year (int32). NOAA, National
/// Geophysical Data Center, public domain.
KERATIN_API Series sunspots();

/// Atmospheric CO2 at Mauna Loa in parts per million, week by week: 2284 values, their index the date as the number
/// yyyymmdd (int32). Weeks without a measurement are NaN; see Series::interpolated. C. D. Keeling and T. P. Whorf,
/// Carbon Dioxide Information Analysis Center, public domain.
KERATIN_API Series co2();

}  // namespace keratin::inline v0::datasets
