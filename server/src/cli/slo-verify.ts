import { resolve } from 'node:path'
import type { SloStatus } from '@eviltwin/contract'
import { Command } from 'commander'
import { loadObjectives } from '../features/slo/load-objectives.js'
import { isAboutSensors, type Objective, PLATFORM_UP } from '../features/slo/objective.js'
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
  type Seen,
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

interface Report {
  comparisons: Comparison[]
  clients: RouteOfClients[]
  /** Names of the objectives whose window the logs do not cover. */
  not_covered: string[]
  /** RFC 3339, UTC: what was counted then may never have been written by the platform. */
  unknown: Array<{ from: string; to: string }>
  lost_lines: number
  unreadable_lines: number
}

export function sloVerifyCommand(): Command {
  return new Command('verify')
    .description(
      'recompute every objective from access logs (ACCESS_LOG=file), and compare; exits with 1 when a figure differs, or when clients saw an answer that no log has',
    )
    .requiredOption(
      '--access-log <files...>',
      'DATA_DIR/logs/access.jsonl of every replica, older rotated files first',
    )
    .option(
      '--client-log <file>',
      'what clients saw: JSON lines of timestamp, method, route, status or null, and duration_ms',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nThe log must go back to the first start of the platform, or over the whole window of an objective. What a process\ncounted in the five seconds before it was killed may be lost (docs/slos.md): such figures are `explained`.',
    )
    .action(verify)
}

async function verify({ accessLog, clientLog, json }: VerifyOptions): Promise<void> {
  const said = await readPlatform()
  const logs = await Promise.all(byReplica(accessLog).map(readLog))
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
    clientLog === undefined
      ? []
      : compareWithClients(await readClients(clientLog), records, { from: covered, to: said.at }, unknown)
  const report: Report = {
    comparisons,
    clients,
    not_covered: left,
    unknown: unknown.map(asTimes),
    lost_lines: sumOf(logs, ({ lost }) => lost),
    unreadable_lines: sumOf(logs, ({ unreadable }) => unreadable),
  }
  if (json) console.log(JSON.stringify(report, null, 2))
  else print(report)
  refuseDifferences(report)
}

/** @throws {CliError} when a figure differs, or nothing could be compared. */
function refuseDifferences({ comparisons, clients, lost_lines }: Report): void {
  const differing = [
    ...comparisons
      .filter(({ figures }) => figures.some(({ verdict }) => verdict === 'differs'))
      .map(({ objective }) => objective),
    ...clients
      .filter((route) => route.differing.length > 0)
      .map(({ route }) => `what clients saw of ${route}`),
  ]
  const why = lost_lines > 0 ? ` (${lost_lines} lines of the access logs could not be written)` : ''
  if (differing.length > 0) throw new CliError(`differs: ${differing.join(', ')}${why}`)
  if (comparisons.length === 0)
    throw new CliError(
      'nothing was compared: the access log begins after the platform did; name its older files, too',
    )
}

function asTimes({ from, to }: Span): Report['unknown'][number] {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}

function sumOf(logs: readonly AccessLogContent[], count: (log: AccessLogContent) => number): number {
  return logs.reduce((sum, log) => sum + count(log), 0)
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
      firstRan: (await store.oldest([PLATFORM_UP])).get(PLATFORM_UP) ?? at,
      // The access log has requests, and nothing about sensors.
      objectives: objectives
        .filter((objective) => !isAboutSensors(objective))
        .flatMap((objective) => {
          const status = statuses.get(objective.id)
          return status ? [{ objective, status }] : []
        }),
    }
  })
}

/** The files of each replica, in the order in which they were named; rotated ones have a number at their end. */
function byReplica(paths: readonly string[]): string[][] {
  const replicas = new Map<string, string[]>()
  for (const path of paths) {
    const newest = resolve(path).replace(/\.\d+$/, '')
    replicas.set(newest, [...(replicas.get(newest) ?? []), path])
  }
  return [...replicas.values()]
}

async function readLog(paths: readonly string[]): Promise<AccessLogContent> {
  return readAccessLog(paths).catch((error: Error) => {
    throw new CliError(`${paths.join(', ')} cannot be read as an access log: ${error.message}`)
  })
}

async function readClients(path: string): Promise<Seen[]> {
  return readClientLog(path).catch((error: Error) => {
    throw new CliError(`${path} cannot be read: ${error.message}`)
  })
}

/** From when the logs tell everything; -Infinity where they go back to the first start of the platform. */
function coverageOf(logs: readonly AccessLogContent[], firstRan: number): number {
  const begun = Math.min(...logs.map(({ from }) => from))
  if (logs.some(({ beginsWithStart }) => beginsWithStart) && minutesAgo(begun, 0) <= firstRan)
    return Number.NEGATIVE_INFINITY
  return begun
}

function print({ comparisons, clients, not_covered, unknown, lost_lines, unreadable_lines }: Report): void {
  const rows = comparisons.flatMap(({ objective, figures, unknown: open, assumed_bad }) =>
    figures.map((figure, n) => [
      n === 0 ? objective : '',
      figure.what,
      text(figure.recomputed),
      text(figure.platform),
      figure.verdict,
      n === 0 && open > 0 ? `${open} of the seconds before a kill or the last write` : '',
      n === 0 && assumed_bad > 0 ? `${assumed_bad} assumed in gaps` : '',
    ]),
  )
  console.log(table(['OBJECTIVE', 'FIGURE', 'RECOMPUTED', 'PLATFORM', 'VERDICT', 'UNKNOWN', 'GAPS'], rows))
  if (clients.length > 0) printClients(clients)
  for (const { from, to } of unknown) console.log(`\nUnknown: what was counted from ${from} to ${to}`)
  if (lost_lines > 0) console.log(`\n${lost_lines} lines of the access logs could not be written`)
  if (unreadable_lines > 0) console.log(`\n${unreadable_lines} lines could not be read`)
  if (not_covered.length > 0)
    console.log(`\nNot compared, because the log does not cover the window: ${not_covered.join(', ')}`)
}

function printClients(clients: readonly RouteOfClients[]): void {
  const rows = clients.map(({ route, clients: sent, answered, server, server_answered, differing }) => [
    route,
    String(sent),
    String(server),
    String(sent - server),
    String(answered),
    String(server_answered),
    differing.map(({ status, clients: seen, server: served }) => `${status}: ${seen}, ${served}`).join('; '),
  ])
  const head = ['ROUTE', 'SENT', 'SERVED', 'NEVER SERVED', 'ANSWERS SEEN', 'ANSWERS SENT', 'DIFFERS']
  console.log(`\n${table(head, rows)}`)
}

function text(value: Figure['recomputed']): string {
  return value === null ? '-' : String(Number(value.toFixed(6)))
}
