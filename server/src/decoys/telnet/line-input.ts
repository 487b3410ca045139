/** What a client typed, in order. */
export type Typed =
  | { kind: 'line'; line: string }
  | { kind: 'echo'; text: string }
  | { kind: 'end' }
  | { kind: 'interrupt' }

/** Bytes of a line; what is beyond is dropped. */
const MAX_LINE = 4_096

/** Makes lines of bytes: CR LF, CR NUL, CR and LF end one (RFC 854); backspace erases. Lines are UTF-8, with U+FFFD for what is none. */
export function createLineInput(): { take(bytes: Buffer): Typed[] } {
  let line: number[] = []
  let isAfterReturn = false

  function control(byte: number): Typed[] {
    if (byte === 13 || byte === 10) {
      const text = Buffer.from(line).toString('utf8')
      line = []
      return [
        { kind: 'echo', text: '\r\n' },
        { kind: 'line', line: text },
      ]
    }
    if (byte === 3) {
      line = []
      return [{ kind: 'echo', text: '^C\r\n' }, { kind: 'interrupt' }]
    }
    if (byte === 4) return line.length === 0 ? [{ kind: 'end' }] : []
    if (byte === 8 || byte === 127) return line.pop() === undefined ? [] : [{ kind: 'echo', text: '\b \b' }]
    return []
  }

  return {
    take(bytes) {
      const typed: Typed[] = []
      for (const byte of bytes) {
        const isSecond = isAfterReturn && (byte === 10 || byte === 0)
        isAfterReturn = byte === 13
        if (isSecond) continue
        if (byte < 32 || byte === 127) typed.push(...control(byte))
        else if (line.length < MAX_LINE) {
          line.push(byte)
          typed.push({ kind: 'echo', text: String.fromCharCode(byte) })
        }
      }
      return typed
    },
  }
}
