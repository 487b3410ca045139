import cluster from 'node:cluster'
import { totalmem } from 'node:os'
import { Command } from 'commander'
import { loadConfig } from '../platform/config.js'
import { memoryUse } from '../platform/telemetry/memory.js'
import { VERSION } from '../platform/version.js'
import { usableCores, workerCount } from '../platform/workers/worker-count.js'
import { endProcess, listenForShutdown } from './shutdown.js'
import { openStderr, openStdout } from './standard-output.js'
import { LAST_LINES_MS, serveAlone } from './start-alone.js'
import { planDecoys } from './start-decoys.js'
import { type LogSinks, openLogSinks } from './start-log.js'
import { superviseWorkers } from './start-primary.js'
import { runWorker } from './start-worker.js'

export function startCommand(): Command {
  return new Command('start')
    .summary('run the platform: API and dashboard on HOST:PORT (http://localhost:8000)')
    .description(
      'Run the platform: API and dashboard on HOST:PORT (http://localhost:8000). Settings, such as PORT, DATA_DIR and DATABASE_URL, are environment variables or lines of a file .env: see docs/configuration.md.',
    )
    .option('--demo', 'run with traffic of invented attackers, in a data directory of its own (DEMO=true)')
    .option('--demo-speed <factor>', 'how fast the schedule of the demo runs, 1 to 60 (DEMO_SPEED)')
    .option(
      '--log-format <format>',
      'the log on stdout: json, pretty, or auto (pretty on a terminal, JSON elsewhere; LOG_FORMAT)',
    )
    .option(
      '--decoys [list]',
      'also run decoys, on this machine alone: all, or a list such as ssh,redis:6380 (DECOYS)',
    )
    .option(
      '--decoys-public',
      'decoys listen on every address, for attackers to reach them (DECOYS_PUBLIC=true)',
    )
    .option('--workers <number>', 'processes that serve the port: a number, or auto (by the cores; WORKERS)')
    .action((options: StartOptions) => {
      const environment = environmentOf(options)
      return cluster.isWorker ? runWorker(environment) : start(environment)
    })
}

interface StartOptions {
  demo?: true
  demoSpeed?: string
  logFormat?: string
  workers?: string
  decoys?: string | true
  decoysPublic?: true
}

/** Options are settings that are written on the command line. */
function environmentOf({
  demo,
  demoSpeed,
  logFormat,
  workers,
  decoys,
  decoysPublic,
}: StartOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(demo && { DEMO: 'true' }),
    ...(demoSpeed !== undefined && { DEMO: 'true', DEMO_SPEED: demoSpeed }),
    ...(logFormat !== undefined && { LOG_FORMAT: logFormat }),
    ...(workers !== undefined && { WORKERS: workers }),
    ...(decoys !== undefined && { DECOYS: decoys === true ? 'all' : decoys }),
    ...(decoysPublic && { DECOYS_PUBLIC: 'true' }),
  }
}

async function start(environment: NodeJS.ProcessEnv): Promise<void> {
  const stdout = openStdout()
  const stderr = openStderr()
  const abandonOutputs = () => {
    stdout.abandon()
    stderr.abandon()
  }
  const shutdown = listenForShutdown(abandonOutputs)
  let sinks: LogSinks | null = null
  let failed = true
  try {
    if (process.stdout.isTTY) stderr.write(`EvilTwin ${VERSION} is starting ...\n`)
    const config = await loadConfig(environment)
    await planDecoys(config)
    sinks = openLogSinks(config, { stdout, stderr })
    const workers = workerCount(config.WORKERS, {
      cores: usableCores(),
      memoryBytes: Math.min(memoryUse().limit, totalmem()),
    })
    const surroundings = { stdout, stderr, stopRequested: shutdown.requested }
    if (workers === 1) await serveAlone(config, sinks, surroundings)
    else await superviseWorkers(config, workers, sinks, surroundings)
    failed = false
  } finally {
    await sinks?.close()
    const written = await Promise.all([stdout.close(LAST_LINES_MS), stderr.close(LAST_LINES_MS)])
    if (written.includes(false)) endProcess(failed ? 1 : 0, abandonOutputs)
    shutdown.release()
  }
}
