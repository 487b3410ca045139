import { Event } from '@eviltwin/contract'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { type StoredEvent, TEXT_REFERENCE, withTexts } from '../record-texts/index.js'

/** How far a reader has got. */
export interface ForwardPosition {
  /** In the order of receipt, for rows without a transaction id of this cluster. */
  received_at: string
  id: string
  /** In the order of commits, for all others. */
  commit_xid: number
  commit_id: string
  /** System identifier of the cluster that `commit_xid` belongs to. */
  cluster: string
  /** Rows received until then may have transaction ids of another cluster; null: there are none such. */
  commit_order_since: string | null
}

/** Events that come next, and where the reader is once they have arrived. */
export interface ForwardBatch {
  events: Event[]
  position: ForwardPosition
}

/** Events on their way to another system, and how far they have got. */
export interface ForwardStore {
  /**
   * The next events of a cursor, none when it has them all; a new cursor starts at the present. Events are read in the order of their commits,
   * up to the oldest transaction that is under way, however long it takes. Rows of release 0.1.0, and those restored from another
   * cluster, have no such order: they are read by their receipt, once they are older than any commit may take.
   */
  next(cursor: string, now: Date, limit: number): Promise<ForwardBatch>
  /** Moves the cursor to a position. */
  advance(cursor: string, position: ForwardPosition): Promise<void>
}

interface ClusterNow {
  /** Every transaction before it has ended. */
  settled_xid: number
  cluster: string
}

const NIL = '00000000-0000-0000-0000-000000000000'
/** Longer than a statement of the ingest may take. */
const SETTLED_MS = 35_000
/** Transactions that are looked through at first; more while they stored no events. */
const FIRST_WINDOW = 2_048
const COLUMNS = [...Object.keys(Event.shape), ...TEXT_REFERENCE].map((column) => `e.${column}`).join(', ')

export function createForwardStore(database: Transactional): ForwardStore {
  return {
    next: (cursor, now, limit) =>
      database.transaction(async (client) => {
        const settledAt = new Date(now.getTime() - SETTLED_MS)
        const current = await clusterNow(client)
        const position = await positionOf(client, { cursor, current, now, settledAt })
        const committed = await nextCommitted(client, position, current.settled_xid, limit)
        if (committed.events.length > 0) return committed
        return nextReceived(client, committed.position, settledAt, limit)
      }),
    async advance(cursor, position) {
      await database.query({
        name: 'forward-advance',
        text: `UPDATE forward_cursors SET received_at = $2, id = $3, commit_xid = $4, commit_id = $5, cluster = $6,
          commit_order_since = $7 WHERE name = $1`,
        values: [
          cursor,
          position.received_at,
          position.id,
          position.commit_xid,
          position.commit_id,
          position.cluster,
          position.commit_order_since,
        ],
      })
    },
  }
}

async function clusterNow(client: Queryable): Promise<ClusterNow> {
  const [current] = await client.query<ClusterNow>({
    name: 'forward-cluster',
    text: `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS settled_xid,
      (SELECT system_identifier::text FROM pg_control_system()) AS cluster`,
  })
  if (!current) throw new Error('the cluster has one state')
  return current
}

/** Where the cursor is, in terms of this cluster. */
async function positionOf(
  client: Queryable,
  {
    cursor,
    current: { settled_xid, cluster },
    now,
    settledAt,
  }: { cursor: string; current: ClusterNow; now: Date; settledAt: Date },
): Promise<ForwardPosition> {
  await client.query({
    text: `INSERT INTO forward_cursors (name, received_at, id, commit_xid, commit_id, cluster)
      VALUES ($1, $2, $3, $4, $3, $5) ON CONFLICT DO NOTHING`,
    values: [cursor, settledAt, NIL, settled_xid, cluster],
  })
  const [stored] = await client.query<
    ForwardPosition & { commit_xid: number | null; commit_id: string | null; cluster: string | null }
  >({
    text: `SELECT received_at, id, commit_xid, commit_id, cluster, commit_order_since FROM forward_cursors WHERE name = $1`,
    values: [cursor],
  })
  if (!stored) throw new Error(`the cursor ${cursor} was removed`)
  // Of release 0.1.0: everything that has a transaction id was stored since.
  if (stored.cluster === null) return { ...stored, commit_xid: 0, commit_id: NIL, cluster }
  if (stored.cluster === cluster) return stored
  return {
    ...stored,
    commit_xid: settled_xid,
    commit_id: NIL,
    cluster,
    commit_order_since: now.toISOString(),
  }
}

/** The events of transactions that have ended. Where they stored none, the position alone moves. */
async function nextCommitted(
  client: Queryable,
  position: ForwardPosition,
  settledXid: number,
  limit: number,
): Promise<ForwardBatch> {
  let { commit_xid, commit_id } = position
  for (let window = FIRST_WINDOW; commit_xid < settledXid; window *= 4) {
    const end = Math.min(settledXid, commit_xid + window)
    const rows = await client.query<StoredEvent & { commit_xid: number }>({
      // The condition on received_at chooses partitions: no commit takes a day.
      text: `SELECT ${COLUMNS}, e.commit_xid FROM events e
        WHERE e.commit_xid >= $1 AND e.commit_xid < $2 AND (e.commit_xid, e.id) > ($1, $3::uuid)
          AND e.received_at >= greatest($4::timestamptz - interval '1 day', $5::timestamptz)
        ORDER BY e.commit_xid, e.id LIMIT $6`,
      values: [commit_xid, end, commit_id, position.received_at, position.commit_order_since, limit],
    })
    const last = rows.at(-1)
    if (last) {
      return {
        events: await allWithTexts(
          client,
          rows.map(({ commit_xid: _, ...event }) => event),
        ),
        position: { ...position, commit_xid: last.commit_xid, commit_id: last.id },
      }
    }
    commit_xid = end
    commit_id = NIL
  }
  return { events: [], position: { ...position, commit_xid, commit_id } }
}

/** Events without a transaction id of this cluster that were received before `settledAt`. */
async function nextReceived(
  client: Queryable,
  position: ForwardPosition,
  settledAt: Date,
  limit: number,
): Promise<ForwardBatch> {
  const rows = await client.query<StoredEvent>({
    // Two conditions on received_at: the plain ones choose partitions, the pair says where the cursor is.
    text: `SELECT ${COLUMNS} FROM events e
      WHERE e.received_at >= $1 AND e.received_at < $3 AND (e.received_at, e.id) > ($1, $2::uuid)
        AND (e.commit_xid IS NULL OR e.received_at <= $4)
      ORDER BY e.received_at, e.id LIMIT $5`,
    values: [position.received_at, position.id, settledAt, position.commit_order_since, limit],
  })
  const events = await allWithTexts(client, rows)
  const last = events.at(-1)
  if (last) return { events, position: { ...position, received_at: last.received_at, id: last.id } }
  const isBehind = Date.parse(position.received_at) < settledAt.getTime()
  return {
    events,
    position: isBehind ? { ...position, received_at: settledAt.toISOString(), id: NIL } : position,
  }
}

async function allWithTexts(client: Queryable, rows: readonly StoredEvent[]): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of withTexts(client, rows)) events.push(event)
  return events
}
