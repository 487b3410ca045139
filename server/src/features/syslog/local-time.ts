/** Turns a date and time of a zone into milliseconds since the epoch. @param utc the same figures, read as UTC. */
export type FromLocalTime = (utc: number) => number

/** @param zone an IANA name, such as `Europe/Berlin`. @throws {RangeError} for a zone that is unknown. */
export function localTimeOf(zone: string): FromLocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  /** How far local time is ahead of UTC at an instant. */
  const offsetAt = (instant: number): number => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    )
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000
  }
  // The offset of the second guess holds also close to a change of the clocks.
  return (utc) => utc - offsetAt(utc - offsetAt(utc))
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A date and time as RFC 3164 has them. */
export interface YearlessTime {
  /** Three letters of an English name. */
  month: string
  day: number
  hour: number
  minute: number
  second: number
  /** Milliseconds. */
  fraction: number
}

/**
 * The instant of a date without a year: of the years around `now` the one that comes closest to it.
 * @returns milliseconds since the epoch; null where there is no such date, as 31 February.
 */
export function nearestTo(now: number, time: YearlessTime, fromLocal: FromLocalTime): number | null {
  const { day, hour, minute, second, fraction } = time
  const month = MONTHS.indexOf(time.month.toLowerCase())
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return null
  const year = new Date(now).getUTCFullYear()
  const candidates = [year - 1, year, year + 1]
    .map((each) => Date.UTC(each, month, day))
    .filter((midnight) => new Date(midnight).getUTCDate() === day)
    .map((midnight) => fromLocal(midnight + ((hour * 60 + minute) * 60 + second) * 1000) + fraction)
  return candidates.toSorted((a, b) => Math.abs(a - now) - Math.abs(b - now))[0] ?? null
}
