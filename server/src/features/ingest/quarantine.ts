import {
  isCanarySensorId,
  type QuarantineDeletion,
  type QuarantineDeletionResult,
  type QuarantinedRecord,
  type QuarantineReplay,
  type QuarantineReplayResult,
  type QuarantineUsage,
} from '@eviltwin/contract'
import type { KeyBinding } from '../../domain/key-binding.js'
import { InvalidInputError, NotFoundError } from '../../platform/errors.js'
import { decodeCursor, encodeCursor, KEY } from '../../platform/postgres/cursor.js'
import type { Ingest } from './ingest.js'
import type { QuarantinedBody, QuarantineStore } from './quarantine-store.js'
import type { QuarantineLimits, QuarantineUsageStore } from './quarantine-usage-store.js'
import { type ReadLimits, type ReadRecord, readRecords } from './read-records.js'

export interface Quarantine extends Pick<QuarantineStore, 'list' | 'preview'> {
  /** @throws {NotFoundError} */
  find(id: string): Promise<QuarantinedRecord>
  usage(): Promise<QuarantineUsage>
  /**
   * Sends quarantined records through the pipeline once more; those that become events leave the quarantine. What their key may speak for
   * is looked up again, so a record of another sensor stays until an administrator binds the key to that one. One call tries one page:
   * call again with `next_cursor` until it is null.
   */
  replay(which: QuarantineReplay, request_id: string): Promise<QuarantineReplayResult>
  /** @throws {NotFoundError} */
  deleteOne(id: string): Promise<void>
  /**
   * Deletes what matches, at most 10,000 records in one call.
   * @throws {InvalidInputError} when nothing is given, not even `all`: a filter that was forgotten deletes nothing.
   */
  deleteMatching(which: QuarantineDeletion): Promise<QuarantineDeletionResult>
}

export interface QuarantineOptions {
  store: QuarantineStore
  usage: Pick<QuarantineUsageStore, 'state' | 'keys'>
  ingest: Pick<Ingest, 'submit'>
  /** What keys may speak for now, by the ids of those that are stored. */
  bindingsOf: (key_ids: readonly string[]) => Promise<ReadonlyMap<string, KeyBinding>>
  readLimits: ReadLimits
  limits: QuarantineLimits
}

const NIL = '00000000-0000-0000-0000-000000000000'
const REMOVALS_PER_CALL = 10
const ANY_SENSOR: KeyBinding = { kind: 'any' }

export function createQuarantine(options: QuarantineOptions): Quarantine {
  const { store, limits } = options

  return {
    list: store.list,
    preview: store.preview,
    async find(id) {
      return (await store.find(id)) ?? recordNotFound(id)
    },
    async usage() {
      const [state, keys] = await Promise.all([options.usage.state(), options.usage.keys()])
      const { largest_key_bytes: _, seconds_since_eviction: __, ...held } = state
      return { max_bytes: limits.maxBytes, max_bytes_per_key: limits.maxBytesPerKey, ...held, keys }
    },
    async replay({ cursor, ...which }, request_id) {
      const [after = NIL] = cursor === undefined ? [] : decodeCursor(cursor, [KEY.uuid])
      const { items, more } = await store.bodies(which, after)
      const last = items.at(-1)
      return {
        ...(await replayPage(items, request_id, options)),
        next_cursor: more && last ? encodeCursor([last.id]) : null,
      }
    },
    async deleteOne(id) {
      const { deleted } = await store.remove({ ids: [id] })
      if (deleted === 0) recordNotFound(id)
    },
    async deleteMatching({ all, ...filter }) {
      if (!all && Object.values(filter).every((value) => value === undefined)) {
        throw new InvalidInputError(
          'the request has no filter; send a filter, or all=true to delete every record',
          [{ pointer: '/all', message: 'must be true where nothing else is given' }],
        )
      }
      const result: QuarantineDeletionResult = { deleted: 0, bytes: 0, more: true }
      for (let removal = 0; removal < REMOVALS_PER_CALL && result.more; removal += 1) {
        const { deleted, bytes } = await store.remove(filter)
        result.deleted += deleted
        result.bytes += bytes
        result.more = deleted > 0
      }
      return result
    },
  }
}

async function replayPage(
  items: readonly QuarantinedBody[],
  request_id: string,
  { ingest, store, bindingsOf, readLimits }: QuarantineOptions,
): Promise<Omit<QuarantineReplayResult, 'next_cursor'>> {
  const result = { replayed: 0, still_quarantined: 0, not_replayable: 0 }
  const bindings = await bindingsOf([...new Set(items.map(({ key_id }) => key_id))])
  for (const { sender, rows } of bySender(items)) {
    const readable = readableOf(rows, readLimits)
    result.still_quarantined += rows.length - new Set(readable.map(({ id }) => id)).size
    result.not_replayable += rows.filter(({ body }) => body === null).length
    const binding = bindings.get(sender.key_id) ?? (rows.every(cameByCanary) ? undefined : ANY_SENSOR)
    const outcomes = await ingest.submit({
      request_id,
      ...sender,
      ...(binding && { binding }),
      records: readable.map(({ record }) => record),
    })
    const done: string[] = []
    for (const [index, outcome] of outcomes.entries()) {
      const id = readable[index]?.id ?? ''
      if (outcome.status !== 'quarantined') result.replayed += 1
      else result.still_quarantined += 1
      // Refused again under another id (its bytes are read otherwise than then): that row replaces this one.
      if (!(outcome.status === 'quarantined' && outcome.quarantine_id === id)) done.push(id)
    }
    if (done.length > 0) await store.remove({ ids: done })
  }
  return result
}

/** A record that cannot even be read is not sent again: it would only be counted once more. */
function readableOf(
  rows: readonly QuarantinedBody[],
  limits: ReadLimits,
): Array<{ id: string; record: ReadRecord }> {
  return rows.flatMap(({ id, body, envelope_time }) => {
    const records = body === null ? [] : readAgain(body, envelope_time, limits)
    return records.map((record) => ({ id, record }))
  })
}

/** Without a key: what the hook of a canary token brought, and not what claimed to be that token. */
function cameByCanary({ sensor_id, reason }: QuarantinedBody): boolean {
  return reason !== 'sensor_mismatch' && sensor_id !== null && isCanarySensorId(sensor_id)
}

/** Records that came from the same sender are sent again together. */
function bySender(items: readonly QuarantinedBody[]) {
  const senders = new Map<
    string,
    {
      sender: { key_id: string; key_sensor_id?: string; default_sensor_id?: string }
      rows: QuarantinedBody[]
    }
  >()
  for (const item of items) {
    const { key_id, key_sensor_id, sensor_id } = item
    const name = JSON.stringify([key_id, key_sensor_id, sensor_id, cameByCanary(item)])
    const known = senders.get(name)
    if (known) known.rows.push(item)
    else {
      const sender = {
        key_id,
        ...(key_sensor_id !== null && { key_sensor_id }),
        ...(sensor_id !== null && { default_sensor_id: sensor_id }),
      }
      senders.set(name, { sender, rows: [item] })
    }
  }
  return senders.values()
}

/** What is now more than one record was quarantined as one by an earlier release. @returns none where anything of it cannot be read. */
function readAgain(body: Buffer, time: string | null, limits: ReadLimits): ReadRecord[] {
  try {
    const { records } = readRecords(body, true, limits)
    if (records.some((record) => 'rejection' in record)) return []
    return time === null ? records : records.map((record) => ({ ...record, envelope: { time } }))
  } catch {
    return []
  }
}

function recordNotFound(id: string): never {
  throw new NotFoundError(
    `quarantined record ${id} was not found; it may have been replayed, deleted or evicted`,
  )
}
