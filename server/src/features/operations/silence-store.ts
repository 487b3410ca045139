import type { OpsSilence } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

/** Silences of operational alerts. */
export interface SilenceStore {
  /** Those that are not over. */
  silences(now: Date): Promise<OpsSilence[]>
  addSilence(
    silence: Omit<OpsSilence, 'starts_at' | 'ends_at'> & { starts_at: Date; ends_at: Date },
  ): Promise<OpsSilence>
  /** @returns false when there is no such silence. */
  endSilence(id: string): Promise<boolean>
}

/** The PostgreSQL channel on which it is announced that silences changed. */
export const SILENCES_CHANNEL = 'eviltwin_ops_silences'

export function createSilenceStore(database: Queryable): SilenceStore {
  return {
    silences: (now) =>
      database.query<OpsSilence>({
        text: 'SELECT * FROM ops_silences WHERE ends_at > $1 ORDER BY starts_at, id',
        values: [now],
      }),
    async addSilence({ id, rule_id, reason, created_by, starts_at, ends_at }) {
      const [silence] = await database.query<OpsSilence>({
        text: `WITH added AS (
            INSERT INTO ops_silences (id, rule_id, reason, created_by, starts_at, ends_at)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING *
          ), announced AS (SELECT pg_notify('${SILENCES_CHANNEL}', ''))
          SELECT added.* FROM added, announced`,
        values: [id, rule_id, reason, created_by, starts_at, ends_at],
      })
      return silence as OpsSilence
    },
    async endSilence(id) {
      const ended = await database.query({
        text: `WITH ended AS (DELETE FROM ops_silences WHERE id = $1 RETURNING id),
          announced AS (SELECT pg_notify('${SILENCES_CHANNEL}', ''))
          SELECT ended.id FROM ended, announced`,
        values: [id],
      })
      return ended.length > 0
    },
  }
}
