import { fileTypeFromBuffer } from 'file-type'

/** Bytes at the beginning of a file that its type is read from. */
export const TYPE_BYTES = 4100

/** Text beyond this share of control characters is none. */
const MAX_CONTROL_SHARE = 0.02
const UNKNOWN = 'application/octet-stream'
const SCRIPTS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^#!.*\b(?:ba|da|k|z|a)?sh\b/, 'text/x-shellscript'],
  [/^#!.*\bpython/, 'text/x-python'],
  [/^#!.*\bperl/, 'text/x-perl'],
  [/^<\?php/, 'text/x-php'],
  [/^\s*<(?:!doctype html|html)/i, 'text/html'],
]

/**
 * The media type of a file by its first bytes (npm `file-type`, then what scripts begin with). Names and declared types are the attacker's
 * word, and are not looked at. @param beginning at most {@link TYPE_BYTES} of it.
 */
export async function typeOf(beginning: Buffer): Promise<string> {
  if (beginning.length === 0) return 'application/x-empty'
  // Parsers of formats meet hostile bytes: one that fails knows no type.
  const known = await fileTypeFromBuffer(beginning).catch(() => undefined)
  if (known) return known.mime
  const text = beginning.toString('latin1')
  const script = SCRIPTS.find(([pattern]) => pattern.test(text))
  if (script) return script[1]
  return isText(beginning) ? 'text/plain' : UNKNOWN
}

function isText(bytes: Buffer): boolean {
  const controls = bytes.reduce((count, byte) => count + Number(isControl(byte)), 0)
  return !bytes.includes(0) && controls <= bytes.length * MAX_CONTROL_SHARE
}

/** But tab, line feed, carriage return and escape, which texts and scripts have. */
function isControl(byte: number): boolean {
  return (byte < 0x20 && ![0x09, 0x0a, 0x0d, 0x1b].includes(byte)) || byte === 0x7f
}
