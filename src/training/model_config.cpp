#include "training/model_config.h"

#include <utility>

#include "core/custom_scope.h"
#include "keratin/training/model_config.h"
#include "session/core.h"

namespace keratin::inline v0 {
namespace training {

std::unique_ptr<LiveModel> described_model(const Config& config) {
  auto model = std::make_unique<LiveModel>(layers::Network::from_config(config));
  model->take_common(config);
  return model;
}

Model adopted_model(session::Core& core, std::unique_ptr<LiveModel> model, SourceLine where,
                    const std::function<void(LiveModel&)>& prepare) {
  LiveModel& live = *model;
  core.adopt(std::move(model), nullptr, where);
  try {
    prepare(live);
    return live.handle();
  } catch (...) {
    core.remove(live, "an exception while it was made");
    throw;
  }
}

namespace {

Model made(session::Core& core, const Config& config, const std::vector<CustomObject>& custom_objects,
           std::source_location where) {
  const session::Core::Entry entry(core);
  const core::CustomScope scope(custom_objects);
  return adopted_model(core, described_model(config), where, [](LiveModel&) {});
}

}  // namespace
}  // namespace training

Model model_from_config(Session& session, const Config& config, const std::vector<CustomObject>& custom_objects,
                        std::source_location where) {
  return training::made(*session::Inner::core(session), config, custom_objects, where);
}

Model clone_model(const Model& model, const std::vector<CustomObject>& custom_objects, std::source_location where) {
  return training::made(training::LiveModel::of(model).core(), model.get_config(), custom_objects, where);
}

Model clone_model(const Model& model, Session& session, const std::vector<CustomObject>& custom_objects,
                  std::source_location where) {
  return training::made(*session::Inner::core(session), model.get_config(), custom_objects, where);
}

}  // namespace keratin::inline v0
