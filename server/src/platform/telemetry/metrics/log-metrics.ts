import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { KEY_LOG_EVENTS, REFUSAL_LINES } from '../event-log.js'
import { counterOf } from './counter.js'

/** What log lines of WARNING and above say, each as often as it happened, also where one line stands for many. Failed logins are not among them: they have a counter of their own. */
export function logMetrics(meter: Meter): EventHandlers {
  const lines = counterOf(meter, 'eviltwin.log.lines', 'Log lines of WARNING and above')
  const counted = { ...KEY_LOG_EVENTS, ...REFUSAL_LINES }
  const countLine = (kind: keyof typeof counted) => {
    const { level, logger } = counted[kind]
    // A series that began with its first line would show no increase for it.
    lines.add(0, { level, logger })
    return () => lines.add(1, { level, logger })
  }
  return {
    problem_logged: ({ level, logger }) => lines.add(1, { level, logger }),
    canary_triggered: countLine('canary_triggered'),
    key_refused: countLine('key_refused'),
    record_quarantined: countLine('record_quarantined'),
    llm_unavailable: countLine('llm_unavailable'),
    pool_exhausted: countLine('pool_exhausted'),
  }
}
