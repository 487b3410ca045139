const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS

/** An hour of a week, in UTC. */
export interface WeeklyHour {
  /** ISO 8601: 1 is Monday, 7 Sunday. */
  weekday: number
  /** 0 to 23. */
  hour: number
}

/** The first begin of that hour after a time. Pure. @param after and the result: milliseconds since the epoch. */
export function nextWeekly({ weekday, hour }: WeeklyHour, after: number): number {
  const first = FIRST_MONDAY_MS + (weekday - 1) * DAY_MS + hour * HOUR_MS
  return first + (Math.floor((after - first) / WEEK_MS) + 1) * WEEK_MS
}
