import type { Queryable } from '../../platform/postgres/database.js'

/** What a database holds: nothing yet, data of a demo, or data of an installation. */
export type StoredData = 'none' | 'demo' | 'real'

export interface DemoStore {
  read(): Promise<StoredData>
  /** Marks the database as a demo's. */
  mark(since: Date): Promise<void>
}

const READ = {
  name: 'demo-read',
  text: `
    SELECT CASE
      WHEN EXISTS (SELECT FROM demo_data) THEN 'demo'
      WHEN EXISTS (SELECT FROM users) OR EXISTS (SELECT FROM sensors) THEN 'real'
      ELSE 'none'
    END AS holds`,
}

const MARK = { name: 'demo-mark', text: 'INSERT INTO demo_data (since) VALUES ($1) ON CONFLICT DO NOTHING' }

export function createDemoStore(database: Queryable): DemoStore {
  return {
    async read() {
      const [row] = await database.query<{ holds: StoredData }>({ ...READ, values: [] })
      return row?.holds ?? 'none'
    },
    async mark(since) {
      await database.query({ ...MARK, values: [since] })
    },
  }
}
