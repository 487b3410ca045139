import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Logins of people, and keys that are refused. */
export function authMetrics(meter: Meter): EventHandlers {
  const logins = counterOf(
    meter,
    'eviltwin.auth.logins',
    'Logins that succeeded or failed, and refreshed tokens',
  )
  const refusedKeys = counterOf(
    meter,
    'eviltwin.auth.keys_refused',
    'Requests of sensors whose key was refused, by reason',
  )
  return {
    key_refused: ({ reason }) => refusedKeys.add(1, { reason }),
    login_succeeded: () => logins.add(1, { outcome: 'success' }),
    login_failed: () => logins.add(1, { outcome: 'failure' }),
    token_refreshed: () => logins.add(1, { outcome: 'refresh' }),
  }
}
