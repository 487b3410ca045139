import type { Event } from '@eviltwin/contract'
import type { SessionRow } from '../../domain/session.js'
import type { Queryable } from '../../platform/postgres/database.js'
import type { StoredRun, SyntheticContext, SyntheticPlan } from './synthetic-runs.js'

/** The way of events that are kept apart into the store, in the transaction of their group. */
export interface SyntheticStore {
  /** What is stored of the attacks that these events may belong to, and whether this very group was committed already. */
  read(events: readonly Event[], groupId: number): Promise<SyntheticContext & { isCommitted: boolean }>
}

const READ = {
  name: 'synthetic-read-1',
  text: `
    WITH held AS (SELECT id, run_id, content FROM synthetic_sessions WHERE id = ANY ($2::uuid[]))
    SELECT
      ARRAY(SELECT id FROM synthetic_events WHERE id = ANY ($1::uuid[])) AS known,
      EXISTS (SELECT FROM synthetic_events WHERE id = ANY ($1::uuid[]) AND group_id = $4) AS committed,
      (SELECT coalesce(json_agg(held), '[]') FROM held) AS sessions,
      (SELECT coalesce(json_agg(json_build_object('id', id, 'sensor_id', sensor_id, 'source_ip', host(source_ip), 'state', state,
          'session_id', session_id, 'nonce', encode(nonce, 'hex'), 'opens_at', floor(extract(epoch FROM opens_at) * 1000),
          'closes_at', floor(extract(epoch FROM closes_at) * 1000))), '[]')
        FROM synthetic_runs
        WHERE (state = 'expected' AND sensor_id = ANY ($3::text[])) OR id IN (SELECT run_id FROM held)
      ) AS runs`,
}

interface ReadRow {
  known: string[]
  committed: boolean
  sessions: Array<{ id: string; run_id: string; content: SessionRow }>
  runs: Array<Omit<StoredRun, 'nonce'> & { nonce: string }>
}

export function createSyntheticStore(database: Queryable): SyntheticStore {
  return {
    async read(events, groupId) {
      const [row] = await database.query<ReadRow>({
        ...READ,
        values: [
          events.map(({ id }) => id),
          [...new Set(events.map(({ session_id }) => session_id))],
          [...new Set(events.map(({ sensor_id }) => sensor_id))],
          groupId,
        ],
      })
      const sessions = row?.sessions ?? []
      const runs = row?.runs ?? []
      return {
        knownEventIds: new Set(row?.known),
        isCommitted: row?.committed ?? false,
        sessions: new Map(sessions.map(({ id, run_id, content }) => [id, { run_id, session: content }])),
        runs: new Map(runs.map((run) => [run.id, { ...run, nonce: Buffer.from(run.nonce, 'hex') }])),
      }
    },
  }
}

/** Locks the runs, so that each is claimed once, and nothing is added to what is being given back. */
const LOCK = {
  name: 'synthetic-lock-1',
  text: `
    WITH pairs AS MATERIALIZED (
      SELECT * FROM json_to_recordset($1) AS pair (run_id uuid, session_id uuid)
    ), locked AS MATERIALIZED (
      SELECT id, state, session_id FROM synthetic_runs WHERE id IN (SELECT run_id FROM pairs) ORDER BY id FOR UPDATE
    )
    SELECT assert_all_written(
      (SELECT count(*) FROM pairs JOIN locked ON locked.id = pairs.run_id
        WHERE locked.state = 'expected' OR locked.session_id = pairs.session_id),
      (SELECT count(*) FROM pairs))`,
}

const ESCALATION_COLUMNS = `id, kind, session_id, source_ip, sensor_id, sensor_kind, threat_level, threat_score, reasons, signals,
  clients, detail, canary, occurred_at, received_at, request_id, traceparent, synthetic_run`

const WRITE = {
  name: 'synthetic-write-1',
  text: `
    WITH written AS (
      INSERT INTO synthetic_sessions (id, run_id, content, version)
      SELECT id, run_id, content, version FROM json_to_recordset($1) AS s (id uuid, run_id uuid, content jsonb, version integer)
      ON CONFLICT (id) DO UPDATE SET content = excluded.content, version = excluded.version
      WHERE synthetic_sessions.version = excluded.version - 1
      RETURNING id
    ), stored AS (
      INSERT INTO synthetic_events (id, session_id, content, group_id)
      SELECT id, session_id, content, $2 FROM json_to_recordset($3) AS e (id uuid, session_id uuid, content json)
    ), claims AS (
      SELECT * FROM json_to_recordset($4) AS c (run_id uuid, session_id uuid, received_at timestamptz)
    ), claimed AS (
      UPDATE synthetic_runs SET state = 'verified', session_id = claims.session_id, received_at = claims.received_at, scored_at = $5,
        durable_at = clock_timestamp()
      FROM claims WHERE synthetic_runs.id = claims.run_id AND state = 'expected'
      RETURNING id
    ), escalations AS (
      INSERT INTO alert_queue (${ESCALATION_COLUMNS})
      SELECT ${ESCALATION_COLUMNS} FROM json_populate_recordset(NULL::alert_queue, $6)
      ON CONFLICT (id) DO NOTHING
    )
    SELECT assert_all_written((SELECT count(*) FROM written), $7), assert_all_written((SELECT count(*) FROM claimed), $8),
      CASE WHEN $8 > 0 THEN pg_notify('eviltwin_synthetic', '') END`,
}

/** The level and score that a run came to, which later events of its session may raise. */
const SCORE = {
  name: 'synthetic-score-1',
  text: `UPDATE synthetic_runs SET threat_level = content ->> 'threat_level', threat_score = (content ->> 'threat_score')::real
    FROM synthetic_sessions s WHERE s.id = ANY ($1::uuid[]) AND synthetic_runs.session_id = s.id`,
}

/**
 * Writes what a group adds to sessions that are kept apart. Fails with a conflict (see sqlstate.ts) when a run was claimed or ended, or a
 * session changed, since it was read; an event that is there already is one, too.
 * @param client in the transaction of the group. @param scoredAt when the scores were computed.
 */
export async function writeSynthetic(
  client: Queryable,
  { events, sessions, claims, escalations }: SyntheticPlan,
  groupId: number,
  scoredAt: Date,
): Promise<void> {
  const pairs = sessions.map(({ run_id, session }) => ({ run_id, session_id: session.id }))
  await client.query({ ...LOCK, values: [JSON.stringify(pairs)] })
  await client.query({
    ...WRITE,
    values: [
      JSON.stringify(
        sessions.map(({ run_id, session }) => ({
          id: session.id,
          run_id,
          content: session,
          version: session.version,
        })),
      ),
      groupId,
      JSON.stringify(
        events.map(({ event }) => ({ id: event.id, session_id: event.session_id, content: event })),
      ),
      JSON.stringify(claims),
      scoredAt,
      JSON.stringify(escalations),
      sessions.length,
      claims.length,
    ],
  })
  await client.query({ ...SCORE, values: [sessions.map(({ session }) => session.id)] })
}
