/**
 * Inside the shell, text is a string whose characters are bytes (0 to 255): attackers write binaries with `echo -e`, and no byte
 * of them may change on its way into a file.
 */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** What a terminal shows of bytes: UTF-8, with U+FFFD for what is none. */
export function toText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

export function toBuffer(bytes: string): Buffer {
  return Buffer.from(bytes, 'latin1')
}

/** The same text, well-formed, with memory of its own: a part of a text keeps the whole of it. */
export function detached(text: string): string {
  return Buffer.from(text).toString()
}
