import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { KEY_LOG_EVENTS } from '../event-log.js'
import { counterOf } from './counter.js'

/** Log lines of WARNING and above. Failed logins are not among them: they have a counter of their own. */
export function logMetrics(meter: Meter): EventHandlers {
  const lines = counterOf(meter, 'eviltwin.log.lines', 'Log lines of WARNING and above')
  const countLine = (kind: 'canary_triggered' | 'llm_unavailable' | 'pool_exhausted') => () => {
    const { level, logger } = KEY_LOG_EVENTS[kind]
    lines.add(1, { level, logger })
  }
  return {
    problem_logged: ({ level, logger }) => lines.add(1, { level, logger }),
    canary_triggered: countLine('canary_triggered'),
    llm_unavailable: countLine('llm_unavailable'),
    pool_exhausted: countLine('pool_exhausted'),
  }
}
