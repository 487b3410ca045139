import type { EventOf, KeyEvent, PlatformEvent } from '../../domain/platform-event.js'
import type { EventHandlers } from '../events.js'
import type { LogLevel } from '../logger.js'
import type { Log } from './log.js'
import type { RefusalLog } from './refusal-log.js'

interface LogLine {
  logger: string
  level: LogLevel
  message: string
}

/** The source specification's table "Key Log Events to Monitor". */
export const KEY_LOG_EVENTS: { readonly [Kind in KeyEvent['kind']]: LogLine } = {
  event_ingested: { logger: 'backend.routers.ingest', level: 'INFO', message: 'Event ingested' },
  score_computed: { logger: 'backend.services.threat_scorer', level: 'INFO', message: 'Score computed' },
  alert_queued: { logger: 'backend.services.alert_manager', level: 'INFO', message: 'Alert queued' },
  alert_broadcast: { logger: 'backend.routers.alerts', level: 'INFO', message: 'WebSocket broadcast' },
  canary_triggered: { logger: 'backend.routers.canary', level: 'WARNING', message: 'Canary token triggered' },
  login_succeeded: { logger: 'backend.routers.auth', level: 'INFO', message: 'Auth login success' },
  login_failed: { logger: 'backend.routers.auth', level: 'WARNING', message: 'Auth login failed' },
  token_refreshed: { logger: 'backend.routers.auth', level: 'INFO', message: 'Token refresh' },
  llm_analysis_completed: {
    logger: 'backend.services.llm_service',
    level: 'INFO',
    message: 'LLM analysis complete',
  },
  llm_unavailable: { logger: 'backend.services.llm_service', level: 'WARNING', message: 'LLM unavailable' },
  pool_exhausted: { logger: 'backend.database', level: 'WARNING', message: 'DB connection pool exhausted' },
}

/** Refusals beside those of logins, and what else strangers cause as often as they like. */
export const REFUSAL_LINES = {
  key_refused: { logger: 'backend.routers.auth', level: 'WARNING', message: 'Sensor key refused' },
  record_quarantined: { logger: 'backend.routers.ingest', level: 'WARNING', message: 'Record quarantined' },
  canary_visit_failed: {
    logger: 'backend.routers.canary',
    level: 'ERROR',
    message: 'Canary token triggered, but not stored',
  },
  connector_refused: {
    logger: 'backend.services.connectors',
    level: 'WARNING',
    message: 'Connector refused a sender',
  },
  connector_waiting: {
    logger: 'backend.services.connectors',
    level: 'WARNING',
    message: 'Connector waits and tries again',
  },
} as const satisfies { readonly [Kind in PlatformEvent['kind']]?: LogLine }

/** Writes a line for every key event. Refusals are counted for a minute: see {@link RefusalLog}. */
export function eventLog(
  log: Pick<Log, 'writerOf' | 'logging'>,
  refusals: Pick<RefusalLog, 'write'>,
): EventHandlers {
  const writers = Object.entries(KEY_LOG_EVENTS).map(([kind, line]) => [kind, log.writerOf(line)] as const)
  return {
    ...(Object.fromEntries(writers) as EventHandlers),
    alert_queued: alertQueuedWriter(log),
    login_failed(event) {
      const { client_ip, username, reason } = event
      refusals.write(KEY_LOG_EVENTS.login_failed, { client_ip, username, reason }, event)
    },
    key_refused(event) {
      const { client_ip, key_prefix, reason } = event
      // A stranger may send any key; a key of ours is the same from wherever it is used.
      const who = reason === 'missing_scope' ? { key_prefix } : { client_ip }
      refusals.write(REFUSAL_LINES.key_refused, { ...who, reason }, event)
    },
    record_quarantined(event) {
      const { key_prefix, reason } = event
      refusals.write(REFUSAL_LINES.record_quarantined, { key_prefix, reason }, event)
    },
    connector_refused({ kind: _, ...event }) {
      const { connector, transport, reason, client_ip } = event
      refusals.write(REFUSAL_LINES.connector_refused, { connector, transport, reason, client_ip }, event)
    },
    connector_waiting({ kind: _, ...event }) {
      refusals.write(REFUSAL_LINES.connector_waiting, event, event)
    },
    canary_visit_failed(event) {
      refusals.write(REFUSAL_LINES.canary_visit_failed, { reason: event.reason }, event)
    },
  }
}

/** The line of an alert has a field `kind` of its own. */
function alertQueuedWriter(log: Pick<Log, 'logging'>): (event: EventOf<'alert_queued'>) => void {
  const { logger, message } = KEY_LOG_EVENTS.alert_queued
  const { info } = log.logging(logger)
  return ({ kind: _, alert_kind, ...fields }) => info(message, { ...fields, kind: alert_kind })
}
