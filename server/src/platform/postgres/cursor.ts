import { canonicalIp } from '../../domain/ip-address.js'
import { InvalidInputError } from '../errors.js'

/** A place in a list, by the sort keys of the last row seen (keyset pagination). Opaque to callers. */
export function encodeCursor(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url')
}

/**
 * @param shape what the keys must look like, one a key.
 * @throws {InvalidInputError} for anything that `encodeCursor` did not make.
 */
export function decodeCursor(cursor: string, shape: readonly KeyShape[]): string[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(keys) && keys.length === shape.length) {
      const texts = keys.map(String)
      if (texts.every((text, index) => shape[index]?.test(text))) return texts
    }
  } catch {
    // Reported below, like every other cursor that is not ours.
  }
  throw new InvalidInputError(
    'the cursor is not valid; send next_cursor of the previous page, or no cursor',
    [{ pointer: '/cursor', message: 'use `next_cursor` of the page before, unchanged' }],
  )
}

/** What the text of a sort key must look like, so that PostgreSQL reads it, too: a cursor may be forged. */
export interface KeyShape {
  test(text: string): boolean
}

const TIMESTAMP = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/
const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?(?:e-\d{1,2})?$/
/** Well within `real`, whose bounds PostgreSQL enforces in both directions. */
const SMALLEST = 1e-30
const LARGEST = 1e30

/** Shapes of the keys that our lists are sorted by. */
export const KEY = {
  timestamp: { test: (text: string) => TIMESTAMP.test(text) && isOnTheCalendar(text) },
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /** A bigint. */
  integer: /^-?\d{1,18}$/,
  /** A real. */
  number: { test: (text: string) => NUMBER.test(text) && isReal(text) },
  ip: { test: (text: string) => canonicalIp(text) !== null },
} as const satisfies Record<string, KeyShape>

/** `Date` carries a 31st of February over into March. */
function isOnTheCalendar(timestamp: string): boolean {
  const toMilliseconds = timestamp.slice(0, 23)
  const time = Date.parse(`${toMilliseconds}Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(toMilliseconds)
}

function isReal(text: string): boolean {
  const size = Math.abs(Number(text))
  return size === 0 ? /^[-0.]+$/.test(text) : size >= SMALLEST && size <= LARGEST
}

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
