#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/core/export.h"
#include "keratin/session/session.h"
#include "keratin/training/custom.h"
#include "keratin/training/model.h"

namespace keratin::inline v0 {

/// The same as model.save(). `keras.saving.save_model`.
KERATIN_API void save_model(const Model& model, const std::string& path, const SaveOptions& options = {});

/// The model that Model::to_json (or Keras's) describes, with new weights, and compiled as it says. What can't be
/// restored of that leaves it uncompiled, with one warning. Throws FileError for text that is no JSON or describes no
/// model, and ValueError naming layer and option for what can't be made. `keras.models.model_from_json`.
KERATIN_API Model model_from_json(Session& session, std::string_view json_string,
                                  const std::vector<CustomObject>& custom_objects = {},
                                  std::source_location where = std::source_location::current());

}  // namespace keratin::inline v0
