import type { EventOf } from '../../domain/platform-event.js'
import { type KeySensorStore, MAX_SENSORS, type SensorClaim } from './key-sensor-store.js'

/** Remembers of which sensors a key sent records, until that is written. */
export interface KeySensors {
  note(claim: EventOf<'sensor_claimed'>): void
  /** Writes what was noted. @throws {Error} when it cannot be written; it is kept. */
  flush(): Promise<void>
}

/** @param now milliseconds since the epoch. */
export function createKeySensors(store: Pick<KeySensorStore, 'add'>, now: () => number): KeySensors {
  /** By key, and by whether it may: whoever floods one key leaves no less room for the others. */
  const noted = new Map<string, Map<string, SensorClaim>>()

  function add(claim: SensorClaim): void {
    const { key_id, allowed, sensor_id, records } = claim
    const owner = `${key_id} ${allowed}`
    const sensors = noted.get(owner) ?? new Map<string, SensorClaim>()
    noted.set(owner, sensors)
    const room = allowed ? MAX_SENSORS.accepted : MAX_SENSORS.refused
    const id = sensors.has(sensor_id) || sensors.size < room ? sensor_id : ''
    const known = sensors.get(id)?.records ?? 0
    sensors.set(id, { ...claim, sensor_id: id, records: known + records })
  }

  return {
    note: ({ key_id, allowed, sensor_id, records }) =>
      add({ key_id, allowed, sensor_id, records, last_at: new Date(now()) }),
    async flush() {
      if (noted.size === 0) return
      const claims = [...noted.values()].flatMap((sensors) => [...sensors.values()])
      // What comes meanwhile is noted anew.
      noted.clear()
      await store.add(claims).catch((error: unknown) => {
        for (const claim of claims) add(claim)
        throw error
      })
    },
  }
}
