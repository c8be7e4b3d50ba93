#pragma once

#include <cstdint>
#include <source_location>
#include <vector>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/session/session.h"
#include "keratin/training/custom.h"
#include "keratin/training/model.h"

namespace keratin::inline v0 {

/// The model that Model::get_config (or Keras's) describes, with new weights and not compiled. Nothing is left where
/// it fails. Throws ValueError naming layer and option for what can't be made. `keras.Model.from_config`.
KERATIN_API Model model_from_config(Session& session, const Config& config,
                                    const std::vector<CustomObject>& custom_objects = {},
                                    std::source_location where = std::source_location::current());

/// A model of the same layers with new weights, in the same session or in another one, and not compiled. Classes and
/// functions of the user's are to be given. Throws ValueError, naming the layer, for what has no description.
/// `keras.models.clone_model`.
KERATIN_API Model clone_model(const Model& model, const std::vector<CustomObject>& custom_objects = {},
                              std::source_location where = std::source_location::current());
KERATIN_API Model clone_model(const Model& model, Session& session,
                              const std::vector<CustomObject>& custom_objects = {},
                              std::source_location where = std::source_location::current());

/// A model of the same layers with the same weights (copied, not shared), not compiled, whose states have other rows.
/// Of a model without stateful layers all recurrent ones become stateful; else those that are stay so. To take over
/// newer weights: `copy.set_weights(model.get_weights())`. Throws ValueError for a model without recurrent layers, and
/// what clone_model throws.
KERATIN_API Model stateful_copy(const Model& model, std::int64_t batch_size,
                                const std::vector<CustomObject>& custom_objects = {},
                                std::source_location where = std::source_location::current());
/// The same without states, for batches of any size.
KERATIN_API Model stateless_copy(const Model& model, const std::vector<CustomObject>& custom_objects = {},
                                 std::source_location where = std::source_location::current());

}  // namespace keratin::inline v0
