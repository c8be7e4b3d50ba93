#pragma once

/// Marks what the shared library exports; everything else has hidden visibility.
#if defined(KERATIN_STATIC)
#define KERATIN_API
#else
#define KERATIN_API __attribute__((visibility("default")))
#endif
