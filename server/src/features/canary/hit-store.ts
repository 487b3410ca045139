import type { CanaryHit, CanaryHitQuery, Event, Page } from '@eviltwin/contract'
import { type SqlBool, sql } from 'kysely'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { queriesOf, rowsBehind, type SortKeys } from '../../platform/postgres/query-builder.js'
import { type StoredEvent, TEXT_REFERENCE, withTexts } from '../record-texts/index.js'
import { type RecordedVisit, visitIn } from './visit.js'

/** A touch of a canary; `visit` is null where its record is not there or is not of a visit. */
export type StoredHit = Omit<CanaryHit, 'visit'> & { visit: RecordedVisit | null }

export interface CanaryHitStore {
  /** Touches of one token, newest first. */
  hits(sensor_id: string, query: CanaryHitQuery): Promise<Page<StoredHit>>
}

const COLUMNS = [
  'id',
  'session_id',
  'occurred_at',
  'source_ip',
  'source_port',
  'protocol',
  'client',
  'username',
  'password',
  'message',
  'raw',
] as const
const NEWEST: SortKeys = [
  ['occurred_at', 'timestamptz'],
  ['id', 'uuid'],
]

const queries = queriesOf<{ events: StoredEvent }>()

export function createCanaryHitStore(database: Queryable): CanaryHitStore {
  return {
    async hits(sensor_id, { limit, cursor }) {
      const { items, next_cursor } = await readPage<StoredEvent>(database, {
        rows: queries
          .selectFrom('events')
          .select([...COLUMNS, ...TEXT_REFERENCE])
          // Spelled as the partial index is.
          .where(sql<SqlBool>`event_type = 'canary'`)
          .where('sensor_id', '=', sensor_id)
          .where(rowsBehind(cursor, '<', NEWEST))
          .orderBy('occurred_at', 'desc')
          .orderBy('id', 'desc'),
        limit,
        keysOf: (hit) => [hit.occurred_at, hit.id],
        counted: null,
      })
      const hits: StoredHit[] = []
      // One record at a time: those of other systems may be long.
      for await (const event of withTexts(database, items)) hits.push(hitOf(event))
      return { items: hits, next_cursor }
    },
  }
}

function hitOf({ id, raw, ...event }: Pick<Event, (typeof COLUMNS)[number]>): StoredHit {
  return { event_id: id, ...event, visit: raw === null ? null : visitIn(raw) }
}
