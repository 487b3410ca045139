import type { SloStatus } from '@eviltwin/contract'
import { Command } from 'commander'
import { loadObjectives } from '../features/slo/load-objectives.js'
import { type Objective, PLATFORM_UP } from '../features/slo/objective.js'
import { createRecordingGapsStore } from '../features/slo/recording-gaps-store.js'
import { createSloReader } from '../features/slo/slo-reader.js'
import { createSignalStore } from '../features/slo/store.js'
import {
  type AccessLogContent,
  readAccessLog,
  UNWRITTEN_MS,
} from '../features/slo/verification/access-record.js'
import {
  compareWithClients,
  type RouteOfClients,
  readClientLog,
} from '../features/slo/verification/client-log.js'
import { type Comparison, compare, type Figure, minutesAgo } from '../features/slo/verification/compare.js'
import type { Span } from '../features/slo/verification/recompute.js'
import { CliError } from './errors.js'
import { table } from './terminal.js'
import { withStore } from './with-store.js'

/** A poll may be late by so much. */
const LATE_MS = 2_000

interface VerifyOptions {
  accessLog: string[]
  clientLog?: string
  json?: boolean
}

export function sloVerifyCommand(): Command {
  return new Command('verify')
    .description(
      'recompute every objective from access logs (ACCESS_LOG=file), and compare; exits with 1 when a figure differs',
    )
    .requiredOption(
      '--access-log <files...>',
      'DATA_DIR/logs/access.jsonl of every replica, older rotated files first',
    )
    .option('--client-log <file>', 'what clients saw: JSON lines of timestamp, method, route, status or null')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nThe log must go back to the first start of the platform, or over the whole window of an objective. What a process\ncounted in the five seconds before it was killed may be lost (docs/slos.md): such figures are `explained`.',
    )
    .action(verify)
}

async function verify({ accessLog, clientLog, json }: VerifyOptions): Promise<void> {
  const said = await readPlatform()
  const logs = await Promise.all(accessLog.map(readLog))
  const records = logs.flatMap((log) => log.records).filter(({ at }) => at < said.at)
  const unknown = [
    ...logs.flatMap((log) => log.unknown),
    // What a running server counted since it last wrote.
    ...(logs.every((log) => log.endsWithStop)
      ? []
      : [{ from: said.at - UNWRITTEN_MS - LATE_MS, to: said.at }]),
  ]
  const covered = coverageOf(logs, said.firstRan)
  const comparisons: Comparison[] = []
  const left: string[] = []
  for (const { objective, status } of said.objectives) {
    const from = minutesAgo(said.at, objective.windowMinutes)
    if (covered > from) left.push(objective.name)
    else comparisons.push(compare({ objective, status, records, span: { from, to: said.at }, unknown }))
  }
  const clients =
    clientLog === undefined ? [] : await readClients(clientLog, records, { from: covered, to: said.at })
  const differing = comparisons.filter(({ figures }) => figures.some(({ verdict }) => verdict === 'differs'))
  if (json) console.log(JSON.stringify({ comparisons, clients, not_covered: left }, null, 2))
  else print(comparisons, clients, left, logs)
  if (differing.length > 0)
    throw new CliError(`differs: ${differing.map(({ objective }) => objective).join(', ')}`)
  if (comparisons.length === 0)
    throw new CliError(
      'nothing was compared: the access log begins after the platform did; name its older files, too',
    )
}

/** What the platform says now. */
async function readPlatform(): Promise<{
  at: number
  firstRan: number
  objectives: Array<{ objective: Objective; status: SloStatus }>
}> {
  return withStore(async (database, config) => {
    const at = Date.now()
    const objectives = await loadObjectives(config.SLO_DIR)
    const store = createSignalStore(database.app)
    const gaps = createRecordingGapsStore(database.app)
    const slos = createSloReader({ objectives, store, gaps, flush: async () => {}, now: () => at })
    const statuses = new Map((await slos.list()).map((status) => [status.id, status]))
    return {
      at,
      firstRan: (await store.firstOf(PLATFORM_UP, 'minute')) ?? at,
      objectives: objectives.flatMap((objective) => {
        const status = statuses.get(objective.id)
        return status ? [{ objective, status }] : []
      }),
    }
  })
}

async function readLog(path: string): Promise<AccessLogContent> {
  return readAccessLog(path).catch((error: Error) => {
    throw new CliError(`${path} cannot be read as an access log: ${error.message}`)
  })
}

async function readClients(
  path: string,
  records: AccessLogContent['records'],
  span: Span,
): Promise<RouteOfClients[]> {
  const seen = await readClientLog(path).catch((error: Error) => {
    throw new CliError(`${path} cannot be read: ${error.message}`)
  })
  return compareWithClients(seen, records, span)
}

/** From when the logs tell everything; -Infinity where they go back to the first start of the platform. */
function coverageOf(logs: readonly AccessLogContent[], firstRan: number): number {
  const begun = Math.min(...logs.map(({ from }) => from))
  if (logs.some(({ beginsWithStart }) => beginsWithStart) && minutesAgo(begun, 0) <= firstRan)
    return Number.NEGATIVE_INFINITY
  return begun
}

function print(
  comparisons: readonly Comparison[],
  clients: readonly RouteOfClients[],
  left: readonly string[],
  logs: readonly AccessLogContent[],
): void {
  const rows = comparisons.flatMap(({ objective, figures, unknown, assumed_bad }) =>
    figures.map((figure, n) => [
      n === 0 ? objective : '',
      figure.what,
      text(figure.recomputed),
      text(figure.platform),
      figure.verdict,
      n === 0 && unknown > 0 ? `${unknown} of the seconds before a kill or the last write` : '',
      n === 0 && assumed_bad > 0 ? `${assumed_bad} assumed in gaps` : '',
    ]),
  )
  console.log(table(['OBJECTIVE', 'FIGURE', 'RECOMPUTED', 'PLATFORM', 'VERDICT', 'UNKNOWN', 'GAPS'], rows))
  if (clients.length > 0) {
    const seen = clients.map(({ route, clients: sent, answered, server, server_answered }) => [
      route,
      String(sent),
      String(server),
      String(sent - server),
      String(answered),
      String(server_answered),
    ])
    console.log(
      `\n${table(['ROUTE', 'SENT', 'SERVED', 'NEVER SERVED', 'ANSWERS SEEN', 'ANSWERS SENT'], seen)}`,
    )
  }
  const unreadable = logs.reduce((sum, log) => sum + log.unreadable, 0)
  if (unreadable > 0) console.log(`\n${unreadable} lines could not be read`)
  if (left.length > 0)
    console.log(`\nNot compared, because the log does not cover the window: ${left.join(', ')}`)
}

function text(value: Figure['recomputed']): string {
  return value === null ? '-' : String(Number(value.toFixed(6)))
}
