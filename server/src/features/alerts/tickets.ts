import { createHash, randomBytes } from 'node:crypto'
import type { WsTicket } from '@eviltwin/contract'
import { TooManyRequestsError } from '../../platform/errors.js'
import type { Login } from '../auth/index.js'
import type { WsTicketStore } from './ticket-store.js'

/**
 * Admission to a WebSocket, which cannot carry an Authorization header: good once, for seconds, so that a URL in a log
 * or a history is worth nothing.
 */
export interface Tickets {
  /** @throws {TooManyRequestsError} when the login has as many unused tickets as there may be. */
  issue(login: Login): Promise<WsTicket>
  /** @returns null for a ticket that is unknown, used, too old, or whose login has ended. */
  redeem(ticket: string): Promise<Login | null>
  /** Admits the platform's own client, which receives the alerts of its own attacks and no others. */
  issueService(): Promise<string>
}

const NIL = '00000000-0000-0000-0000-000000000000'
/** Who the platform's own client is: nobody that could log in. */
export const SERVICE_LOGIN: Login = {
  user_id: NIL,
  username: 'synthetic attacks',
  role: 'viewer',
  must_change_password: false,
  family_id: NIL,
}

const LIFETIME_SECONDS = 30

export function createTickets(store: WsTicketStore, now: () => number): Tickets {
  return {
    async issue({ family_id }) {
      const ticket = randomBytes(32).toString('base64url')
      const times = { now: new Date(now()), expires_at: new Date(now() + LIFETIME_SECONDS * 1000) }
      if (!(await store.add(hashOf(ticket), family_id, times)))
        throw new TooManyRequestsError(
          'you have too many unused tickets; use one, or wait until they expire',
          LIFETIME_SECONDS,
        )
      return { ticket, expires_in: LIFETIME_SECONDS }
    },
    async redeem(ticket) {
      const [hash, at] = [hashOf(ticket), new Date(now())]
      return (await store.redeem(hash, at)) ?? ((await store.redeemService(hash, at)) ? SERVICE_LOGIN : null)
    },
    async issueService() {
      const ticket = randomBytes(32).toString('base64url')
      await store.addService(hashOf(ticket), {
        now: new Date(now()),
        expires_at: new Date(now() + LIFETIME_SECONDS * 1000),
      })
      return ticket
    },
  }
}

function hashOf(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest()
}
