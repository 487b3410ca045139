import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'

export interface HeartbeatOptions {
  /** Undefined: nobody listens. */
  url: string | undefined
  log: Logger
  publish: Publish
  now: () => number
}

const EVERY_MS = 60_000
const TIMEOUT_MS = 5_000

/**
 * Tells a dead man's switch elsewhere that alerts are being evaluated, once a minute at most however often it is called: its
 * silence is the alert that we cannot send ourselves.
 */
export function createHeartbeat({ url, log, publish, now }: HeartbeatOptions): () => void {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    if (url === undefined || now() - last < EVERY_MS) return
    last = now()
    fetch(url, { method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
      (response) => {
        if (response.ok) publish({ kind: 'heartbeat_answered' })
        return response.body?.cancel()
      },
      (error: Error) => log.warning('The heartbeat could not be sent', { cause: error.message }),
    )
  }
}
