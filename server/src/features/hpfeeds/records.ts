import { inTurns } from '../../domain/turns.js'
import {
  type ConnectorIntake,
  type ConnectorOutcome,
  type ReadLimits,
  type ReadRecord,
  readingCost,
  readRecord,
} from '../ingest/index.js'
import { Rejection } from '../sensors/index.js'
import type { HpfeedsMessage } from './wire.js'

export type Published = Extract<HpfeedsMessage, { op: 'publish' }>

export interface RecordOptions {
  connectors: ConnectorIntake
  limits: ReadLimits
}

/** What a reason quotes of a message. */
const QUOTED_BYTES = 80

/** Stores messages as records of a sensor key. */
export async function storePublished(
  messages: readonly Published[],
  { connectors, limits }: RecordOptions,
  source: { key: string; signal: AbortSignal },
): Promise<ConnectorOutcome> {
  const records = await inTurns(readingMessages(messages, limits))
  return connectors.store({ connector: 'hpfeeds', ...source }, records)
}

function* readingMessages(
  messages: readonly Published[],
  limits: ReadLimits,
): Generator<number, ReadRecord[]> {
  const records: ReadRecord[] = []
  for (const message of messages) {
    records.push(recordOf(message, limits))
    yield readingCost(message.payload.length, limits)
  }
  return records
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
