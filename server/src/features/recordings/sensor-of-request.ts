import { type KeyBinding, mismatchOf, ownSensorOf } from '../../domain/key-binding.js'
import type { Publish } from '../../domain/platform-event.js'
import { ForbiddenError, InvalidInputError } from '../../platform/errors.js'

/** The key that a recording came with. */
export interface SenderKey {
  id: string
  binding: KeyBinding
}

export interface SensorOfRequestOptions {
  /** Binds a key that is bound to no sensor yet. @returns what it is bound to now. */
  bind: (key_id: string, sensor_id: string) => Promise<KeyBinding>
  publish: Publish
}

/**
 * The sensor of a recording, by the rules of events: a key that an operator gave to a sensor speaks for that one whatever is stated; another
 * key only for sensors that it is bound to, and the first use binds a key that is bound to none.
 * @param key null without one (INGEST_AUTH=none). @param stated the sensor that the request names.
 * @throws {InvalidInputError} where no sensor is known. @throws {ForbiddenError} for another sensor.
 */
export async function sensorOfRequest(
  key: SenderKey | null,
  stated: string | undefined,
  { bind, publish }: SensorOfRequestOptions,
): Promise<string> {
  const binding: KeyBinding = key?.binding ?? { kind: 'any' }
  if (binding.kind === 'named') return binding.sensor_id
  const sensor_id = stated ?? ownSensorOf(binding)
  if (sensor_id === undefined)
    throw new InvalidInputError('the key is bound to no sensor; name the sensor as `sensor`', [
      { pointer: '/sensor', message: 'name the sensor' },
    ])
  const refuse = (why: string): never => {
    if (key) publish({ kind: 'sensor_claimed', key_id: key.id, sensor_id, records: 1, allowed: false })
    throw new ForbiddenError(why)
  }
  const mismatch = mismatchOf(binding, sensor_id)
  if (mismatch !== null) return refuse(mismatch)
  if (!key || binding.kind !== 'unbound') return sensor_id
  const other = mismatchOf(await bind(key.id, sensor_id), sensor_id)
  return other === null ? sensor_id : refuse(other)
}
