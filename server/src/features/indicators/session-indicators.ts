import type { Indicator, IndicatorRole } from '@eviltwin/contract'
import type { Observable } from '../../domain/never-block.js'
import { hostOfUrl } from '../../domain/never-block.js'
import { millisecondsOf, timestampOf } from '../../domain/timestamp.js'
import { readIocs } from './iocs.js'
import { exclusionOf, type ListingPolicy } from './listing.js'
import type { SubjectSession, TellingEvent } from './store.js'

/** An indicator of one session, before it is known whether other sessions show it. */
export interface SessionFinding extends Observable {
  role: IndicatorRole
  first_seen_at: string
  last_seen_at: string
}

/** More of one session help nobody. */
const MAX_FINDINGS = 500

/**
 * What the events of a session show: where it came from and what it downloaded; whatever it only named, or reached through a tunnel.
 * The session's own source comes first. Keeps the text of one page at a time, and reads it in turns.
 * @param pages events in the order they happened.
 */
export async function findingsOf(
  session: SubjectSession,
  pages: AsyncIterable<readonly TellingEvent[]>,
): Promise<SessionFinding[]> {
  const downloads = new Set<string>()
  const targets = new Set<string>()
  const found = new Map<string, Omit<SessionFinding, 'role'>>()
  for await (const events of pages) {
    const times = new Map(events.map(({ id, occurred_at }) => [id, occurred_at]))
    for (const event of events) {
      for (const download of downloadsIn(event)) downloads.add(download)
      const target = tunnelTarget(event)
      if (target !== null) targets.add(target)
    }
    for (const { type, value, event_ids } of await readIocs(events)) {
      if (value === session.source_ip) continue
      noteSeen(
        found,
        { type, value },
        event_ids.flatMap((id) => times.get(id) ?? []),
      )
    }
  }
  const source: SessionFinding = {
    type: session.source_ip.includes(':') ? 'ipv6-addr' : 'ipv4-addr',
    value: session.source_ip,
    role: 'source',
    first_seen_at: session.started_at,
    last_seen_at: session.last_seen_at,
  }
  const roleOf = (value: string): IndicatorRole =>
    downloads.has(value) ? 'download' : targets.has(value) ? 'tunnel_target' : 'mentioned'
  return [source, ...[...found.values()].map((finding) => ({ ...finding, role: roleOf(finding.value) }))]
}

/** @param times when it was seen, in order, after what is known of it. */
function noteSeen(
  found: Map<string, Omit<SessionFinding, 'role'>>,
  observable: Observable,
  times: readonly string[],
): void {
  const name = `${observable.type} ${observable.value}`
  const [first_seen_at = '', last_seen_at = first_seen_at] = [times[0], times.at(-1)]
  const known = found.get(name)
  if (known) known.last_seen_at = last_seen_at
  else if (found.size < MAX_FINDINGS) found.set(name, { ...observable, first_seen_at, last_seen_at })
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

function* downloadsIn({ event_type, outcome, url, file_sha256 }: TellingEvent): Generator<string> {
  if ((event_type !== 'file_download' && event_type !== 'file_upload') || outcome === 'failure') return
  if (file_sha256 !== null) yield file_sha256.toLowerCase()
  if (event_type === 'file_download' && url !== null) yield url
}

function tunnelTarget({ event_type, url }: TellingEvent): string | null {
  return event_type === 'proxy_request' && url !== null ? hostOfUrl(url) : null
}
