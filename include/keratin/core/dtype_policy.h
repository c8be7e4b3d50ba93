#pragma once

#include <string_view>

#include "keratin/core/config.h"
#include "keratin/core/dtype.h"
#include "keratin/core/export.h"
#include "keratin/core/spec.h"

namespace keratin::inline v0 {

namespace detail {
/// What only a DTypePolicy's name decides: it has no object.
struct NamedPolicy {
  virtual ~NamedPolicy() = default;
};
}  // namespace detail

/// Names that `keras.dtype_policies.get` takes.
inline constexpr std::string_view dtype_policy_names[] = {"float32",  "float64",       "float16",
                                                          "bfloat16", "mixed_float16", "mixed_bfloat16"};

/// What a layer computes in and what its weights are kept in: the same dtype, or, for a mixed policy, float16 or
/// bfloat16 and float32. Empty: that of the layer around it, or the session's. `keras.DTypePolicy`.
class KERATIN_API DTypePolicy : public Spec<detail::NamedPolicy> {
 public:
  constexpr DTypePolicy() noexcept = default;
  KERATIN_SPEC_NAMES(DTypePolicy, dtype_policy_names, "a dtype policy")

  DType compute_dtype() const;
  DType variable_dtype() const;
  /// Keras's description, an object of the class DTypePolicy.
  ConfigValue config() const;
  /// Of an object, of a name as older files have it, or None (empty). Throws ValueError for other policies.
  static DTypePolicy from_config(const ConfigValue& config);
};

}  // namespace keratin::inline v0
