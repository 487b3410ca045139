import type { Event, RejectionReason, SensorKind } from '@eviltwin/contract'
import type { JsonObject } from '../../../domain/json.js'

/** One record as a sensor sent it. */
export interface SensorRecord {
  json: JsonObject
  /** The exact text of the record: no surrounding white space, otherwise untouched. */
  raw: string
}

/** What a collector's envelope says of a record, such as Splunk's HTTP Event Collector. */
export interface Envelope {
  time?: unknown
  /** Of any type: whoever sends it decides. */
  host?: unknown
}

/** What is known about a record beside its content. */
export interface SensorContext {
  /** When EvilTwin received it: RFC 3339, UTC, six fractional digits. */
  received_at: string
  /** The sensor the sender proved to be (a key bound to a sensor); it overrides what the record says. */
  sensor_id?: string
  /** The sensor to assume when neither the key nor the record names one. */
  default_sensor_id?: string
  /** The sensor of the sender's key, to assume when nothing else names one. */
  own_sensor_id?: string
  /** From `Idempotency-Key`: replaces the identity derived from the content. */
  idempotency_key?: string
  /** What an envelope says of the record, for where the record itself is silent. */
  envelope?: Envelope
  /**
   * Collects for the id of each event the one that release 0.1.0 gave it; left out where no such event is stored any more.
   */
  former_ids?: Map<string, string>
  /** The record came by the way of a canary of this name (which may be empty): it is a touch of it, whatever it says. */
  canary?: string
}

/** Why a record is no event. */
export class Rejection {
  constructor(
    readonly reason: RejectionReason,
    readonly detail: string,
  ) {}
}

/** Turns one record of one kind of sensor into events. Pure: the same input always gives the same events. */
export type Adapter = (record: SensorRecord, context: SensorContext) => Event[] | Rejection

/** What an adapter knows of an event beside the parts that every adapter derives alike. */
export type EventDetails = Partial<
  Pick<
    Event,
    | 'action'
    | 'outcome'
    | 'source_port'
    | 'destination_ip'
    | 'destination_port'
    | 'protocol'
    | 'username'
    | 'password'
    | 'command'
    | 'url'
    | 'file_sha256'
    | 'client'
    | 'message'
  >
> &
  Pick<Event, 'event_type'>

/** The parts that all events of one record share. */
export type EventBase = Pick<
  Event,
  'received_at' | 'occurred_at' | 'sensor_id' | 'session_id' | 'source_ip'
> & { sensor_kind: SensorKind }

/** Completes an event: whatever the adapter does not know is null. */
export function eventOf(id: string, base: EventBase, details: EventDetails, raw: string | null): Event {
  return {
    id,
    received_at: base.received_at,
    occurred_at: base.occurred_at,
    sensor_id: base.sensor_id,
    sensor_kind: base.sensor_kind,
    event_type: details.event_type,
    action: details.action ?? null,
    outcome: details.outcome ?? null,
    session_id: base.session_id,
    source_ip: base.source_ip,
    source_port: details.source_port ?? null,
    destination_ip: details.destination_ip ?? null,
    destination_port: details.destination_port ?? null,
    protocol: details.protocol ?? null,
    username: details.username ?? null,
    password: details.password ?? null,
    command: details.command ?? null,
    url: details.url ?? null,
    file_sha256: details.file_sha256 ?? null,
    client: details.client ?? null,
    message: details.message ?? null,
    raw,
  }
}
