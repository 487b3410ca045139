import { createHmac, timingSafeEqual } from 'node:crypto'

const SIGNATURE = /^sha256=([0-9a-f]{64})$/i

/** HMAC-SHA256 (RFC 2104) over the body's own bytes, as `sha256=<hex>`. */
export function signatureOf(body: Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

/** Compares in constant time. */
export function isSignedBy(secret: string, body: Uint8Array, signature: string | undefined): boolean {
  const claimed = SIGNATURE.exec(signature ?? '')?.[1]
  if (claimed === undefined) return false
  const expected = createHmac('sha256', secret).update(body).digest()
  return timingSafeEqual(Buffer.from(claimed, 'hex'), expected)
}
