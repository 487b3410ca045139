// Preloaded into the server (NODE_OPTIONS=--import): writes the worst delay of each fifth of a second as a line of EVENT_LOOP_LOG. The
// server's own metric has the worst since its start alone, and its start is no attack.
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10
const PERIOD_MS = 200

const log = process.env.EVENT_LOOP_LOG
if (log) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  setInterval(() => {
    // The histogram has the time between two ticks of a timer, which is its resolution where nothing delays it.
    const delay_ms = Math.max(0, delay.max / 1e6 - RESOLUTION_MS)
    appendFileSync(log, `${JSON.stringify({ at: Date.now(), delay_ms })}\n`)
    delay.reset()
  }, PERIOD_MS).unref()
}
