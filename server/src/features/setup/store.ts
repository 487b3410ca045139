import type { Queryable } from '../../platform/postgres/database.js'

/** What succeeded, and is stored nowhere else. */
export type SetupFact = 'channel_tested' | 'backup_written' | 'heartbeat_answered'

/** What the database says of the first steps; times are RFC 3339, null where something never happened. */
export interface SetupFacts {
  sensors: number
  last_received_at: string | null
  enabled_channels: number
  channel_tested_at: string | null
  users: number
  second_user_at: string | null
  backup_written_at: string | null
  heartbeat_answered_at: string | null
}

export interface SetupStore {
  read(): Promise<SetupFacts>
  /** Notes that something succeeded; of several times the newest stays. */
  record(fact: SetupFact, at: Date): Promise<void>
}

/** Canary tokens are sensors of their own, which nobody has to connect. */
const READ = {
  name: 'setup-read',
  text: `
    WITH connected AS (
      SELECT last_received_at FROM sensors s
      WHERE NOT EXISTS (SELECT FROM canary_tokens t WHERE t.sensor_id = s.sensor_id)
    )
    SELECT
      (SELECT count(*) FROM connected) AS sensors,
      (SELECT max(last_received_at) FROM connected) AS last_received_at,
      (SELECT count(*) FROM channels WHERE enabled) AS enabled_channels,
      (SELECT at FROM setup_facts WHERE fact = 'channel_tested') AS channel_tested_at,
      (SELECT count(*) FROM users WHERE NOT disabled) AS users,
      (SELECT created_at FROM users WHERE NOT disabled ORDER BY created_at OFFSET 1 LIMIT 1) AS second_user_at,
      (SELECT at FROM setup_facts WHERE fact = 'backup_written') AS backup_written_at,
      (SELECT at FROM setup_facts WHERE fact = 'heartbeat_answered') AS heartbeat_answered_at`,
}

const RECORD = {
  name: 'setup-record',
  text: `INSERT INTO setup_facts AS known (fact, at) VALUES ($1, $2)
    ON CONFLICT (fact) DO UPDATE SET at = greatest(known.at, excluded.at)`,
}

export function createSetupStore(database: Queryable): SetupStore {
  return {
    async read() {
      const [row] = await database.query<SetupFacts>({ ...READ, values: [] })
      if (!row) throw new Error('a query without FROM has a row')
      return row
    },
    async record(fact, at) {
      await database.query({ ...RECORD, values: [fact, at] })
    },
  }
}
