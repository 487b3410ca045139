import { isCanarySensorId } from '@eviltwin/contract'

/** Which sensors an API key may speak for. */
export type KeyBinding =
  /** A sensor that an operator named: every event of the key belongs to it, whatever its record says. */
  | { kind: 'named'; sensor_id: string }
  /** The sensor of the first record that was accepted; a record that names another one is refused. */
  | { kind: 'bound'; sensor_id: string }
  /** No sensor yet: the first record that is accepted decides. */
  | { kind: 'unbound' }
  /** No sensor, and none may be bound to it now. */
  | { kind: 'refused'; reason: string }
  /** A collector for these sensors. */
  | { kind: 'listed'; sensor_ids: ReadonlySet<string> }
  /** A collector for any sensor. */
  | { kind: 'any' }

/** What is stored of a binding. */
export interface StoredBinding {
  kind: 'sensor' | 'collector'
  sensor_id: string | null
  sensor_ids: readonly string[] | null
  bound_by: 'operator' | 'first_use' | null
  revoked: boolean
}

/** An older release stores a sensor that an operator named, and nothing else. */
export function bindingOf({ kind, sensor_id, sensor_ids, bound_by, revoked }: StoredBinding): KeyBinding {
  if (sensor_id !== null) return { kind: bound_by === 'first_use' ? 'bound' : 'named', sensor_id }
  if (kind === 'sensor')
    return revoked
      ? { kind: 'refused', reason: 'the key was revoked before it was bound to a sensor' }
      : { kind: 'unbound' }
  return sensor_ids === null ? { kind: 'any' } : { kind: 'listed', sensor_ids: new Set(sensor_ids) }
}

/**
 * Why a key may not send events of this sensor; null where it may. One without a sensor yet may: whoever stores them binds it first.
 * No key may speak for a canary token.
 */
export function mismatchOf(binding: KeyBinding, sensor_id: string): string | null {
  if (isCanarySensorId(sensor_id)) return `no key may speak for the canary token ${sensor_id}`
  if (binding.kind === 'refused') return binding.reason
  return includes(binding, sensor_id) ? null : `the key may not speak for the sensor ${sensor_id}`
}

function includes(binding: Exclude<KeyBinding, { kind: 'refused' }>, sensor_id: string): boolean {
  switch (binding.kind) {
    case 'named':
    case 'bound':
      return binding.sensor_id === sensor_id
    case 'listed':
      return binding.sensor_ids.has(sensor_id)
    case 'unbound':
    case 'any':
      return true
  }
}

/** The one sensor of a key, to which a record belongs that names none; undefined where there is no such sensor. */
export function ownSensorOf(binding: KeyBinding): string | undefined {
  return 'sensor_id' in binding ? binding.sensor_id : undefined
}
