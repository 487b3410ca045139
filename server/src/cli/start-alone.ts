import { createServer } from 'node:net'
import { composeServer } from '../compose.js'
import type { Config } from '../platform/config.js'
import { ONE_PROCESS } from '../platform/telemetry/metrics/of-workers.js'
import { VERSION } from '../platform/version.js'
import { ALONE } from '../platform/workers/place.js'
import { explain } from './errors.js'
import { keepDecoyKeys, startDecoys } from './start-decoys.js'
import { welcome } from './start-facts.js'
import type { LogSinks, Outputs } from './start-log.js'

/** How long the last lines may take to be written once everything else has ended. */
export const LAST_LINES_MS = 1_000

/** One start of a server. */
export interface ServerStart extends Outputs {
  stopRequested: Promise<void>
}

/** Runs the platform in this process until a stop is requested. @throws what kept it from starting, which is in the log then. */
export async function serveAlone(
  config: Config,
  { platformLog, telemetry, logSpool, relay }: LogSinks,
  { stdout, stderr, stopRequested }: ServerStart,
): Promise<void> {
  const log = platformLog.logging('backend.main')
  try {
    await assertPortIsFree(config)
    const platform = await composeServer(config, platformLog, Date.now, {
      telemetry,
      logSpool,
      place: ALONE,
      server: ONE_PROCESS,
    })
    const url = await platform.app.listen({ host: config.HOST, port: config.PORT })
    log.info('Service started', { url, version: VERSION })
    await keepDecoyKeys(config, platform)
    await platform.playDemo(url)
    await platform.beginAttacks(url)
    // The last of what a start writes: lines of the log come before it, whichever output is quicker.
    await stdout.flush(LAST_LINES_MS)
    stderr.write(welcome({ firstStart: platform.firstStart, url }, config))
    const decoys = await startDecoys({
      config,
      url,
      log: platformLog.logging('backend.decoys'),
      onLines: relay,
      say: (text) => stderr.write(text),
      onChange: platform.noteDecoys,
    })
    await stopRequested
    log.info('Service stopping')
    await decoys.stop()
    await platform.close()
    log.info('Service stopped')
  } catch (error) {
    log.critical('Service startup failed', { error: explain(error) })
    throw error
  }
}

/** The database takes a second to start: a port that is taken is better said before. */
export function assertPortIsFree({ HOST, PORT }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(PORT, HOST, () => probe.close(() => resolve()))
  })
}
