import { v7 as uuidV7 } from 'uuid'
import type { Publish } from '../../domain/platform-event.js'
import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../../platform/logger.js'
import { createPoller } from '../../platform/poller.js'
import { traceOf } from '../../platform/telemetry/trace-context.js'
import { planAlerts, planSyntheticAlerts } from './alert-plan.js'
import type { PlannedAlert } from './alert-rows.js'
import type { AlertQueueStore } from './queue-store.js'

/** Turns what the pipeline marked as worth telling into alerts. */
export interface AlertManager {
  /** Something waits; never blocks, never fails. */
  wake(): void
  /** Escalations that wait for this step, as last counted; the golden signal `alert_manager.queue_depth`. */
  queueDepth(): number
  stop(): Promise<void>
}

export interface AlertManagerOptions {
  queue: AlertQueueStore
  isResearchScanner: (source_ip: string) => boolean
  log: Logger
  now: () => number
  publish: Publish
  /** Called for every alert once it is durable, announced or not. */
  onRaised: (alert: PlannedAlert) => void
}

/** Bounds the memory of a step, and how long other replicas wait for their turn. */
const BATCH = 200
/** How soon a replica notices what another one left behind. */
const POLL_MS = 1_000

/**
 * Takes batches from the durable queue until it is empty, whenever woken and once a second. The queue is in the
 * database, so what waits costs no memory, survives this process, and is finished by any replica.
 */
export function startAlertManager(options: AlertManagerOptions): AlertManager {
  const { queue, isResearchScanner, log, now, publish, onRaised } = options
  let depth = 0

  async function count(): Promise<void> {
    depth = await queue.depth()
  }

  async function work(): Promise<void> {
    await count()
    while (depth > 0) {
      const at = new Date(now())
      const { taken, raised } = await queue.process(
        BATCH,
        (escalations, context) =>
          planAlerts(escalations, context, {
            newId: uuidV7,
            now: timestampOf(at.getTime()),
            isResearchScanner,
          }),
        (escalations) => planSyntheticAlerts(escalations, { newId: uuidV7, now: timestampOf(at.getTime()) }),
        at,
      )
      depth = taken < BATCH ? Math.max(0, depth - taken) : await queue.depth()
      for (const alert of raised) {
        publishRaised(alert)
        onRaised(alert)
      }
      if (taken === 0) depth = 0
    }
  }

  function publishRaised(alert: PlannedAlert): void {
    const { kind, threat_level, suppressed_by } = alert
    const facts = factsOf(alert)
    if (suppressed_by === null) {
      publish({ kind: 'alert_queued', ...facts, alert_kind: kind, queue_depth: depth })
    } else {
      publish({ kind: 'alert_suppressed', threat_level, suppressed_by })
      log.debug('Alert suppressed', { ...facts, kind, suppressed_by })
    }
  }

  const onError = (error: unknown) =>
    log.error('Alerts cannot be stored; trying again', { cause: (error as Error).message })
  const worker = createPoller({ work, pauseMs: POLL_MS, onError })
  // A worker that waits for its turn, or for the database, must not hide how much waits for it.
  const counter = createPoller({ work: count, pauseMs: POLL_MS, onError: () => {} })
  return {
    wake: worker.wake,
    queueDepth: () => depth,
    async stop() {
      await Promise.all([worker.stop(), counter.stop()])
    },
  }
}

/** What the log says of an alert. */
function factsOf(alert: PlannedAlert) {
  const { id, request_id, traceparent, session_id, source_ip, sensor_id, threat_score, threat_level } = alert
  return {
    request_id,
    ...traceOf(traceparent),
    alert_id: id,
    session_id,
    source_ip,
    sensor_id,
    threat_score,
    threat_level,
  }
}
