#include <string>

#include "keratin/training/model.h"
#include "training/live_model.h"

namespace keratin::inline v0 {

std::string Model::explain_traces() const {
  const training::LiveModel& model = live();
  std::string text = "Steps of the model '" + model.name() + "':\n";
  for (const auto& [what, function] :
       {std::pair("train", &model.train()), std::pair("test", &model.test()), std::pair("predict", &model.predict())})
    text += *function == nullptr ? std::string("The ") + what + " step has not run yet.\n" : (*function)->explain();
  if (model.stream() != nullptr) text += model.stream()->explain();
  return text;
}

}  // namespace keratin::inline v0
