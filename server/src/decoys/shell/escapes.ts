/** Escapes of `$'...'` (bash), of `echo -e` and of the format of `printf` (XCU `printf`). */
const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** `quotes`: `$'...'`. `echo`: octal begins with `\0`. `printf`: octal begins with any digit. */
export type EscapeKind = 'quotes' | 'echo' | 'printf'

const ESCAPE =
  /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(0[0-7]{0,3})|([1-7][0-7]{0,2})|(c)|([\s\S]))/g

/**
 * Replaces escapes in a string of bytes.
 * @returns the text, and whether `\c` ended it.
 */
export function unescaped(text: string, kind: EscapeKind): { text: string; isEnd: boolean } {
  let end = -1
  const replaced = text.replace(
    ESCAPE,
    // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one escape of the grammar
    (written, hex, short, long, zero, octal, stop, letter, offset: number) => {
      if (end !== -1) return ''
      if (hex !== undefined) return byte(Number.parseInt(hex, 16))
      if (short !== undefined || long !== undefined) return utf8(Number.parseInt(short ?? long, 16))
      if (zero !== undefined) return octalByte(zero, kind)
      if (octal !== undefined) return kind === 'echo' ? written : byte(Number.parseInt(octal, 8))
      if (stop !== undefined) {
        if (kind === 'quotes') return written
        end = offset
        return ''
      }
      if (LETTERS[letter] !== undefined) return LETTERS[letter]
      if (kind !== 'echo' && (letter === '"' || letter === "'" || letter === '?')) return letter
      return written
    },
  )
  if (end === -1) return { text: replaced, isEnd: false }
  return { text: unescaped(text.slice(0, end), kind).text, isEnd: true }
}

/** `echo` has `\0nnn`; elsewhere three digits are all, and what is left is text. */
function octalByte(digits: string, kind: EscapeKind): string {
  if (kind === 'echo' || digits.length <= 3) return byte(Number.parseInt(digits, 8))
  return byte(Number.parseInt(digits.slice(0, 3), 8)) + digits.slice(3)
}

function byte(value: number): string {
  return String.fromCharCode(value & 0xff)
}

function utf8(codePoint: number): string {
  const isValid = codePoint <= 0x10_ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff)
  return Buffer.from(isValid ? String.fromCodePoint(codePoint) : '\ufffd', 'utf8').toString('latin1')
}
