import type { KeyBinding } from './key-binding.js'

/** The sensors as which the platform attacks its own ways in. */
export const SYNTHETIC_SENSORS = { log: 'synthetic-log', hec: 'synthetic-hec' } as const

const IDS: ReadonlySet<string> = new Set(Object.values(SYNTHETIC_SENSORS))

/** Whether a key speaks for the platform's own attacks and for nothing else, so that what is sent with it is no sensor's request. */
export function isSyntheticBinding(binding: KeyBinding): boolean {
  return binding.kind === 'named' && IDS.has(binding.sensor_id)
}
