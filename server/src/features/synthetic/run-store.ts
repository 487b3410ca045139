import type { Page, SyntheticRun, SyntheticRunQuery } from '@eviltwin/contract'
import { type SqlBool, sql } from 'kysely'
import type { Queryable } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { allOf, queriesOf, rowsBehind, type SortKeys, when } from '../../platform/postgres/query-builder.js'

/** An attack before it begins. */
export interface NewRun {
  id: string
  target_id: string
  target_name: string
  kind: string
  sensor_id: string
  source_ip: string
  nonce: Buffer
  marker_digest: Buffer
  opens_at: Date
  closes_at: Date
}

/** What is expected now, and what was: what each process has to know to tell events of attacks from others. */
export interface ExpectedNow {
  /** Sensors of which attacks are expected. */
  sensors: string[]
  /** Sessions that are kept apart, or of which further events are. */
  sessions: string[]
  /** Where the platform attacks, or did within the time in which evidence of it may come. */
  attacked: Array<{ sensor_id: string; source_ip: string }>
}

/** Attacks, from before they begin until they are forgotten. */
export interface RunStore {
  list(query: SyntheticRunQuery): Promise<Page<SyntheticRun>>
  find(id: string): Promise<SyntheticRun | null>
  /** @returns false while another attack is expected from the same address on the same sensor. */
  expect(run: NewRun): Promise<boolean>
  /** @param since sessions that were received earlier have no more events. */
  expected(now: Date, since: Date): Promise<ExpectedNow>
  /** Ends the wait for what did not come in time. @returns how many. */
  closeExpired(now: Date): Promise<number>
  attacked(id: string, at: Date): Promise<void>
  /** The client of the attack failed. */
  failed(id: string, failure: string): Promise<void>
  delivered(alert_id: string, at: Date): Promise<void>
  acknowledged(alert_id: string, at: Date): Promise<void>
  /** Runs that are not judged, oldest first; at most 100. */
  unjudged(): Promise<SyntheticRun[]>
  /** @returns false when somebody else judged it. */
  judge(id: string, verdict: { detected: boolean; failure: string | null }, at: Date): Promise<boolean>
  /** Sensors that reported the newest of their attacks that is over, if it began since then; at most 1,000. */
  provenSince(since: Date): Promise<string[]>
  /** Whether a process of another release uses this database: it does not know what to keep apart. */
  otherReleaseRuns(version: string): Promise<boolean>
  /** Forgets runs, with their sessions, events and alerts. */
  forgetBefore(before: Date): Promise<void>
}

export const SYNTHETIC_CHANNEL = 'eviltwin_synthetic'

/** At most as many attacks are expected at once, and sessions watched for further events. */
const MAX_EXPECTED = 1_000
const COLUMNS = [
  'id',
  'target_id',
  'target_name',
  'kind',
  'sensor_id',
  'source_ip',
  'opens_at',
  'closes_at',
  'failure',
  'session_id',
  'threat_level',
  'threat_score',
  'attacked_at',
  'received_at',
  'scored_at',
  'durable_at',
  'alerted_at',
  'delivered_at',
  'acknowledged_at',
] as const
const OUTCOME = `CASE WHEN judged_at IS NULL THEN 'waiting' WHEN detected THEN 'detected' ELSE 'missed' END`
const ALERTED_BY = `CASE WHEN alerted_at IS NULL THEN NULL WHEN threat_level IN ('high', 'critical') THEN 'score' ELSE 'rule' END`
const ROW = `${COLUMNS.join(', ')}, ${OUTCOME} AS outcome, ${ALERTED_BY} AS alerted_by`

const queries = queriesOf<{ synthetic_runs: SyntheticRun }>()
const NEWEST: SortKeys = [
  ['opens_at', 'timestamptz'],
  ['id', 'uuid'],
]

type ReaderMethods = 'list' | 'find' | 'expected' | 'unjudged' | 'provenSince' | 'otherReleaseRuns'

export function createRunStore(database: Queryable): RunStore {
  return { ...createRunReader(database), ...createRunWriter(database) }
}

function createRunReader(database: Queryable): Pick<RunStore, ReaderMethods> {
  return {
    list(query) {
      const matches = when(query.target_id, (id) => sql<SqlBool>`target_id = ${id}::uuid`)
      return readPage<SyntheticRun>(database, {
        rows: queries
          .selectFrom('synthetic_runs')
          .where(allOf([matches]))
          .select(COLUMNS)
          .select(sql<SyntheticRun['outcome']>`${sql.raw(OUTCOME)}`.as('outcome'))
          .select(sql<SyntheticRun['alerted_by']>`${sql.raw(ALERTED_BY)}`.as('alerted_by'))
          .where(rowsBehind(query.cursor, '<', NEWEST))
          .orderBy('opens_at', 'desc')
          .orderBy('id', 'desc'),
        limit: query.limit,
        keysOf: ({ opens_at, id }) => [opens_at, id],
        counted: null,
      })
    },
    async find(id) {
      const [run] = await database.query<SyntheticRun>({
        text: `SELECT ${ROW} FROM synthetic_runs WHERE id = $1`,
        values: [id],
      })
      return run ?? null
    },
    async expected(now, since) {
      const [row] = await database.query<ExpectedNow>({
        name: 'synthetic-expected-2',
        text: `SELECT
          ARRAY(SELECT DISTINCT sensor_id FROM synthetic_runs WHERE state = 'expected' AND closes_at >= $1 LIMIT ${MAX_EXPECTED}) AS sensors,
          ARRAY(SELECT s.id FROM synthetic_sessions s JOIN synthetic_runs r ON r.id = s.run_id
            WHERE r.opens_at >= $2 OR r.state <> 'verified' ORDER BY r.opens_at DESC LIMIT ${MAX_EXPECTED}) AS sessions,
          (SELECT coalesce(json_agg(a), '[]') FROM (SELECT DISTINCT sensor_id, host(source_ip) AS source_ip FROM synthetic_runs
            WHERE opens_at >= $2 LIMIT ${MAX_EXPECTED}) a) AS attacked`,
        values: [now, since],
      })
      return row ?? { sensors: [], sessions: [], attacked: [] }
    },
    unjudged: () =>
      database.query<SyntheticRun>({
        name: 'synthetic-unjudged-1',
        text: `SELECT ${ROW} FROM synthetic_runs WHERE judged_at IS NULL ORDER BY opens_at LIMIT 100`,
      }),
    async otherReleaseRuns(version) {
      const [row] = await database.query<{ found: boolean }>({
        name: 'synthetic-other-release-1',
        text: `SELECT EXISTS (SELECT FROM replicas
          WHERE seen_at >= clock_timestamp() - interval '30 seconds' AND gauges ->> 'version' IS DISTINCT FROM $1) AS found`,
        values: [version],
      })
      return row?.found ?? false
    },
    async provenSince(since) {
      const rows = await database.query<{ sensor_id: string }>({
        name: 'synthetic-proven-2',
        text: `SELECT sensor_id FROM (
            SELECT DISTINCT ON (sensor_id) sensor_id, state FROM synthetic_runs WHERE opens_at >= $1 AND state <> 'expected'
            ORDER BY sensor_id, opens_at DESC, id DESC
          ) newest WHERE state = 'verified' LIMIT ${MAX_EXPECTED}`,
        values: [since],
      })
      return rows.map(({ sensor_id }) => sensor_id)
    },
  }
}

function createRunWriter(database: Queryable): Omit<RunStore, ReaderMethods> {
  return {
    async expect({ id, target_id, target_name, kind, sensor_id, source_ip, nonce, ...run }) {
      const added = await database.query({
        text: `WITH added AS (
            INSERT INTO synthetic_runs (id, target_id, target_name, kind, sensor_id, source_ip, nonce, marker_digest, opens_at, closes_at, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'expected')
            ON CONFLICT (sensor_id, source_ip) WHERE state = 'expected' DO NOTHING RETURNING id
          ) SELECT pg_notify('${SYNTHETIC_CHANNEL}', '') FROM added`,
        values: [
          ...[id, target_id, target_name, kind, sensor_id, source_ip, nonce],
          ...[run.marker_digest, run.opens_at, run.closes_at],
        ],
      })
      return added.length > 0
    },
    async closeExpired(now) {
      const closed = await database.query({
        name: 'synthetic-close-1',
        text: `UPDATE synthetic_runs SET state = 'failed' WHERE state = 'expected' AND closes_at < $1 RETURNING id`,
        values: [now],
      })
      return closed.length
    },
    async attacked(id, at) {
      await database.query({
        text: 'UPDATE synthetic_runs SET attacked_at = $2 WHERE id = $1',
        values: [id, at],
      })
    },
    async failed(id, failure) {
      await database.query({
        text: 'UPDATE synthetic_runs SET failure = $2 WHERE id = $1',
        values: [id, failure],
      })
    },
    async delivered(alert_id, at) {
      await database.query({
        text: 'UPDATE synthetic_runs SET delivered_at = coalesce(delivered_at, $2) WHERE alert_id = $1',
        values: [alert_id, at],
      })
    },
    async acknowledged(alert_id, at) {
      await database.query({
        text: 'UPDATE synthetic_runs SET acknowledged_at = coalesce(acknowledged_at, $2) WHERE alert_id = $1',
        values: [alert_id, at],
      })
    },
    async judge(id, { detected, failure }, at) {
      const judged = await database.query({
        text: `UPDATE synthetic_runs SET judged_at = $4, detected = $2, failure = $3
          WHERE id = $1 AND judged_at IS NULL RETURNING id`,
        values: [id, detected, failure, at],
      })
      return judged.length > 0
    },
    async forgetBefore(before) {
      await database.query({
        text: `DELETE FROM synthetic_runs WHERE id IN (
          SELECT id FROM synthetic_runs WHERE opens_at < $1 AND judged_at IS NOT NULL AND NOT EXISTS (
            -- What is not given back yet is an attacker's.
            SELECT FROM synthetic_sessions s WHERE s.run_id = synthetic_runs.id AND s.id IS DISTINCT FROM synthetic_runs.session_id)
          LIMIT 1000)`,
        values: [before],
      })
      await database.query({ text: 'DELETE FROM synthetic_markers WHERE at < $1', values: [before] })
    },
  }
}
