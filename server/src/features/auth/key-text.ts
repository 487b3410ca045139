import { hash } from 'node:crypto'

/** Keys are 256 random bits: a plain hash cannot be reversed, and a slow one would only cost us (docs/decisions/0007). */
export function hashOf(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}

/** The part of a key that may be shown: enough to tell keys apart, at most a third of a short one. */
export function prefixOf(key: string): string {
  return key.slice(0, Math.min(7, Math.floor(key.length / 3)))
}

/** The same of a key that is not known to be ours: whoever sends it chooses its characters. */
export function shownPrefixOf(key: string): string {
  return prefixOf(key).replace(/[^\w-]/g, '?')
}
