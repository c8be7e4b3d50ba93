#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keratin/core/config.h"
#include "keratin/core/export.h"
#include "keratin/training/logs.h"

namespace keratin::inline v0::callbacks {

/// "loss, accuracy": what a warning says the logs have.
std::string names_of(const Logs& logs);
/// Prints "\nEpoch 3: …" for a callback with verbose=1; epochs count from 1.
KERATIN_API void print_epoch(std::int64_t epoch, const std::string& message);
/// A number that a state may lack.
KERATIN_API ConfigValue or_none(const std::optional<double>& value);
KERATIN_API std::optional<double> optional_number(const Config& config, const char* name);

}  // namespace keratin::inline v0::callbacks
