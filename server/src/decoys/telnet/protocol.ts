/** Commands and options of Telnet (RFC 854, 857, 858, 1073). */
export const IAC = 255
export const DONT = 254
export const DO = 253
export const WONT = 252
export const WILL = 251
export const SB = 250
export const SE = 240
export const ECHO = 1
export const SUPPRESS_GO_AHEAD = 3
export const WINDOW_SIZE = 31
export const ARE_YOU_THERE = 246

/** Commands that stand for a key (RFC 854; RFC 1184 for the end of a file), and its byte. */
export const KEYS: ReadonlyMap<number, number> = new Map([
  // Break and interrupt process: Ctrl-C.
  [243, 3],
  [244, 3],
  // Erase character, and erase line.
  [247, 127],
  [248, 21],
  // End of file: Ctrl-D.
  [236, 4],
])

/** What a server says first: it echoes, and each character is sent by itself. */
export const OFFER = Buffer.from([IAC, WILL, ECHO, IAC, WILL, SUPPRESS_GO_AHEAD, IAC, DO, WINDOW_SIZE])

/** Bytes of a terminal, of which each 255 is sent twice. */
export function telnetOutput(bytes: Buffer): Buffer {
  if (!bytes.includes(IAC)) return bytes
  return Buffer.from(bytes.toString('latin1').replaceAll('\xff', '\xff\xff'), 'latin1')
}
