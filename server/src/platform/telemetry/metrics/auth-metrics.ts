import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Logins of people, and keys of sensors that were refused. */
export function authMetrics(meter: Meter): EventHandlers {
  const logins = counterOf(
    meter,
    'eviltwin.auth.logins',
    'Logins that succeeded or failed, and refreshed tokens',
  )
  const refusals = counterOf(
    meter,
    'eviltwin.auth.key_refusals',
    'Keys refused on the routes of sensors: stored for the operational alert Sensor refused, or dropped because there were too many',
  )
  for (const outcome of ['stored', 'dropped']) refusals.add(0, { outcome })
  return {
    key_refusals_noted: ({ outcome, count }) => refusals.add(count, { outcome }),
    login_succeeded: () => logins.add(1, { outcome: 'success' }),
    login_failed: () => logins.add(1, { outcome: 'failure' }),
    token_refreshed: () => logins.add(1, { outcome: 'refresh' }),
  }
}
