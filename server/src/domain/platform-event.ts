import type {
  AlertKind,
  AlertLevel,
  ChannelType,
  EventType,
  RejectionReason,
  Role,
  SyntheticMarkerReason,
  ThreatLevel,
} from '@eviltwin/contract'
import type { IngestPopulation } from './ingest-population.js'

/** By which the log line and the trace of a request are found. */
interface RequestTrace {
  request_id: string
  trace_id?: string
}

interface OnSession {
  session_id: string
  source_ip: string
  sensor_id: string
  threat_score: number
  threat_level: ThreatLevel
}

/** A request that ended: it was answered, or its client left before. Exactly one a request. */
export interface RequestCompleted {
  kind: 'request_completed'
  /** `_OTHER` for what is no method of HTTP. */
  method: string
  /** The pattern of the route, `unmatched` where there is none: what strangers ask for must not make new series. */
  route: string
  /** 499 where the client left without an answer. */
  status: number
  /** Until the answer was sent, or until the client left. */
  milliseconds: number
  /** Whose request it was, on routes that take events; null on others. */
  population: IngestPopulation | null
  /** Refused (429 or 503) because the whole platform is busy. */
  overloaded: boolean
  /** The first characters of the key that it came with; null without a valid one. */
  key_prefix: string | null
  /** Of an analysis: whether the LLM made it; null where none was given. */
  answered_by_llm: boolean | null
  trace: { trace_id: string; span_id: string; parent_id: string | null }
}

/** The key log events of the source specification; fields are spelled as they are logged. */
export type KeyEvent =
  | ({ kind: 'event_ingested'; event_type: EventType; duration_ms: number } & RequestTrace & OnSession)
  | ({ kind: 'score_computed'; scored_by: string } & RequestTrace & OnSession)
  | ({
      kind: 'alert_queued'
      alert_id: string
      alert_kind: AlertKind
      queue_depth: number
    } & RequestTrace &
      OnSession)
  | {
      kind: 'alert_broadcast'
      request_id?: string
      trace_id?: string
      alert_id: string
      session_id: string
      source_ip: string
      sensor_id: string
      threat_level: AlertLevel
      clients: number
      /** Milliseconds since the receipt of the event. */
      duration_ms: number
    }
  | ({ kind: 'canary_triggered'; event_type: EventType; canary: string | null } & RequestTrace & OnSession)
  | ({ kind: 'login_succeeded'; client_ip: string; username: string; role: Role } & RequestTrace)
  | ({
      kind: 'login_failed'
      client_ip: string
      /** Only of a user that exists: another name may be a password typed into the wrong field. */
      username?: string
      reason: 'rate_limited' | 'wrong_credentials' | 'disabled'
    } & RequestTrace)
  | ({ kind: 'token_refreshed'; client_ip: string; username: string } & RequestTrace)
  | ({
      kind: 'llm_analysis_completed'
      session_id: string
      model: string
      duration_ms: number
      input_tokens: number
      output_tokens: number
      cost_usd: number
      /** Claims that the session does not back. */
      dropped: number
    } & RequestTrace)
  | ({
      kind: 'llm_unavailable'
      /** `probe` is the watch over the LLM; the others are attempts of people. */
      operation: 'analyze' | 'chat' | 'probe'
      model: string | null
      provider?: string
      reason: string
    } & Partial<RequestTrace>)
  | { kind: 'pool_exhausted'; pool: string; pool_size: number; waiting: number }

/** What else features state about themselves. */
export type MeasuredEvent =
  | RequestCompleted
  /**
   * Events that were stored already, by this request or before. Among those of one request are equal events of one instant, which a
   * sensor without event ids cannot tell apart.
   */
  | { kind: 'duplicates_ignored'; within_request: number; stored_before: number }
  /** A refresh token was used twice, so that it or its successor is stolen: its login was ended. */
  | ({ kind: 'refresh_token_reused'; client_ip: string; username: string } & RequestTrace)
  /** A key was refused on the routes of sensors: nobody has it any more, or it may not send events. */
  | ({
      kind: 'key_refused'
      client_ip: string
      /** Its first characters, as it came. */
      key_prefix: string
      reason: 'unknown_or_revoked' | 'missing_scope'
    } & RequestTrace)
  /** A record is no event, and is in the quarantine. */
  | ({
      kind: 'record_quarantined'
      /** Of the key that it came with; null without one. */
      key_prefix: string | null
      reason: RejectionReason
      quarantine_id: string
    } & RequestTrace)
  /**
   * A request had records of a sensor: refused ones of a sensor for which its key may not speak, or accepted ones of a key that may speak for
   * any sensor.
   */
  | { kind: 'sensor_claimed'; key_id: string; sensor_id: string; records: number; allowed: boolean }
  /** A record said that a sensor runs; null for a sensor for which its key may not speak, or of a key without a sensor. */
  | {
      kind: 'sensor_pinged'
      sensor_id: string | null
      /** Null without a key. */
      key_id: string | null
      software: string
      /** By the clock of the sensor; null where it states no time. */
      sent_at: string | null
    }
  /**
   * Heartbeats of sensors that were written; dropped because their key, or all keys, have as many sensors as may have heartbeats; or refused
   * because their key may not speak for the sensor.
   */
  | { kind: 'sensor_heartbeats_processed'; outcome: 'stored' | 'dropped' | 'refused'; count: number }
  /** The first accepted record of a key bound it to its sensor. */
  | { kind: 'key_bound'; key_id: string; sensor_id: string }
  /** Records left the quarantine because their key was over its share; `key_prefix` is null where they came without a key. */
  | { kind: 'quarantine_evicted'; key_prefix: string | null; records: number; bytes: number }
  /** A sensor sent a file for the evidence vault. */
  | { kind: 'evidence_received'; outcome: 'stored' | 'duplicate' | 'refused'; bytes: number }
  /** A file of the evidence vault was asked for by a person; `broken_off`: not all of it was sent. */
  | { kind: 'evidence_downloaded'; outcome: 'sent' | 'broken_off' | 'refused' }
  /** The bucket of the evidence vault was asked for something; `rejected`: it failed before, and was not asked. */
  | {
      kind: 'evidence_storage_used'
      operation: 'put' | 'head' | 'get' | 'delete' | 'list'
      outcome: 'succeeded' | 'failed' | 'rejected'
    }
  /** A sensor sent a recording of a terminal, or a part of one. */
  | {
      kind: 'recording_received'
      outcome: 'stored' | 'duplicate' | 'refused'
      bytes: number
      /** Null where it is not known, and where nothing was stored. */
      session_id: string | null
    }
  /** Live feeds of all replicas were sent that sessions changed; 0 sessions: it names none. */
  | { kind: 'sessions_announced'; sessions: number }
  /** Messages arrived at a connector; what becomes of their records is stated as for every other way of sending. */
  | { kind: 'connector_received'; connector: Connector; transport: Transport; messages: number }
  /** A connector refused a connection, or dropped messages. */
  | {
      kind: 'connector_refused'
      connector: Connector
      transport: Transport
      reason: ConnectorRefusal
      /** The address of the sender. */
      client_ip: string
      /** Messages that are lost with it; 0 for a connection. */
      messages: number
    }
  /** A connector cannot store what it received, or cannot reach where it receives from: it waits and tries again. */
  | { kind: 'connector_waiting'; connector: Connector; reason: string }
  /**
   * An attack of the platform is over: it became an alert, or not. `way` is the kind of its target; `seconds` from the attack to its alert,
   * null without one.
   */
  | { kind: 'synthetic_attack_judged'; way: string; detected: boolean; seconds: number | null }
  /** Of the expected sensors so many are proven to be there; once a minute. */
  | { kind: 'sensors_covered'; proven: number; expected: number }
  /** A marker that proved nothing is written down. */
  | { kind: 'synthetic_marker_noted'; reason: SyntheticMarkerReason }
  /** The platform's own client acknowledged the alert of an attack of the platform. */
  | { kind: 'synthetic_alert_acknowledged'; alert_id: string }
  /** An event of an attacker carries what looks like a marker of an attack of the platform, which proved nothing. */
  | {
      kind: 'synthetic_marker_ignored'
      sensor_id: string
      source_ip: string
      session_id: string
      marker: string
    }
  /** Escalations are durable and wait for the alert manager. */
  | { kind: 'escalations_stored'; count: number }
  | { kind: 'alert_suppressed'; threat_level: AlertLevel; suppressed_by: string }
  /**
   * From the receipt of an event to the acknowledgement of its alert by a live feed client; not acknowledged: the client is there and
   * late, and `seconds` is how long the alert waited so far. Once for each alert and client.
   */
  | { kind: 'alert_delivered'; seconds: number; mode: 'live' | 'resumed'; acknowledged: boolean }
  /** A client was sent an alert, and it is unknown when it had it: it never acknowledged any, or left before it did. */
  | { kind: 'alert_unmeasured'; reason: 'never_acknowledged' | 'left' }
  /** Somebody sent a test message to a channel. */
  | { kind: 'channel_tested'; delivered: boolean }
  /** The receiver of the heartbeat (HEARTBEAT_URL) accepted it. */
  | { kind: 'heartbeat_answered' }
  | { kind: 'delivery_attempted'; channel_type: ChannelType; outcome: 'delivered' | 'failed' | 'dead' }
  /** Somebody asked for an analysis, cached or not. */
  | { kind: 'analysis_requested' }
  /** `milliseconds` is the round trip of the LLM where it answered. */
  | { kind: 'session_analyzed'; by_llm: boolean; milliseconds: number }
  | { kind: 'chat_requested' }
  | { kind: 'llm_used'; input_tokens: number; output_tokens: number; cost_usd: number }
  | { kind: 'claims_dropped'; what: 'techniques' | 'iocs' | 'claims' | 'actions'; count: number }
  /** A request to the LLM was not sent, because the user, or all users together, had as many as they may in a day. */
  | { kind: 'llm_request_refused'; operation: 'analyze' | 'chat'; quota: 'user' | 'total' }
  /** The LLM said a severity far below that of the rules. */
  | { kind: 'severity_checked'; outcome: 'raised' | 'accepted' }
  /** One look of the watch over the LLM: at its list of models, or by a minimal completion. */
  | { kind: 'llm_probed'; available: boolean; by: 'models' | 'completion' }
  /** What the present minute's slice of AI availability is made of: the look of each replica, and every failure that somebody met. */
  | { kind: 'llm_minute_observed'; available: boolean }
  /** A visit of a canary was counted and not stored: its token or address had as many as are stored in a minute. */
  | { kind: 'canary_visit_beyond_limit' }
  /** A visit of a canary, or what asks for one, could not be stored. */
  | ({ kind: 'canary_visit_failed'; client_ip: string; reason: string; cause: string } & RequestTrace)
  /**
   * A message arrived at the DNS server of canaries. `truncated` and `dropped`: refused by the limit of answers to an address, of which the
   * first may ask again over TCP; `refused`: of a name outside the zone; `ignored`: no query at all.
   */
  | { kind: 'canary_dns_query'; transport: 'udp' | 'tcp'; outcome: CanaryDnsOutcome }
  /**
   * A name in the zone of canaries was looked up. `counted`: beyond the limits of visits; `unknown`: of no token; `full`: as many are being
   * recorded as may be.
   */
  | { kind: 'canary_dns_lookup'; outcome: 'stored' | 'counted' | 'unknown' | 'failed' | 'full' }
  /** The DNS server of canaries refused a connection. */
  | { kind: 'canary_dns_connection_refused' }
  /** A feed of indicators was asked for. */
  | { kind: 'feed_requested'; outcome: 'sent' | 'not_modified' | 'refused' }
  /** Keys that were refused on the routes of sensors, remembered for the operational alert or not. */
  | { kind: 'key_refusals_noted'; outcome: 'stored' | 'dropped'; count: number }
  | {
      kind: 'items_forwarded'
      what: 'logs' | 'events' | 'audit'
      outcome: 'shipped' | 'failed'
      count: number
    }
  /** A line of WARNING or above that is no key event, written or left out. `message` is our own text, never a request's. */
  | { kind: 'problem_logged'; level: 'WARNING' | 'ERROR' | 'CRITICAL'; logger: string; message: string }

/** Ways of receiving events that are not HTTP. */
export type Connector = 'syslog' | 'hpfeeds'

export type Transport = 'tcp' | 'tls' | 'udp'

/** What became of a message at the DNS server of canaries. */
export type CanaryDnsOutcome =
  | 'answered'
  | 'refused'
  | 'malformed'
  | 'not_implemented'
  | 'ignored'
  | 'truncated'
  | 'dropped'

/**
 * Why a connector refuses: the address is not in its list; there are as many connections as may be, in all or of the address; the TLS
 * handshake failed; nothing arrives; as much waits as may wait; the sender is not who it says it is, or breaks the protocol; the server
 * stops; the records cannot be stored at all.
 */
export type ConnectorRefusal =
  | 'not_allowed'
  | 'too_many_connections'
  | 'too_many_of_address'
  | 'tls_failed'
  | 'idle'
  | 'queue_full'
  | 'unauthorized'
  | 'protocol_error'
  | 'stopped'
  | 'not_storable'

/** A fact that one feature states and others may subscribe to. */
export type PlatformEvent = KeyEvent | MeasuredEvent

export type EventOf<Kind extends PlatformEvent['kind']> = Extract<PlatformEvent, { kind: Kind }>

/** States a fact. Never throws and never waits: it is called on the ingest path. */
export type Publish = (event: PlatformEvent) => void
