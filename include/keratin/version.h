#pragma once

// The version's one place: the build reads it from here.
// NOLINTBEGIN(modernize-macro-to-enum): for #if
#define KERATIN_VERSION_MAJOR 0
#define KERATIN_VERSION_MINOR 1
#define KERATIN_VERSION_PATCH 0
// NOLINTEND(modernize-macro-to-enum)

/// The version as text.
#define KERATIN_VERSION "0.1.0"
/// The version as one number that compares: major × 10000 + minor × 100 + patch.
#define KERATIN_VERSION_NUMBER (KERATIN_VERSION_MAJOR * 10000 + KERATIN_VERSION_MINOR * 100 + KERATIN_VERSION_PATCH)
