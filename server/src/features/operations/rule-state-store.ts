import type { Notice, OpsState, OpsTransition } from '@eviltwin/contract'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { addOperationalNotices } from '../notifications/index.js'

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
  /** Somebody was told that it fires, and must be told that it does not any more. */
  told: boolean
  acknowledgedBy: string | null
  value: number | null
  evaluatedAt: number
}

/** The states of the rules, and how they came about. */
export interface RuleStateReader {
  states(): Promise<StoredRuleState[]>
  history(rule_id: string | null, limit: number): Promise<OpsTransition[]>
  /** Times each rule fired. */
  firedBetween(from: Date, to: Date): Promise<Map<string, number>>
}

/** Changes states together with the transitions and the notifications that belong to them. */
export interface RuleStateWriter {
  /** Writes states, what led to them, and what channels have to tell of it: all or nothing. */
  record(
    states: readonly StoredRuleState[],
    transitions: readonly OpsTransition[],
    notices: readonly Notice[],
    now: Date,
  ): Promise<void>
  /** @returns false when the rule does not fire. */
  acknowledge(rule_id: string, actor: string, notice: Notice, now: Date): Promise<boolean>
}

interface StateRow {
  rule_id: string
  state: OpsState
  since: string
  fired_at: string | null
  last_active_at: string | null
  told: boolean
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
        told: row.told,
        acknowledgedBy: row.acknowledged_by,
        value: row.value,
        evaluatedAt: Date.parse(row.evaluated_at),
      }))
    },
    history: (rule_id, limit) =>
      database.query<OpsTransition>({
        text: `SELECT at, rule_id, event, value, actor, told FROM ops_transitions
          WHERE $1::text IS NULL OR rule_id = $1 ORDER BY id DESC LIMIT $2`,
        values: [rule_id, limit],
      }),
    async firedBetween(from, to) {
      const rows = await database.query<{ rule_id: string; count: number }>({
        text: `SELECT rule_id, count(*) FROM ops_transitions WHERE event = 'firing' AND at >= $1 AND at < $2 GROUP BY rule_id`,
        values: [from, to],
      })
      return new Map(rows.map(({ rule_id, count }) => [rule_id, count]))
    },
  }
}

export function createRuleStateWriter(database: Transactional): RuleStateWriter {
  return {
    record: (states, transitions, notices, now) =>
      database.transaction(async (client) => {
        await writeStates(client, states)
        if (transitions.length > 0) await addTransitions(client, transitions)
        if (notices.length > 0) await addOperationalNotices(client, notices, now)
      }),
    acknowledge: (rule_id, actor, notice, now) =>
      database.transaction(async (client) => {
        const changed = await client.query({
          text: `UPDATE ops_states SET acknowledged_by = $2 WHERE rule_id = $1 AND state = 'firing' RETURNING rule_id`,
          values: [rule_id, actor],
        })
        if (changed.length === 0) return false
        await client.query({
          text: `INSERT INTO ops_transitions (at, rule_id, event, actor, told) VALUES ($1, $2, 'acknowledged', $3, true)`,
          values: [now, rule_id, actor],
        })
        await addOperationalNotices(client, [notice], now)
        return true
      }),
  }
}

async function writeStates(client: Queryable, states: readonly StoredRuleState[]): Promise<void> {
  await client.query({
    name: 'ops-states-write',
    text: `INSERT INTO ops_states (rule_id, state, since, fired_at, last_active_at, told, acknowledged_by, value, evaluated_at)
      SELECT rule_id, state, to_timestamp(since / 1000), to_timestamp("firedAt" / 1000), to_timestamp("lastActiveAt" / 1000), told, "acknowledgedBy", value,
        to_timestamp("evaluatedAt" / 1000)
      FROM json_to_recordset($1) AS s (rule_id text, state text, since float8, "firedAt" float8, "lastActiveAt" float8, told boolean,
        "acknowledgedBy" text, value float8, "evaluatedAt" float8)
      ON CONFLICT (rule_id) DO UPDATE SET state = excluded.state, since = excluded.since, fired_at = excluded.fired_at,
        last_active_at = excluded.last_active_at, told = excluded.told, acknowledged_by = excluded.acknowledged_by,
        value = excluded.value, evaluated_at = excluded.evaluated_at`,
    values: [JSON.stringify(states)],
  })
}

async function addTransitions(client: Queryable, transitions: readonly OpsTransition[]): Promise<void> {
  await client.query({
    text: `INSERT INTO ops_transitions (at, rule_id, event, value, actor, told)
      SELECT at, rule_id, event, value, actor, told
      FROM json_to_recordset($1) AS t (at timestamptz, rule_id text, event text, value float8, actor text, told boolean)`,
    values: [JSON.stringify(transitions)],
  })
}
