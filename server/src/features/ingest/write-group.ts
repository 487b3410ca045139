import { randomInt } from 'node:crypto'
import type { Event } from '@eviltwin/contract'
import type { RequestIds } from '../../domain/request-ids.js'
import type { Shown } from '../scoring/index.js'
import type { QuarantineRow } from './commit-rows.js'
import type { PreparedRecord } from './prepare.js'

/** The records of one request. */
export interface Write extends RequestIds {
  records: readonly PreparedRecord[]
  /** The id of the sender's key; {@link NO_KEY} without one. */
  key_id: string
  /** What its events show, read before it waits: nobody else waits for that. What is missing is read when the group is planned. */
  shown?: ReadonlyMap<Event, Shown>
}

/** What a group of writes holds, each thing once. */
export interface WriteGroup {
  events: Event[]
  sessionIds: Set<string>
  /** A request that sent an event of the session, by session. */
  requestOf: Map<string, RequestIds>
  rejected: QuarantineRow[]
  /** By the id of an event the one that the other version of identity gives it; mostly empty. */
  otherIds: Map<string, string>
  shown: Map<Event, Shown>
  /** Those of the events that may be of an attack of the platform itself; nearly always none. */
  suspects: readonly Event[]
  /** Tells this group's commit from every other one. A positive 32-bit integer. */
  groupId: number
}

/**
 * Gathers the events and the quarantined records of writes; of those that are there twice, the first event stays.
 * @param concerned tells which events may be of an attack of the platform itself.
 */
export function gather(
  writes: readonly Write[],
  concerned: (events: readonly Event[]) => readonly Event[] = () => [],
): WriteGroup {
  const events = new Map<string, Event>()
  const requestOf = new Map<string, RequestIds>()
  const rejected = new Map<string, QuarantineRow>()
  const otherIds = new Map<string, string>()
  const shownBy = new Map<Event, Shown>()
  for (const { records, request_id, traceparent, shown } of writes) {
    for (const [event, what] of shown ?? []) shownBy.set(event, what)
    const ids = { request_id, traceparent }
    for (const record of records) {
      if ('row' in record) {
        rejected.set(record.row.id, seenAgain(record.row, rejected.get(record.row.id)))
        continue
      }
      for (const [id, other] of record.otherIds ?? []) otherIds.set(id, other)
      for (const event of record.events) {
        if (!events.has(event.id)) events.set(event.id, event)
        requestOf.set(event.session_id, ids)
      }
    }
  }
  const distinct = [...events.values()]
  return {
    events: distinct,
    suspects: concerned(distinct),
    sessionIds: new Set(requestOf.keys()),
    requestOf,
    rejected: [...rejected.values()],
    otherIds,
    shown: shownBy,
    groupId: randomInt(1, 2 ** 31),
  }
}

function seenAgain(row: QuarantineRow, before: QuarantineRow | undefined): QuarantineRow {
  return { ...row, times_seen: (before?.times_seen ?? 0) + 1 }
}
