import type pg from 'pg'
import type { WatchStatement } from './slow-queries.js'
import type { Statement } from './statement.js'
import { translate } from './translate-error.js'

/** Reads what is too long to be held in memory. */
export interface PagedReader {
  /**
   * The rows of one snapshot, at most `pageRows` at a time. Holds a connection, and no transaction, until the last page was taken or
   * the reader returns; PostgreSQL keeps the rows meanwhile.
   */
  pages<Row extends pg.QueryResultRow>(statement: Statement, pageRows: number): AsyncGenerator<Row[], void>
}

export function pagedReader(pool: pg.Pool, watch: WatchStatement): PagedReader['pages'] {
  return async function* pages<Row extends pg.QueryResultRow>(statement: Statement, pageRows: number) {
    const client = await pool.connect().catch(translate)
    let isClosed = false
    try {
      const declare = `DECLARE pages NO SCROLL CURSOR WITH HOLD FOR ${statement.text}`
      const values = statement.values ?? []
      await watch(statement, () => client.query({ text: declare, values })).catch(translate)
      for (;;) {
        const { rows } = await client.query<Row>(`FETCH ${pageRows} FROM pages`).catch(translate)
        if (rows.length > 0) yield rows
        if (rows.length < pageRows) break
      }
      await client.query('CLOSE pages').catch(translate)
      isClosed = true
    } finally {
      // A connection whose rows were not all taken is closed with them.
      client.release(!isClosed)
    }
  }
}
