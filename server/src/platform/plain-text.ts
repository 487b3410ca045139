/** Line breaks, control characters, and the format characters that reorder or hide text. */
const NOT_PLAIN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu

/** What an attacker wrote, on one line that no terminal, mail header or chat obeys. */
export function onOneLine(text: string): string {
  return text.replaceAll(NOT_PLAIN, ' ').trim()
}
