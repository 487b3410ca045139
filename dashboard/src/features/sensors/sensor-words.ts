import type { Sensor } from '@eviltwin/contract'

const UNITS: ReadonlyArray<readonly [name: string, seconds: number]> = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]

/** A duration in its largest unit and the next one, such as `2 h 30 min`. */
export function spanText(seconds: number): string {
  const whole = Math.round(Math.abs(seconds))
  const first = UNITS.findIndex(([, length]) => whole >= length)
  const [unit, length] = UNITS[first] ?? ['s', 1]
  const [next, nextLength] = UNITS[first + 1] ?? [null, 1]
  const rest = Math.floor((whole % length) / nextLength)
  return `${Math.floor(whole / length)} ${unit}${next !== null && rest > 0 ? ` ${rest} ${next}` : ''}`
}

const JUDGED_BY: Record<NonNullable<Sensor['judged_by']>, string> = {
  own_limit: 'set by an administrator',
  heartbeat: 'three of its heartbeats',
  events: 'learned from the gaps between its events',
}

/** How long a sensor may be silent, and where that comes from. */
export function limitText({ limit_seconds, judged_by }: Sensor): string {
  if (limit_seconds === null || judged_by === null) return 'not known yet'
  return `${spanText(limit_seconds)}, ${JUDGED_BY[judged_by]}`
}

/** Its newest event or heartbeat. */
export function lastHeardAt({ last_received_at, heartbeat }: Sensor): string {
  return heartbeat !== null && heartbeat.received_at > last_received_at
    ? heartbeat.received_at
    : last_received_at
}

/** Why a sensor is in its state. @param now milliseconds since the epoch. */
export function reasonText(sensor: Sensor, now: number): string {
  const { state, limit_seconds, expected } = sensor
  if (state === 'unknown') return 'too little was received to judge it'
  if (state === 'active') return expected ? '' : 'not expected'
  const silence = spanText((now - Date.parse(lastHeardAt(sensor))) / 1000)
  const limit = limit_seconds === null ? '' : `, limit ${spanText(limit_seconds)}`
  return `${expected ? '' : 'not expected; '}silent for ${silence}${limit}`
}

/** By how much its clock is wrong. */
export function clockText({ clock_skew_seconds }: Sensor): string {
  if (clock_skew_seconds === null) return 'not known'
  if (Math.abs(clock_skew_seconds) < 1) return 'right to the second'
  return `${spanText(clock_skew_seconds)} ${clock_skew_seconds > 0 ? 'behind' : 'ahead'}`
}

/** Mean events an hour of the last 24 hours. */
export function eventsAnHour({ hourly_events }: Sensor): string {
  const mean = hourly_events.reduce((sum, count) => sum + count, 0) / Math.max(1, hourly_events.length)
  return mean.toLocaleString('en', { maximumFractionDigits: mean < 10 ? 1 : 0 })
}
