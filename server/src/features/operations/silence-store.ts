import type { OpsSilence } from '@eviltwin/contract'
import type { Transactional } from '../../platform/postgres/database.js'

/** Silences of operational alerts. */
export interface SilenceStore {
  /** Those that are not over. */
  silences(now: Date): Promise<OpsSilence[]>
  /**
   * @param maxRules how many different rules may be silenced at once with this one, by whomever; null: any number.
   * @returns 'no room' when as many silences are not over as there may be.
   */
  addSilence(
    silence: Omit<OpsSilence, 'starts_at' | 'ends_at'> & { starts_at: Date; ends_at: Date },
    now: Date,
    maxRules: number | null,
  ): Promise<OpsSilence | 'no room' | 'too many rules'>
  /** @returns false when there is no such silence. */
  endSilence(id: string): Promise<boolean>
}

/** The PostgreSQL channel on which it is announced that silences changed. */
export const SILENCES_CHANNEL = 'eviltwin_ops_silences'
/** People must be able to read them. */
export const MAX_SILENCES = 200

/** Any constant that nothing else in the database locks: silences are added one after another, so that many at once cannot pass together. */
const ADD_LOCK = 0x45_56_54_53

export function createSilenceStore(database: Transactional): SilenceStore {
  return {
    silences: (now) =>
      database.query<OpsSilence>({
        text: 'SELECT * FROM ops_silences WHERE ends_at > $1 ORDER BY starts_at, id',
        values: [now],
      }),
    addSilence: ({ id, rule_id, reason, created_by, starts_at, ends_at }, now, maxRules) =>
      database.transaction(async (client) => {
        await client.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [ADD_LOCK] })
        const [others] = await client.query<{ silences: number; rules: number }>({
          text: `SELECT count(*) AS silences, count(DISTINCT rule_id) FILTER (WHERE rule_id <> $2) AS rules
            FROM ops_silences WHERE ends_at > $1`,
          values: [now, rule_id],
        })
        if ((others?.silences ?? 0) >= MAX_SILENCES) return 'no room'
        if (maxRules !== null && (others?.rules ?? 0) >= maxRules) return 'too many rules'
        const [silence] = await client.query<OpsSilence>({
          text: `INSERT INTO ops_silences (id, rule_id, reason, created_by, starts_at, ends_at)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING *`,
          values: [id, rule_id, reason, created_by, starts_at, ends_at],
        })
        await client.query({ text: `SELECT pg_notify('${SILENCES_CHANNEL}', '')` })
        return silence as OpsSilence
      }),
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
