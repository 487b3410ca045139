import type { Indicator, IndicatorRole } from '@eviltwin/contract'
import type { Observable } from '../../domain/never-block.js'
import { hostOfUrl } from '../../domain/never-block.js'
import { millisecondsOf, timestampOf } from '../../domain/timestamp.js'
import { iocsOf } from './iocs.js'
import { exclusionOf, type ListingPolicy } from './listing.js'
import type { SubjectSession, TellingEvent } from './store.js'

/** An indicator of one session, before it is known whether other sessions show it. */
export interface SessionFinding extends Observable {
  role: IndicatorRole
  first_seen_at: string
  last_seen_at: string
}

/**
 * What the events of a session show: where it came from and what it downloaded; whatever it only named, or reached through a tunnel.
 * The session's own source comes first.
 */
export function findingsOf(session: SubjectSession, events: readonly TellingEvent[]): SessionFinding[] {
  const times = new Map(events.map(({ id, occurred_at }) => [id, occurred_at]))
  const downloads = downloadsIn(events)
  const targets = new Set(events.flatMap((event) => tunnelTarget(event) ?? []))
  const source: SessionFinding = {
    type: session.source_ip.includes(':') ? 'ipv6-addr' : 'ipv4-addr',
    value: session.source_ip,
    role: 'source',
    first_seen_at: session.started_at,
    last_seen_at: session.last_seen_at,
  }
  const others = iocsOf(events).flatMap(({ type, value, event_ids }): SessionFinding[] => {
    if (value === source.value) return []
    const seen = event_ids.flatMap((id) => times.get(id) ?? [])
    const role = downloads.has(value) ? 'download' : targets.has(value) ? 'tunnel_target' : 'mentioned'
    return [{ type, value, role, first_seen_at: seen[0] ?? '', last_seen_at: seen.at(-1) ?? '' }]
  })
  return [source, ...others]
}

/** The finding as context, with the reason why it is no more than that. */
export function contextOf(
  finding: SessionFinding,
  { threat_level, threat_score }: SubjectSession,
  policy: ListingPolicy,
): Indicator {
  const match = exclusionOf(finding, policy)
  return {
    ...finding,
    threat_level,
    threat_score,
    sensor_count: 1,
    key_count: 1,
    expires_at: timestampOf(millisecondsOf(finding.last_seen_at) + policy.expiryMs),
    context: true,
    reason: match ? `never listed: ${match.entry} is in "${match.list}"` : REASONS[finding.role],
  }
}

const REASONS: Readonly<Record<IndicatorRole, string>> = {
  source: 'the session is too old or its score too low to be listed',
  download: 'the session is too old or its score too low to be listed',
  mentioned: 'only named, in a command or as the host of a URL',
  tunnel_target: 'the target of a tunnel',
}

function downloadsIn(events: readonly TellingEvent[]): Set<string> {
  const found = new Set<string>()
  for (const { event_type, outcome, url, file_sha256 } of events) {
    if ((event_type !== 'file_download' && event_type !== 'file_upload') || outcome === 'failure') continue
    if (file_sha256 !== null) found.add(file_sha256.toLowerCase())
    if (event_type === 'file_download' && url !== null) found.add(url)
  }
  return found
}

function tunnelTarget({ event_type, url }: TellingEvent): string | null {
  return event_type === 'proxy_request' && url !== null ? hostOfUrl(url) : null
}
