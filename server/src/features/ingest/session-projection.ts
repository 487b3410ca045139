import type { Event } from '@eviltwin/contract'
import { withMembers } from '../../domain/bounded-set.js'
import { withText } from '../../domain/distinct-sketch.js'
import { isFtpNegotiation } from '../../domain/ftp-commands.js'
import type { SessionRow } from '../../domain/session.js'
import { BEHAVIOURS_VERSION, type Shown, shownBy } from '../scoring/index.js'

/** The state of a session before its first event is applied. */
export function emptySession(event: Event): OpenSession {
  return {
    id: event.session_id,
    source_ip: event.source_ip,
    sensor_id: event.sensor_id,
    sensor_kind: event.sensor_kind,
    country: null,
    protocols: [],
    clients: [],
    started_at: event.occurred_at,
    last_seen_at: event.occurred_at,
    ended_at: null,
    event_count: 0,
    login_attempt_count: 0,
    login_success_count: 0,
    command_count: 0,
    file_count: 0,
    proxy_request_count: 0,
    signals: [],
    techniques: [],
    unread_characters: 0,
    behaviours_version: BEHAVIOURS_VERSION,
    credential_sketch: [],
    threat_score: 0,
    threat_level: 'low',
    score_reasons: [],
    scorer: '',
    last_received_at: event.received_at,
    version: 0,
    announced_level: null,
    announced_version: null,
  }
}

/** A session that is being worked on; the projection changes it in place, because it runs for every event. */
export type OpenSession = { -readonly [Field in keyof SessionRow]: SessionRow[Field] }

/**
 * Adds one more event to a session. Only minima, maxima, sums and bounded sets of smallest members are used, so any
 * order of the same distinct events gives the same state. The score is left as it was.
 * @param shown what the event shows, where that was read already.
 */
export function applyEvent(session: OpenSession, event: Event, shown: Shown = shownBy(event)): void {
  const { event_type: type, occurred_at } = event
  session.sensor_kind = min(session.sensor_kind, event.sensor_kind)
  session.protocols = withMember(session.protocols, event.protocol)
  session.clients = withMember(session.clients, event.client)
  session.started_at = min(session.started_at, occurred_at)
  session.last_seen_at = max(session.last_seen_at, occurred_at)
  session.last_received_at = max(session.last_received_at, event.received_at)
  session.event_count += 1
  if (type === 'disconnect') session.ended_at = max(session.ended_at ?? '', occurred_at)
  if (type === 'login_attempt') {
    session.login_attempt_count += 1
    if (event.outcome === 'success') session.login_success_count += 1
    const credentials = `${event.username ?? ''}\0${event.password ?? ''}`
    session.credential_sketch = withText(session.credential_sketch, credentials)
  }
  // Cowrie also reports whether it knew a command; that is the same command once more. Logging in by FTP takes commands, too.
  if (type === 'command' && event.outcome === null && !isFtpNegotiation(event)) session.command_count += 1
  if (type === 'file_download' || type === 'file_upload') session.file_count += 1
  if (type === 'proxy_request') session.proxy_request_count += 1
  session.signals = withMembers(session.signals, shown.behaviours, Number.POSITIVE_INFINITY)
  session.techniques = withMembers(session.techniques, shown.techniques, Number.POSITIVE_INFINITY)
  session.unread_characters += shown.unread
}

function withMember(members: readonly string[], member: string | null): readonly string[] {
  return member === null || member === '' ? members : withMembers(members, [member])
}

function min<Text extends string>(a: Text, b: Text): Text {
  return a < b ? a : b
}

function max<Text extends string>(a: Text, b: Text): Text {
  return a > b ? a : b
}
