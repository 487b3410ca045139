import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits, in base64url. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What the store keeps of a token. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
