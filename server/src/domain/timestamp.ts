const ISO_8601 =
  /^(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9})\d*)?)?\s*(?:(Z|UTC|GMT|\(UTC\))|([+-])(\d{2})(?::?(\d{2}))?)?$/i
const EPOCH = /^-?\d{1,20}(?:\.\d{1,9})?$/

/** Nothing that EvilTwin's sensors run on existed before; a clock that says so is not set. */
const EARLIEST = '2000-01-01T00:00:00.000000Z'
/** A sensor's clock may run ahead by this much before its word is doubted. */
const MAX_CLOCK_SKEW_MS = 24 * 3_600_000

/** The instant `ms` milliseconds after the epoch, as RFC 3339 in UTC with six fractional digits. */
export function timestampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`
}

/** Milliseconds since the epoch of a timestamp in our own spelling. */
export function millisecondsOf(timestamp: string): number {
  return Date.parse(timestamp)
}

/**
 * Reads the time formats of the sensors: ISO 8601, extended or basic, with or without zone (none means UTC), `T` or a space, up to
 * nanoseconds; or epoch seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude, as number or text.
 * @returns RFC 3339 in UTC with six fractional digits (finer ones are cut), or `null`.
 */
export function parseTimestamp(value: unknown): string | null {
  if (typeof value === 'number') return fromEpoch(value)
  if (typeof value !== 'string') return null
  const text = value.trim()
  const match = ISO_8601.exec(text)
  if (!match) return EPOCH.test(text) ? fromEpoch(Number(text)) : null
  const [, year, month, day, hour, minute, second = '0', fraction = '', , sign, zoneHour, zoneMinute = '0'] =
    match
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60) return null
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day))
  // Date.UTC rolls 30 February over into March; such a date is a mistake, not March.
  if (new Date(midnight).getUTCDate() !== Number(day) || Number(month) > 12 || Number(year) < 100) return null
  const offset = sign ? (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1) : 0
  const seconds = Number(hour) * 3600 + (Number(minute) - offset) * 60 + Number(second)
  const date = new Date(midnight + seconds * 1000)
  return `${date.toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}

function fromEpoch(value: number): string | null {
  const magnitude = Math.abs(value)
  const microseconds =
    magnitude >= 1e17
      ? value / 1e3
      : magnitude >= 1e14
        ? value
        : magnitude >= 1e11
          ? value * 1e3
          : value * 1e6
  const whole = Math.round(microseconds)
  const ms = Math.floor(whole / 1000)
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return null
  const iso = new Date(ms).toISOString()
  // Years outside 0..9999 have a sign and more digits, which breaks "text order is time order".
  return iso.length === 24 ? `${iso.slice(0, -1)}${String(whole - ms * 1000).padStart(3, '0')}Z` : null
}

/** Whether a sensor may honestly claim this time for something received at `receivedAt`. */
export function isPlausible(occurredAt: string, receivedAt: string): boolean {
  return occurredAt >= EARLIEST && occurredAt <= latestFor(receivedAt)
}

/** The last answer: all records of a request were received at the same time. */
let latest = { receivedAt: '', text: '' }

function latestFor(receivedAt: string): string {
  if (latest.receivedAt !== receivedAt)
    latest = { receivedAt, text: timestampOf(millisecondsOf(receivedAt) + MAX_CLOCK_SKEW_MS) }
  return latest.text
}
