import { createHash } from 'node:crypto'

/**
 * Bytes that look random and are the same for a token each time its file is made.
 * @param purpose gives each detail of a file its own bytes.
 * @param length 64 at most.
 */
export function bytesFor(secret: string, purpose: string, length: number): Buffer {
  return createHash('sha512').update(`${purpose} ${secret}`).digest().subarray(0, length)
}
