import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Logins of people. */
export function authMetrics(meter: Meter): EventHandlers {
  const logins = counterOf(
    meter,
    'eviltwin.auth.logins',
    'Logins that succeeded or failed, and refreshed tokens',
  )
  return {
    login_succeeded: () => logins.add(1, { outcome: 'success' }),
    login_failed: () => logins.add(1, { outcome: 'failure' }),
    token_refreshed: () => logins.add(1, { outcome: 'refresh' }),
  }
}
