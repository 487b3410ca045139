import type { Indicator, ThreatLevel } from '@eviltwin/contract'
import { v5 as uuidV5 } from 'uuid'
import { type FeedFormat, separated } from './entry.js'

const NAMESPACE = 'f1b2c0de-5e7e-5a11-9e00-0e7117e17005'
/** MISP: 1 high, 2 medium, 3 low, 4 undefined. */
const LEVEL: Readonly<Record<ThreatLevel, string>> = { critical: '1', high: '1', medium: '2', low: '3' }
const UNDEFINED = '4'
const TYPE: Readonly<Record<Indicator['type'], readonly [type: string, category: string]>> = {
  'ipv4-addr': ['ip-src', 'Network activity'],
  'ipv6-addr': ['ip-src', 'Network activity'],
  'domain-name': ['domain', 'Network activity'],
  url: ['url', 'Network activity'],
  sha256: ['sha256', 'Payload delivery'],
}

/**
 * A MISP event (core format, https://www.misp-standard.org/rfc/misp-standard-core.html), for `POST /events/add`. MISP takes the UUID of an
 * attribute for unique in all of its events: it is of the event and the value, and the same whenever this event is made again.
 */
export function mispFormat(info: string, date: string): FeedFormat {
  const event = uuidV5(`${info} ${date}`, NAMESPACE)
  const about = JSON.stringify({ uuid: event, info, date, analysis: '2', distribution: '0' })
  let level = UNDEFINED
  return {
    type: 'application/json',
    head: `{"Event":${about.slice(0, -1)},"Attribute":[`,
    item({ indicator }, index) {
      const ofIndicator = indicator.context ? UNDEFINED : LEVEL[indicator.threat_level]
      if (ofIndicator < level) level = ofIndicator
      return separated(attributeOf(indicator, event), index)
    },
    tail: () => `],"threat_level_id":"${level}"}}`,
  }
}

function attributeOf(indicator: Indicator, event: string): object {
  const { type, value, context, role, reason, first_seen_at, last_seen_at } = indicator
  const [kind, category] = TYPE[type]
  return {
    uuid: uuidV5(`${event} ${type} ${value}`, NAMESPACE),
    type: kind === 'ip-src' && role !== 'source' ? 'ip-dst' : kind,
    category,
    value,
    to_ids: !context,
    comment: reason,
    first_seen: first_seen_at,
    last_seen: last_seen_at,
    timestamp: String(Math.floor(Date.parse(last_seen_at) / 1000)),
  }
}
