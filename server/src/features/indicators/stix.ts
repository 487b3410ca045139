import type { Indicator } from '@eviltwin/contract'
import { v5 as uuidV5 } from 'uuid'

/** Namespace of our deterministic STIX identifiers (RFC 9562 5.5): the same indicator is the same object in every bundle. */
const NAMESPACE = 'f1b2c0de-5e7e-5a11-9e00-0e7117e17004'
const SOURCE = `identity--${uuidV5('eviltwin', NAMESPACE)}`
const SINCE = '2026-01-01T00:00:00.000Z'

/** STIX 2.1 bundle of indicators. https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html */
export function stixBundle(indicators: readonly Indicator[]): object {
  const objects = indicators.map(indicatorObject)
  return {
    type: 'bundle',
    id: `bundle--${uuidV5(JSON.stringify(objects), NAMESPACE)}`,
    objects: [
      {
        type: 'identity',
        spec_version: '2.1',
        id: SOURCE,
        created: SINCE,
        modified: SINCE,
        name: 'EvilTwin',
        identity_class: 'system',
      },
      ...objects,
    ],
  }
}

function indicatorObject({ type, value, first_seen_at, last_seen_at, threat_level }: Indicator): object {
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${uuidV5(`${type} ${value}`, NAMESPACE)}`,
    created_by_ref: SOURCE,
    created: milliseconds(first_seen_at),
    modified: milliseconds(last_seen_at),
    name: `${type} ${value}`,
    indicator_types: ['malicious-activity'],
    labels: [`threat-level:${threat_level}`],
    pattern: patternOf(type, value),
    pattern_type: 'stix',
    valid_from: milliseconds(first_seen_at),
  }
}

function patternOf(type: Indicator['type'], value: string): string {
  const literal = `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  return type === 'sha256' ? `[file:hashes.'SHA-256' = ${literal}]` : `[${type}:value = ${literal}]`
}

/** STIX timestamps have milliseconds. */
function milliseconds(timestamp: string): string {
  return `${timestamp.slice(0, 23)}Z`
}
