import { InvalidInputError } from '../errors.js'

/** A place in a list, by the sort keys of the last row seen (keyset pagination). Opaque to callers. */
export function encodeCursor(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url')
}

/**
 * @param shape what the keys must look like, one pattern a key.
 * @throws {InvalidInputError} for anything that `encodeCursor` did not make.
 */
export function decodeCursor(cursor: string, shape: readonly RegExp[]): string[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(keys) && keys.length === shape.length) {
      const texts = keys.map(String)
      if (texts.every((text, index) => shape[index]?.test(text))) return texts
    }
  } catch {
    // Reported below, like every other cursor that is not ours.
  }
  throw new InvalidInputError('the cursor is not one that this server gave out', [
    { pointer: '/cursor', message: 'use `next_cursor` of the page before, unchanged' },
  ])
}

/** Shapes of the keys that our lists are sorted by. */
export const KEY = {
  timestamp: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  number: /^-?\d+(?:\.\d+)?(?:e-?\d+)?$/,
  ip: /^[0-9a-f.:]{2,45}$/,
} as const

/** Cuts the one row that was read too many, which tells that there is a next page. */
export function pageFrom<Row>(
  rows: Row[],
  limit: number,
  keysOf: (row: Row) => readonly (string | number)[],
): { items: Row[]; next_cursor: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next_cursor: rows.length > limit && last ? encodeCursor(keysOf(last)) : null }
}
