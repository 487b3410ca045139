import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** What an attack of the platform itself is made for: its marker is good there, then and once. */
export interface MarkedAttack {
  /** The sensor that is expected to report it. */
  sensor_id: string
  /** From when on it is expected, in milliseconds since the epoch. */
  opens_at: number
  /** Random, of 16 bytes. */
  nonce: Buffer
}

/** How every marker begins; what looks like one is looked at more closely. */
export const MARKER_PREFIX = 'evtw'
/** Characters of RFC 4648 base 32 behind the prefix: 160 bits. */
const DIGITS = 32
const MARKER = new RegExp(`${MARKER_PREFIX}[a-z2-7]{${DIGITS}}`, 'g')
/** More in one text prove nothing that the first ones do not. */
const MAX_MARKERS = 16

/** Makes and checks markers under a key of this installation. */
export interface Markers {
  /**
   * HMAC-SHA-256 (RFC 2104) over sensor, time and nonce, its first 160 bits in base 32: lower-case letters and digits alone, which survive
   * a user name, a password, a header, a file name and a command.
   */
  of(attack: MarkedAttack): string
  /** Whether a text has the marker of this attack. */
  isIn(text: string, attack: MarkedAttack): boolean
}

/** @param secretKey SECRET_KEY, which all replicas share; the key of markers is derived from it (HKDF, RFC 5869) for this purpose alone. */
export function createMarkers(secretKey: string): Markers {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', 'eviltwin synthetic marker v1', 32))
  const of = ({ sensor_id, opens_at, nonce }: MarkedAttack): string => {
    const content = `${sensor_id.length} ${sensor_id}\n${opens_at}\n${nonce.toString('hex')}`
    return MARKER_PREFIX + base32(createHmac('sha256', key).update(content).digest().subarray(0, 20))
  }
  return {
    of,
    isIn(text, attack) {
      const found = markersIn(text)
      if (found.length === 0) return false
      const expected = Buffer.from(of(attack))
      return found.some((marker) => timingSafeEqual(Buffer.from(marker), expected))
    },
  }
}

/** What looks like a marker in a text, at most 16 of them, whether any of them is good or not. */
export function markersIn(text: string): string[] {
  if (!text.includes(MARKER_PREFIX)) return []
  return [...new Set(text.match(MARKER) ?? [])].slice(0, MAX_MARKERS)
}

/** SHA-256 of a marker, as it is stored. */
export function markerDigest(marker: string): Buffer {
  return createHash('sha256').update(marker).digest()
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 base 32 in lower case; of a multiple of 5 bytes, so that nothing is padded. */
function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET[(value >> bits) & 31]
    }
  }
  return text
}
