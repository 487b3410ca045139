import type { Event, Ioc, Session } from '@eviltwin/contract'
import { onOneLine } from '../../platform/plain-text.js'
import { readIocs } from '../indicators/index.js'
import { type Contribution, readBehaviours, type Shown } from '../scoring/index.js'

/** What triage knows of a session: bounded, in order, and nothing beside it. */
export interface SessionEvidence {
  session: Session
  reasons: readonly Contribution[]
  events: readonly Event[]
  /** How many more events there are than these. */
  left_out: number
  /** Changes whenever the session does. */
  version: string
}

/** The same with what was read from its events. */
export interface AnalysedEvidence extends SessionEvidence {
  iocs: readonly Ioc[]
  shown: ReadonlyMap<Event, Shown>
}

export function evidenceOf(
  session: Session,
  reasons: readonly Contribution[],
  events: readonly Event[],
): SessionEvidence {
  const { event_count, last_seen_at, threat_score } = session
  const version = `${event_count} ${last_seen_at} ${threat_score}`
  return { session, reasons, events, left_out: Math.max(0, event_count - events.length), version }
}

/** Reads behaviours and indicators from the events, in turns: other requests do not wait for a long session. */
export async function analyse(evidence: SessionEvidence): Promise<AnalysedEvidence> {
  const { events } = evidence
  return { ...evidence, shown: await readBehaviours(events), iocs: await readIocs(events) }
}

/** What an attacker wrote, on one line of at most `max` characters. */
export function oneLine(text: string, max: number): string {
  const plain = onOneLine(text)
  return plain.length > max ? `${plain.slice(0, max - 1)}…` : plain
}

/** What happened in an event, in a line of at most `max` characters. */
export function whatHappened(event: Event, max = 200): string {
  const { event_type, outcome, username, password, command, url, file_sha256, message, action } = event
  const result = outcome === null ? '' : ` (${outcome})`
  switch (event_type) {
    case 'login_attempt':
      return oneLine(`login ${username ?? ''} / ${password ?? ''}${result}`, max)
    case 'command':
      return oneLine(`command: ${command ?? ''}${result}`, max)
    case 'file_download':
    case 'file_upload':
      return oneLine(`${event_type.replace('_', ' ')} ${url ?? ''} ${file_sha256 ?? ''}${result}`, max)
    case 'proxy_request':
      return oneLine(`proxy request to ${url ?? 'unknown'}`, max)
    case 'connect':
      return oneLine(`connection by ${event.protocol ?? 'an unknown protocol'}`, max)
    default:
      return oneLine(`${event_type.replace('_', ' ')} ${message ?? action ?? ''}`, max)
  }
}
