/** Which sensors an API key may speak for. */
export type KeyBinding =
  /** A sensor that an operator named: every event of the key belongs to it, whatever its record says. */
  | { kind: 'named'; sensor_id: string }
  /** The sensor of the first record that was accepted; a record that names another one is refused. */
  | { kind: 'bound'; sensor_id: string }
  /** No sensor yet: the first record that is accepted decides. */
  | { kind: 'unbound' }
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
}

/** An older release stores a sensor that an operator named, and nothing else. */
export function bindingOf({ kind, sensor_id, sensor_ids, bound_by }: StoredBinding): KeyBinding {
  if (sensor_id !== null) return { kind: bound_by === 'first_use' ? 'bound' : 'named', sensor_id }
  if (kind === 'sensor') return { kind: 'unbound' }
  return sensor_ids === null ? { kind: 'any' } : { kind: 'listed', sensor_ids: new Set(sensor_ids) }
}

/** Whether a key may send events of this sensor. One without a sensor yet may: whoever stores them binds it first. */
export function speaksFor(binding: KeyBinding, sensor_id: string): boolean {
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
