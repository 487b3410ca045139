import type { Event } from '@eviltwin/contract'
import { signalsOf } from '../scoring/signals.js'
import type { SessionRow } from '../store/ingest-rows.js'

/** A session may speak several protocols and use several clients; an attacker may not make these lists long. */
const MAX_SET = 16

/** The state of a session before its first event is folded in. */
export function emptySession(event: Event): SessionRow {
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
    threat_score: 0,
    threat_level: 'low',
    score_reasons: [],
    scorer: '',
    last_received_at: event.received_at,
    version: 0,
  }
}

/**
 * The session after one more event. Only minima, maxima, sums and bounded sets of smallest members are used, so any
 * order of the same distinct events gives the same state. The score is left as it was.
 */
export function foldEvent(session: SessionRow, event: Event): SessionRow {
  const type = event.event_type
  return {
    ...session,
    sensor_kind: min(session.sensor_kind, event.sensor_kind),
    protocols: withMember(session.protocols, event.protocol),
    clients: withMember(session.clients, event.client),
    started_at: min(session.started_at, event.occurred_at),
    last_seen_at: max(session.last_seen_at, event.occurred_at),
    ended_at: type === 'disconnect' ? max(session.ended_at ?? '', event.occurred_at) : session.ended_at,
    event_count: session.event_count + 1,
    login_attempt_count: session.login_attempt_count + (type === 'login_attempt' ? 1 : 0),
    login_success_count:
      session.login_success_count + (type === 'login_attempt' && event.outcome === 'success' ? 1 : 0),
    // Cowrie also reports whether it knew a command; that is the same command once more.
    command_count: session.command_count + (type === 'command' && event.outcome === null ? 1 : 0),
    file_count: session.file_count + (type === 'file_download' || type === 'file_upload' ? 1 : 0),
    proxy_request_count: session.proxy_request_count + (type === 'proxy_request' ? 1 : 0),
    signals: signalsOf(event).reduce((signals, name) => withMember(signals, name, Infinity), session.signals),
    last_received_at: max(session.last_received_at, event.received_at),
  }
}

/** The `limit` smallest distinct members of a set and one more: unlike "the first seen", independent of order. */
function withMember(members: readonly string[], member: string | null, limit = MAX_SET): readonly string[] {
  if (member === null || member === '' || members.includes(member)) return members
  return [...members, member].sort(byCodeUnit).slice(0, limit)
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function min<Text extends string>(a: Text, b: Text): Text {
  return a < b ? a : b
}

function max<Text extends string>(a: Text, b: Text): Text {
  return a > b ? a : b
}
