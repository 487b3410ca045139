import { inTurns } from '../../domain/turns.js'
import {
  type ConnectorEvents,
  type ConnectorIntake,
  type ConnectorOutcome,
  type ReadLimits,
  type ReadRecord,
  readingEach,
  readRecord,
} from '../ingest/index.js'
import { Rejection } from '../sensors/index.js'
import type { HpfeedsMessage } from './wire.js'

/** A message on a channel: what sensors send, and subscribers receive. */
export type Published = Extract<HpfeedsMessage, { op: 'publish' }>

/** What messages are read and stored with. */
export interface RecordOptions {
  connectors: ConnectorIntake
  limits: ReadLimits
  events: ConnectorEvents
}

/** Where messages come from. */
export interface PublishedSource {
  /** The sensor key that they are stored with. */
  key: string
  /** Of the sender, or host and port of the broker that sent them. */
  address: string
  /** Ends the attempts to store them. */
  signal: AbortSignal
}

/** Messages that are stored together at most: a sender of many waits for each group before more is read. */
export const BATCH = 500

/** What a reason quotes of a message. */
const QUOTED_BYTES = 80

/** Stores messages as records of a sensor key, and publishes how many were received, and how many are lost. Never rejects. */
export async function storePublished(
  messages: readonly Published[],
  { connectors, limits, events }: RecordOptions,
  { key, address, signal }: PublishedSource,
): Promise<ConnectorOutcome> {
  events.received(messages.length)
  const records = await inTurns(
    readingEach(
      messages,
      limits,
      ({ payload }) => payload,
      (message) => recordOf(message, limits),
    ),
  )
  const outcome = await connectors.store({ connector: 'hpfeeds', key, signal }, records)
  if (outcome !== 'stored') events.refused(outcome, address, messages.length)
  return outcome
}

/** The payload is the record. Where it names no sensor, the ident that published it is the sensor. */
function recordOf({ ident, channel, payload }: Published, limits: ReadLimits): ReadRecord {
  const first = payload.find((byte) => byte > 0x20)
  if (first !== 0x7b && first !== 0x5b) {
    const found = payload.length === 0 ? 'nothing' : `"${payload.toString('utf8', 0, QUOTED_BYTES)}"`
    const detail = `no JSON object in a message of the channel ${channel} by ${ident}: there is ${found}`
    return { rejection: new Rejection('invalid_json', detail), bytes: payload }
  }
  const record = readRecord(payload, limits)
  return 'rejection' in record ? record : { ...record, envelope: { host: ident } }
}
