#include "keratin/training/callbacks/loggers.h"

namespace keratin::inline v0::callbacks {

void History::on_train_begin() { history_.forget_epochs(); }

void History::on_epoch_end(std::int64_t epoch, const Logs& logs) { history_.add(epoch, logs); }

}  // namespace keratin::inline v0::callbacks
