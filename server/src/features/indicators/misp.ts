import type { Indicator, ThreatLevel } from '@eviltwin/contract'
import { v5 as uuidV5 } from 'uuid'

const NAMESPACE = 'f1b2c0de-5e7e-5a11-9e00-0e7117e17005'
/** MISP: 1 high, 2 medium, 3 low. */
const LEVEL: Readonly<Record<ThreatLevel, string>> = { critical: '1', high: '1', medium: '2', low: '3' }
const TYPE: Readonly<Record<Indicator['type'], readonly [type: string, category: string]>> = {
  'ipv4-addr': ['ip-src', 'Network activity'],
  'ipv6-addr': ['ip-src', 'Network activity'],
  'domain-name': ['domain', 'Network activity'],
  url: ['url', 'Network activity'],
  sha256: ['sha256', 'Payload delivery'],
}

/** A MISP event (core format, https://www.misp-standard.org/rfc/misp-standard-core.html), for `POST /events/add`. */
export function mispEvent(indicators: readonly Indicator[], info: string, date: string): object {
  const levels = indicators.map(({ threat_level }) => LEVEL[threat_level]).sort()
  return {
    Event: {
      uuid: uuidV5(`${info} ${date}`, NAMESPACE),
      info,
      date,
      threat_level_id: levels[0] ?? '4',
      analysis: '2',
      distribution: '0',
      Attribute: indicators.map(({ type, value, last_seen_at }) => {
        const [kind, category] = TYPE[type]
        return {
          uuid: uuidV5(`${type} ${value}`, NAMESPACE),
          type: kind,
          category,
          value,
          to_ids: true,
          timestamp: String(Math.floor(Date.parse(last_seen_at) / 1000)),
        }
      }),
    },
  }
}
