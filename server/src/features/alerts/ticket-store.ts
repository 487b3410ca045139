import type { Queryable } from '../../platform/postgres/database.js'
import type { LiveLogin } from '../auth/index.js'

export interface WsTicketStore {
  /** Also removes the login's old tickets. @returns false when the login has as many unused ones as there may be. */
  add(ticket_hash: Buffer, family_id: string, times: { now: Date; expires_at: Date }): Promise<boolean>
  /** Uses a ticket up, on whichever replica it is presented. @returns null for one that is not good (any more). */
  redeem(ticket_hash: Buffer, now: Date): Promise<(LiveLogin & { family_id: string }) | null>
  /** Adds a ticket of the platform's own client, and removes old ones. */
  addService(ticket_hash: Buffer, times: { now: Date; expires_at: Date }): Promise<void>
  /** Uses a ticket of the platform's own client up. @returns false for one that is not good (any more). */
  redeemService(ticket_hash: Buffer, now: Date): Promise<boolean>
  /** Those of the given logins that are in force. */
  liveFamilies(family_ids: readonly string[], now: Date): Promise<string[]>
}

const MAX_TICKETS = 100
export const LOGINS_CHANNEL = 'eviltwin_logins'

export function createWsTicketStore(database: Queryable): WsTicketStore {
  return {
    async add(ticket_hash, family_id, { now, expires_at }) {
      const added = await database.query({
        text: `WITH old AS (DELETE FROM ws_tickets WHERE family_id = $2 AND expires_at <= $4)
          INSERT INTO ws_tickets (ticket_hash, family_id, expires_at)
          SELECT $1, $2, $3 WHERE (SELECT count(*) FROM ws_tickets WHERE family_id = $2 AND expires_at > $4) < ${MAX_TICKETS}
          RETURNING ticket_hash`,
        values: [ticket_hash, family_id, expires_at, now],
      })
      return added.length > 0
    },
    async redeem(ticket_hash, now) {
      const [login] = await database.query<LiveLogin & { family_id: string }>({
        text: `WITH used AS (DELETE FROM ws_tickets WHERE ticket_hash = $1 RETURNING family_id, expires_at)
          SELECT u.id AS user_id, u.username, u.role, u.password_state = 'must_change' AS must_change_password, f.id AS family_id
          FROM used JOIN token_families f ON f.id = used.family_id JOIN users u ON u.id = f.user_id
          WHERE used.expires_at > $2 AND f.revoked_at IS NULL AND f.expires_at > $2 AND NOT u.disabled`,
        values: [ticket_hash, now],
      })
      return login ?? null
    },
    async addService(ticket_hash, { now, expires_at }) {
      await database.query({
        text: `WITH old AS (DELETE FROM service_tickets WHERE expires_at <= $3)
          INSERT INTO service_tickets (ticket_hash, expires_at) VALUES ($1, $2)`,
        values: [ticket_hash, expires_at, now],
      })
    },
    async redeemService(ticket_hash, now) {
      const [used] = await database.query<{ good: boolean }>({
        text: 'DELETE FROM service_tickets WHERE ticket_hash = $1 RETURNING expires_at > $2 AS good',
        values: [ticket_hash, now],
      })
      return used?.good ?? false
    },
    async liveFamilies(family_ids, now) {
      const rows = await database.query<{ id: string }>({
        text: `SELECT f.id FROM token_families f JOIN users u ON u.id = f.user_id
          WHERE f.id = ANY ($1::uuid[]) AND f.revoked_at IS NULL AND f.expires_at > $2 AND NOT u.disabled`,
        values: [family_ids, now],
      })
      return rows.map(({ id }) => id)
    },
  }
}
