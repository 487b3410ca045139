import type { SyntheticRun } from '@eviltwin/contract'
import { isOwnKind } from './own-kinds.js'

export interface Verdict {
  detected: boolean
  failure: string | null
}

/** How long after the end of its window an attack is waited for on its last hops, in milliseconds. */
export const LAST_HOPS_MS = 15_000
/** An event that was received in time may be stored a little later. */
const STORING_MS = 3_000

/**
 * What became of an attack: at once where it got to the end of its way, else when its time is over; null while it is under way. It is
 * detected when it became an alert. Pure. @param now milliseconds since the epoch.
 */
export function judge(run: SyntheticRun, now: number): Verdict | null {
  const isOver = now > Date.parse(run.closes_at) + (run.received_at === null ? STORING_MS : LAST_HOPS_MS)
  if (run.acknowledged_at === null && !isOver) return null
  const detected = run.alerted_at !== null
  return { detected, failure: run.acknowledged_at !== null ? null : failureOf(run) }
}

/**
 * Whether the alert of an attack has to be raised although its score raises none, so that the rest of the way is proved: once its window is
 * over. A store decides for which targets that is right; see raising-store.ts. Pure. @param now milliseconds since the epoch.
 */
export function needsRaising(
  { kind, scored_at, alerted_at, closes_at, threat_level }: SyntheticRun,
  now: number,
): boolean {
  if (isOwnKind(kind) || scored_at === null || alerted_at !== null) return false
  return now > Date.parse(closes_at) && (threat_level === 'low' || threat_level === 'medium')
}

/** The first hop that an attack did not get to, and where to look. */
function failureOf(run: SyntheticRun): string {
  if (run.attacked_at === null)
    return run.failure ?? 'the attack was not made: the server that was to make it ended, or was too busy'
  if (run.received_at === null)
    return (
      run.failure ??
      `no event with its marker arrived from ${run.sensor_id}: the sensor, its key or what sends its log is down`
    )
  if (run.alerted_at === null) {
    return run.threat_level === 'high' || run.threat_level === 'critical'
      ? 'it was scored, and no alert was raised: the alert manager is behind or down'
      : `it was scored ${run.threat_level ?? 'low'}, which raises no alert: the sensor reported only a part of it`
  }
  if (run.delivered_at === null) return 'the alert did not reach the live feed'
  return 'the live feed received no acknowledgement of the alert'
}
