import type { Notification, OperationalSeverity, OpsState, OpsTransition } from '@eviltwin/contract'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { requireEpoch } from '../../platform/postgres/leader-epoch.js'
import { addOperationalNotices, type OperationalMessage } from '../notifications/index.js'
import {
  addOffline,
  addTransitions,
  type Firing,
  type NewTransition,
  readFirings,
  readHistory,
  type SentNotification,
} from './history-store.js'

/** How a rule stands, as it is kept. Times are milliseconds since the epoch. */
export interface StoredRuleState {
  rule_id: string
  state: OpsState
  /** When it came into this state. */
  since: number
  /** When it began to fire, the last time that it did. */
  firedAt: number | null
  /** When the condition last held. */
  lastActiveAt: number | null
  /** Somebody was notified that it fires, and must be notified when it has resolved. */
  notified: boolean
  /** The worst since it began to fire; null in states of release 0.1.0. */
  severity: OperationalSeverity | null
  /** The severity of the newest notification. */
  notifiedSeverity: OperationalSeverity | null
  /** A more severe alert explains it. */
  inhibited: boolean
  acknowledgedBy: string | null
  value: number | null
  evaluatedAt: number
}

/** What one evaluation of the rules comes to, as the leader writes it. */
export interface EvaluationRecord {
  /** Of the leadership under which it was decided. */
  epoch: number
  /** `readAt`: `evaluatedAt` of the stored state that it was decided from; null where there was none. */
  states: ReadonlyArray<Omit<StoredRuleState, 'acknowledgedBy'> & { readAt: number | null }>
  transitions: readonly NewTransition[]
  messages: readonly OperationalMessage[]
  now: Date
}

/** The stored states are not those that an evaluation was decided from. */
export class StaleEvaluationError extends Error {
  override name = 'StaleEvaluationError'
}

/** The states of the rules, and how they came about. */
export interface RuleStateReader {
  states(): Promise<StoredRuleState[]>
  history(rule_id: string | null, limit: number): Promise<OpsTransition[]>
  /** Times each rule fired. */
  firedBetween(from: Date, to: Date): Promise<Map<string, number>>
  /** When any of the rules fired since then, oldest first. */
  firings(rule_ids: readonly string[], since: Date): Promise<Firing[]>
}

/** Changes states together with the transitions and the notifications that belong to them. */
export interface RuleStateWriter {
  /**
   * Writes states, what led to them, and the notifications of it: all or nothing. An acknowledgement is left alone, except that
   * a rule that fires anew has none. @throws {StaleLeaderError | StaleEvaluationError}
   */
  record(evaluation: EvaluationRecord): Promise<void>
  /** @returns false when the rule does not fire. */
  acknowledge(rule_id: string, actor: string, notice: Notification, now: Date): Promise<boolean>
  /** Writes what a replica did while the database was away. A change that another replica has written already is left out. */
  recordOffline(
    transitions: readonly NewTransition[],
    notifications: readonly SentNotification[],
  ): Promise<void>
}

interface StateRow {
  rule_id: string
  state: OpsState
  since: string
  fired_at: string | null
  last_active_at: string | null
  told: boolean
  severity: OperationalSeverity | null
  told_severity: OperationalSeverity | null
  inhibited: boolean
  acknowledged_by: string | null
  value: number | null
  evaluated_at: string
}

export function createRuleStateReader(database: Queryable): RuleStateReader {
  return {
    async states() {
      const rows = await database.query<StateRow>({ text: 'SELECT * FROM ops_states' })
      return rows.map((row) => ({
        rule_id: row.rule_id,
        state: row.state,
        since: Date.parse(row.since),
        firedAt: row.fired_at === null ? null : Date.parse(row.fired_at),
        lastActiveAt: row.last_active_at === null ? null : Date.parse(row.last_active_at),
        notified: row.told,
        severity: row.severity,
        notifiedSeverity: row.told_severity,
        inhibited: row.inhibited,
        acknowledgedBy: row.acknowledged_by,
        value: row.value,
        evaluatedAt: Date.parse(row.evaluated_at),
      }))
    },
    history: (rule_id, limit) => readHistory(database, rule_id, limit),
    async firedBetween(from, to) {
      const rows = await database.query<{ rule_id: string; count: number }>({
        text: `SELECT rule_id, count(*) FROM ops_transitions WHERE event = 'firing' AND at >= $1 AND at < $2 GROUP BY rule_id`,
        values: [from, to],
      })
      return new Map(rows.map(({ rule_id, count }) => [rule_id, count]))
    },
    firings: (rule_ids, since) => readFirings(database, rule_ids, since),
  }
}

export function createRuleStateWriter(database: Transactional): RuleStateWriter {
  return {
    record: ({ epoch, states, transitions, messages, now }) =>
      database.transaction(async (client) => {
        await requireEpoch(client, epoch)
        await writeStates(client, states)
        if (transitions.length > 0) await addTransitions(client, transitions)
        if (messages.length > 0) await addOperationalNotices(client, messages, now)
      }),
    acknowledge: (rule_id, actor, notice, now) =>
      database.transaction(async (client) => {
        const changed = await client.query({
          text: `UPDATE ops_states SET acknowledged_by = $2 WHERE rule_id = $1 AND state = 'firing' RETURNING rule_id`,
          values: [rule_id, actor],
        })
        if (changed.length === 0) return false
        await client.query({
          text: `INSERT INTO ops_transitions (at, rule_id, event, actor, told) VALUES ($1, $2, 'acknowledged', $3, false)`,
          values: [now, rule_id, actor],
        })
        await addOperationalNotices(client, [{ notice, rule_ids: [rule_id] }], now)
        return true
      }),
    recordOffline: (transitions, notifications) => addOffline(database, transitions, notifications),
  }
}

/** Compare and set: a state is written where the stored one is still the one that was read. */
const WRITE_STATES = {
  name: 'ops-states-write-3',
  text: `WITH decided AS MATERIALIZED (
      SELECT rule_id, state, to_timestamp(since / 1000) AS since, to_timestamp("firedAt" / 1000) AS fired_at,
        to_timestamp("lastActiveAt" / 1000) AS last_active_at, notified AS told, value, to_timestamp("evaluatedAt" / 1000) AS evaluated_at,
        to_timestamp("readAt" / 1000) AS read_at, severity, "notifiedSeverity" AS told_severity, inhibited
      FROM json_to_recordset($1) AS s (rule_id text, state text, since float8, "firedAt" float8, "lastActiveAt" float8, notified boolean,
        value float8, "evaluatedAt" float8, "readAt" float8, severity text, "notifiedSeverity" text, inhibited boolean)
    ), changed AS (
      UPDATE ops_states o SET state = d.state, since = d.since, fired_at = d.fired_at, last_active_at = d.last_active_at,
        told = d.told, value = d.value, evaluated_at = d.evaluated_at, severity = d.severity, told_severity = d.told_severity,
        inhibited = d.inhibited,
        acknowledged_by = CASE WHEN d.state = 'pending' OR d.fired_at IS DISTINCT FROM o.fired_at THEN NULL ELSE o.acknowledged_by END
      FROM decided d WHERE o.rule_id = d.rule_id AND date_trunc('milliseconds', o.evaluated_at) = d.read_at
      RETURNING o.rule_id
    ), added AS (
      INSERT INTO ops_states (rule_id, state, since, fired_at, last_active_at, told, value, evaluated_at, severity, told_severity, inhibited)
      SELECT rule_id, state, since, fired_at, last_active_at, told, value, evaluated_at, severity, told_severity, inhibited FROM decided WHERE read_at IS NULL
      ON CONFLICT (rule_id) DO NOTHING
      RETURNING rule_id
    )
    SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM added) AS written`,
}

async function writeStates(client: Queryable, states: EvaluationRecord['states']): Promise<void> {
  const [row] = await client.query<{ written: number }>({ ...WRITE_STATES, values: [JSON.stringify(states)] })
  if (row?.written !== states.length) {
    throw new StaleEvaluationError('another process has evaluated the rules since their states were read')
  }
}
