import { isUtf8 } from 'node:buffer'

/** What a client sent, as text: UTF-8 where it is that, else every byte that is not printable ASCII as `\xNN`. */
export function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  return bytes.toString('latin1').replaceAll(/[^\x20-\x7e\t\r\n]/g, escaped)
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
