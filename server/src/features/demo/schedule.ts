/** What happens in the demo. */
export type ActName =
  | 'scan'
  | 'smb'
  | 'decoy services'
  | 'brute force'
  | 'intrusion'
  | 'canary'
  | 'unreadable record'
  | 'unknown key'
  | 'slow minute'

/** One thing that happens again and again. Times are seconds of the schedule, which begins with each start. */
export interface ScheduledAct {
  name: ActName
  first: number
  every: number
}

/**
 * The demo's traffic: some 0.7 events a second, 63,000 a day. The opening minutes show everything once; one slow minute an hour takes
 * 1.7 % of the requests, which the 5 % that the latency objective allows can bear.
 */
export const SCHEDULE: readonly ScheduledAct[] = [
  { name: 'scan', first: 1, every: 15 },
  { name: 'smb', first: 3, every: 25 },
  { name: 'decoy services', first: 5, every: 20 },
  { name: 'intrusion', first: 6, every: 150 },
  { name: 'brute force', first: 10, every: 420 },
  { name: 'canary', first: 16, every: 900 },
  { name: 'unreadable record', first: 18, every: 600 },
  { name: 'unknown key', first: 22, every: 3600 },
  { name: 'slow minute', first: 50, every: 3600 },
]

/** One occurrence of an act. */
export interface DueAct {
  name: ActName
  /** Seconds of the schedule. */
  at: number
  /** 0 for the first occurrence. */
  occurrence: number
}

/** Acts that begin after `after` and not after `until`, in the order of their times. */
export function actsBetween(after: number, until: number, schedule = SCHEDULE): DueAct[] {
  return schedule
    .flatMap(({ name, first, every }) => {
      const from = Math.max(0, Math.floor((after - first) / every) + 1)
      const to = Math.floor((until - first) / every)
      return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => ({
        name,
        at: first + (from + n) * every,
        occurrence: from + n,
      }))
    })
    .sort((a, b) => a.at - b.at)
}
