#pragma once

// KERATIN_SANITIZED: the build has a sanitizer that keeps shadow memory, so that resident memory, limits of address
// space and the heap's own functions are not what they are without.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KERATIN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KERATIN_SANITIZED 1
#endif
#endif

namespace keratin::test {

#if defined(KERATIN_SANITIZED)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace keratin::test
