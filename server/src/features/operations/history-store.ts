import type { OpsTransition } from '@eviltwin/contract'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'

/** A change of a rule's state; who was notified of it is stored apart. */
export type NewTransition = Omit<OpsTransition, 'delivered' | 'told' | 'notified'>

/** A notification that was sent without the outbox. Times are milliseconds since the epoch. */
export interface SentNotification {
  rule_id: string
  status: 'firing' | 'acknowledged' | 'resolved'
  /** When it was decided. */
  at: number
  channel_id: string
  channel: string
  outcome: 'delivered' | 'failed'
  settled_at: number
  detail: string | null
}

/** When a rule fired; milliseconds since the epoch. `to` is `from` where no end is stored: it still fires, or its process was killed. */
export interface Firing {
  from: number
  to: number
}

/** Notifications of one change that are shown; a severity that rises adds to them. */
const MAX_NOTIFIED = 50
/** Replicas that lose the database together state the same change so close to each other; one rule cannot fire twice in that time. */
const SAME_CHANGE = `interval '15 seconds'`
/** The change that is stored may be that of another replica, which noticed it a moment later. */
const DECIDED_FOR = `(o.at + CASE WHEN o.delivery_id IS NULL THEN ${SAME_CHANGE} ELSE interval '0' END)`
const OFFLINE_LOCK = 7_013
const RFC3339 = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

/** Changes, newest first, each with its notifications: those of the same rule and event until the next such change. */
export function readHistory(
  database: Queryable,
  rule_id: string | null,
  limit: number,
): Promise<OpsTransition[]> {
  return database.query<OpsTransition>({
    text: `WITH shown AS (
        SELECT * FROM ops_transitions WHERE $1::text IS NULL OR rule_id = $1 ORDER BY at DESC, id DESC LIMIT $2
      )
      SELECT t.at, t.rule_id, t.event, t.value, t.actor, t.told OR n.delivered AS delivered, t.told OR n.delivered AS told, n.notified
      FROM shown t, LATERAL (
        SELECT coalesce(bool_or(outcome = 'delivered'), false) AS delivered,
          coalesce(json_agg(json_build_object('channel', channel, 'at', to_char(coalesce(settled_at, at), '${RFC3339}'),
            'outcome', outcome, 'detail', detail) ORDER BY id), '[]') AS notified
        FROM (
          SELECT * FROM operational_notifications o
          WHERE o.rule_id = t.rule_id AND o.status = t.event AND ${DECIDED_FOR} >= t.at AND ${DECIDED_FOR} < coalesce(
            (SELECT min(later.at) FROM ops_transitions later
              WHERE later.rule_id = t.rule_id AND later.event = t.event AND later.at > t.at), 'infinity')
          ORDER BY id LIMIT ${MAX_NOTIFIED}
        ) notifications
      ) n ORDER BY t.at DESC, t.id DESC`,
    values: [rule_id, limit],
  })
}

/** When any of the rules fired since then, oldest first. */
export async function readFirings(
  database: Queryable,
  rule_ids: readonly string[],
  since: Date,
): Promise<Firing[]> {
  return database.query<Firing>({
    text: `SELECT (extract(epoch FROM f.at) * 1000)::float8 AS "from", (extract(epoch FROM coalesce(e.at, f.at)) * 1000)::float8 AS "to"
      FROM ops_transitions f, LATERAL (
        SELECT min(at) AS at FROM ops_transitions later
        WHERE later.rule_id = f.rule_id AND later.event IN ('firing', 'resolved') AND later.at > f.at
      ) e
      WHERE f.rule_id = ANY ($1) AND f.event = 'firing' AND coalesce(e.at, f.at) >= $2 ORDER BY f.at`,
    values: [rule_ids, since],
  })
}

/** Adds changes to the history. */
export async function addTransitions(
  client: Queryable,
  transitions: readonly NewTransition[],
): Promise<void> {
  await client.query({
    text: `INSERT INTO ops_transitions (at, rule_id, event, value, actor, told)
      SELECT at, rule_id, event, value, actor, false
      FROM json_to_recordset($1) AS t (at timestamptz, rule_id text, event text, value float8, actor text)`,
    values: [JSON.stringify(transitions)],
  })
}

/** Adds what a replica did while the database was away, without what was added before: changes by another replica, or all of it. */
export function addOffline(
  database: Transactional,
  transitions: readonly NewTransition[],
  notifications: readonly SentNotification[],
): Promise<void> {
  return database.transaction(async (client) => {
    // Replicas that come back together write one after another, so that each sees what the other wrote.
    await client.query({ text: `SELECT pg_advisory_xact_lock(${OFFLINE_LOCK})` })
    const known = await client.query<{ at: string; rule_id: string; event: string }>({
      text: `SELECT t.at, t.rule_id, t.event FROM json_to_recordset($1) AS t (at timestamptz, rule_id text, event text)
        WHERE EXISTS (SELECT 1 FROM ops_transitions o WHERE o.rule_id = t.rule_id AND o.event = t.event
          AND o.at BETWEEN t.at - ${SAME_CHANGE} AND t.at + ${SAME_CHANGE})`,
      values: [JSON.stringify(transitions)],
    })
    const fresh = transitions.filter(
      ({ at, rule_id, event }) =>
        !known.some(
          (row) => row.rule_id === rule_id && row.event === event && Date.parse(row.at) === Date.parse(at),
        ),
    )
    if (fresh.length > 0) await addTransitions(client, fresh)
    if (notifications.length > 0) await addSent(client, notifications)
  })
}

async function addSent(client: Queryable, notifications: readonly SentNotification[]): Promise<void> {
  await client.query({
    text: `INSERT INTO operational_notifications (rule_id, status, at, channel_id, channel, outcome, settled_at, detail)
      SELECT rule_id, status, to_timestamp(at / 1000), channel_id, channel, outcome, to_timestamp(settled_at / 1000), detail
      FROM json_to_recordset($1) AS n (rule_id text, status text, at float8, channel_id uuid, channel text, outcome text,
        settled_at float8, detail text)
      WHERE NOT EXISTS (SELECT 1 FROM operational_notifications o WHERE o.rule_id = n.rule_id AND o.status = n.status
        AND o.at = to_timestamp(n.at / 1000) AND o.channel_id = n.channel_id AND o.settled_at = to_timestamp(n.settled_at / 1000))`,
    values: [JSON.stringify(notifications)],
  })
}
