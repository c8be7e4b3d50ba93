# Writes INPUT's bytes as a C++ file, OUTPUT, which defines SYMBOL(). Run by keratin_embed.
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"

namespace {
constexpr unsigned char bytes[] = {${bytes}};
}

std::span<const std::byte> ${SYMBOL}() noexcept { return std::as_bytes(std::span(bytes)); }
")
