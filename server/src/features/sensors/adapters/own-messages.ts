import type { JsonObject } from '../../../domain/json.js'
import { field } from './fields.js'
import { isServiceMessage, looksLikeOpenCanary } from './opencanary.js'

/** Logs of Zeek about Zeek. */
const ZEEK_LOGS: ReadonlySet<unknown> = new Set([
  'stats',
  'capture_loss',
  'reporter',
  'loaded_scripts',
  'packet_filter',
  'broker',
  'cluster',
])

/**
 * Whether a record is a sensor's message about itself: statistics of Suricata and Zeek, the start and the stop of OpenCanary. Nobody did anything, so
 * it is no event, and nothing is wrong with it, so it is none for the quarantine.
 */
export function isAboutSensorItself(json: JsonObject): boolean {
  if (field(json, 'event_type') === 'stats') return Object.hasOwn(json, 'stats')
  if (Object.hasOwn(json, '_path')) return ZEEK_LOGS.has(json['_path'])
  return Object.hasOwn(json, 'logtype') && looksLikeOpenCanary(json) && isServiceMessage(json)
}
