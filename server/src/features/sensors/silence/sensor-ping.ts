import type { JsonObject } from '../../../domain/json.js'
import { type KeyBinding, mismatchOf, ownSensorOf } from '../../../domain/key-binding.js'
import { parseTimestamp } from '../../../domain/timestamp.js'
import { type Envelope, Rejection } from '../adapters/adapter.js'
import { sensorIdOf } from '../adapters/fields.js'
import { openCanaryPing } from '../adapters/opencanary.js'

/** A record by which a sensor says that it runs: no event, but a heartbeat. OpenCanary's log type 1004. */
export interface SensorPing {
  software: string
  /** The sensor as the record names it. */
  declared: unknown
  /** When it was sent, by the clock of the sensor; null where the record has no time. */
  sent_at: string | null
  envelope?: Envelope
}

/** The ping that a record is; null for every other record. */
export function sensorPingOf(json: JsonObject, envelope: Envelope | undefined): SensorPing | null {
  const ping = Object.hasOwn(json, 'logtype') ? openCanaryPing(json) : null
  if (ping === null) return null
  return {
    software: 'OpenCanary',
    declared: ping.node_id,
    sent_at: parseTimestamp(ping.time),
    ...(envelope && { envelope }),
  }
}

/** The sensor of a ping, found as that of an event; null where the key may not speak for it, or has no sensor yet. */
export function sensorOfPing(
  { declared, envelope }: SensorPing,
  binding: KeyBinding,
  default_sensor_id: string | undefined,
): string | null {
  if (binding.kind === 'named') return binding.sensor_id
  if (binding.kind === 'unbound') return null
  const own_sensor_id = ownSensorOf(binding)
  const sensor_id = sensorIdOf(declared, 'opencanary', {
    received_at: '',
    ...(envelope && { envelope }),
    ...(default_sensor_id !== undefined && { default_sensor_id }),
    ...(own_sensor_id !== undefined && { own_sensor_id }),
  })
  return sensor_id instanceof Rejection || mismatchOf(binding, sensor_id) !== null ? null : sensor_id
}
