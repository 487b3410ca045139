import type { Indicator } from '@eviltwin/contract'
import { v5 as uuidV5 } from 'uuid'
import { type Entry, type FeedFormat, separated } from './entry.js'

/** Namespace of our deterministic STIX identifiers (RFC 9562 5.5): the same indicator is the same object in every bundle. */
const NAMESPACE = 'f1b2c0de-5e7e-5a11-9e00-0e7117e17004'
/** Of observables, whose identifiers everybody makes alike (STIX 2.1, 2.9). */
const OBSERVABLES = '00abedb4-aa42-466c-9c01-fed23315a9b7'
const SOURCE = `identity--${uuidV5('eviltwin', NAMESPACE)}`
const SINCE = '2026-01-01T00:00:00.000Z'

const IDENTITY = {
  type: 'identity',
  spec_version: '2.1',
  id: SOURCE,
  created: SINCE,
  modified: SINCE,
  name: 'EvilTwin',
  identity_class: 'system',
}

/**
 * A STIX 2.1 bundle: what is listed as indicators, context as observables, which no consumer blocks or detects by.
 * https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html
 * @param version the same for the same content.
 */
export function stixFormat(version: string): FeedFormat {
  const id = `bundle--${uuidV5(version, NAMESPACE)}`
  return {
    type: 'application/stix+json;version=2.1',
    head: `{"type":"bundle","id":"${id}","objects":[${JSON.stringify(IDENTITY)}`,
    item: (entry) => separated(objectOf(entry), 1),
    tail: () => ']}',
  }
}

function objectOf({ indicator, createdAt }: Entry): object {
  return indicator.context || createdAt === null
    ? observableObject(indicator)
    : indicatorObject(indicator, createdAt)
}

function indicatorObject(indicator: Indicator, createdAt: string): object {
  const { type, value, last_seen_at, threat_level, expires_at, reason } = indicator
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${uuidV5(`${type} ${value}`, NAMESPACE)}`,
    created_by_ref: SOURCE,
    created: milliseconds(createdAt),
    modified: milliseconds(last_seen_at > createdAt ? last_seen_at : createdAt),
    name: `${type} ${value}`,
    description: reason,
    indicator_types: ['malicious-activity'],
    labels: [`threat-level:${threat_level}`],
    confidence: confidenceOf(indicator),
    pattern: patternOf(type, value),
    pattern_type: 'stix',
    valid_from: milliseconds(createdAt),
    valid_until: milliseconds(expires_at > createdAt ? expires_at : createdAt),
  }
}

/** By who saw it: several keys, several sensors, one. Values of the "None / Low / Med / High" scale of STIX 2.1, appendix A. */
function confidenceOf({ key_count, sensor_count }: Indicator): number {
  if (key_count > 1) return 85
  return sensor_count > 1 ? 50 : 15
}

function observableObject({ type, value }: Indicator): object {
  const content = type === 'sha256' ? { hashes: { 'SHA-256': value } } : { value }
  const name = type === 'sha256' ? 'file' : type
  // The content is in canonical form (RFC 8785) as it is: one member.
  const id = `${name}--${uuidV5(JSON.stringify(content), OBSERVABLES)}`
  return { type: name, spec_version: '2.1', id, ...content }
}

function patternOf(type: Indicator['type'], value: string): string {
  const literal = `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  return type === 'sha256' ? `[file:hashes.'SHA-256' = ${literal}]` : `[${type}:value = ${literal}]`
}

/** STIX timestamps have milliseconds. */
function milliseconds(timestamp: string): string {
  return `${timestamp.slice(0, 23)}Z`
}
