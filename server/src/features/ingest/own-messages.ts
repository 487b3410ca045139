import { asObject, isAboutSensorItself, type SensorPing, sensorPingOf } from '../sensors/index.js'
import type { ReadRecord } from './read-records.js'

/** The records of a request that may be events, each with its place among all of them, and how many are not sent on. */
export interface Kept {
  records: ReadRecord[]
  /** By the index of each record the one that it has in the request, from 0. */
  places: number[]
  ignored: number
  /** Those of them by which sensors say that they run. */
  pings: SensorPing[]
}

/** Leaves out what sensors say of themselves. */
export function withoutOwnMessages(all: readonly ReadRecord[]): Kept {
  const kept: Kept = { records: [], places: [], ignored: 0, pings: [] }
  for (const [place, record] of all.entries()) {
    const json = 'json' in record ? asObject(record.json) : null
    if (json && isAboutSensorItself(json)) {
      kept.ignored += 1
      const ping = sensorPingOf(json, record.envelope)
      if (ping) kept.pings.push(ping)
      continue
    }
    kept.records.push(record)
    kept.places.push(place)
  }
  return kept
}
