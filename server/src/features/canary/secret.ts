import { createHash, randomBytes } from 'node:crypto'

/** 130 bits; base 36 in lower case, since some clients change the case of a path. */
const SECRET_BYTES = 17
const SECRET = /^[0-9a-z]{20,40}$/

/** The part of a token's URL or name that nobody guesses. */
export function newSecret(): string {
  return BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`).toString(36)
}

/** Whether it may be a secret: strangers try paths and names of every kind. */
export function looksLikeSecret(text: string): boolean {
  return SECRET.test(text)
}

/** SHA-256, by which a token is found. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
