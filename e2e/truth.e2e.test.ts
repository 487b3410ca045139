import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Page, Session } from '@eviltwin/contract'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { type LlmServer, startLlmServer } from '../server/src/testing/llm-server.js'
import type { PostgresServer } from '../server/src/testing/postgres-servers.js'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { control, restart } from './postgres-control.js'
import {
  accessToken,
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from './server-process.js'
import { sendEvent } from './traffic.js'
import { keylessFlood, mixedTraffic } from './truth-traffic.js'

/**
 * `npm run test:truth` runs for an hour; the seconds here are enough for every kind of trouble once, and for the database to be back for
 * more than the five seconds between two writes before a process is killed: what could not be written during an outage is lost, too.
 */
const SECONDS = Number(process.env['TRUTH_SECONDS'] ?? 45)
const FEED_CLIENT = fileURLToPath(new URL('./feed-client.mjs', import.meta.url))
const FLOOD_CLIENTS = 8

interface Report {
  comparisons: Array<{
    objective: string
    unknown: number
    figures: Array<{ what: string; recomputed: number | null; platform: number | null; verdict: string }>
  }>
  clients: Array<{
    route: string
    clients: number
    server: number
    answered: number
    server_answered: number
    differing: unknown[]
  }>
  not_covered: string[]
  unknown: Array<{ from: string; to: string }>
  lost_lines: number
}

/** Two replicas on one database, and what they depend on. */
interface Platform {
  database: { url: string; server: PostgresServer }
  llm: LlmServer
  /** This replica is killed. */
  first: Installation
  second: Installation
  running: [RunningServer, RunningServer]
  clientLog: string
}

/** Lets every write of events hang for so long: clients leave without an answer. */
async function hold(connectionString: string, milliseconds: number): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE event_keys IN ACCESS EXCLUSIVE MODE')
  await sleep(milliseconds)
  await client.end()
}

function followFeed(url: string, token: string): ChildProcess {
  return spawn(process.execPath, [FEED_CLIENT, url, token, '0'], { stdio: 'ignore' })
}

/** Sessions that can be analysed. */
async function sessionIdsOf(url: string, token: string): Promise<string[]> {
  await sendEvent(url, { command: 'id' })
  const answer = await fetch(`${url}/sessions?limit=50`, { headers: { authorization: `Bearer ${token}` } })
  return ((await answer.json()) as Page<Session>).items.map(({ id }) => id)
}

/** So many seconds of traffic, with every kind of trouble once. */
async function troubledRound(platform: Platform, seconds: number): Promise<void> {
  const { database, llm, first, second, clientLog } = platform
  const token = await accessToken(second.url)
  const urls = [first.url, second.url]
  const traffic = {
    urls,
    token,
    sessionIds: await sessionIdsOf(second.url, token),
    clientLog,
    patienceMs: 300,
  }
  const feedClients = urls.map((url) => followFeed(url, token))
  const part = (seconds * 1000) / 5
  let isOver = false
  let isFlooding = true
  const load = [mixedTraffic(traffic, () => isOver), keylessFlood(traffic, FLOOD_CLIENTS, () => !isFlooding)]
  await sleep(part / 2)
  isFlooding = false
  await hold(database.url, part / 2)
  control(database.server, 'stop', '-m', 'immediate')
  await sleep(part)
  restart(database.server)
  await sleep(part / 2)
  llm.mode = '500'
  await sleep(part / 2)
  llm.mode = 'normal'
  await platform.running[0].kill('SIGKILL')
  platform.running[0] = await first.start()
  await sleep(part)
  isOver = true
  await Promise.all(load)
  for (const client of feedClients) client.kill()
}

/** Older rotated files first: `access.jsonl.2`, `access.jsonl.1`, `access.jsonl`. */
function accessLogsIn(directory: string): string[] {
  const age = (name: string) => Number(name.split('.')[2] ?? 0)
  return readdirSync(directory)
    .filter((name) => name.startsWith('access.jsonl'))
    .sort((one, other) => age(other) - age(one))
    .map((name) => join(directory, name))
}

async function verify({ first, second, clientLog }: Platform): Promise<Report> {
  const logs = [first, second].flatMap(({ dataDir }) => accessLogsIn(join(dataDir, 'logs')))
  const { code, stdout, stderr } = await second.run(
    ...['slo', 'verify', '--json', '--client-log', clientLog],
    ...['--access-log', ...logs],
  )
  const report = JSON.parse(stdout) as Report
  if (process.env['TRUTH_SECONDS'] !== undefined) console.log(stdout)
  const differing = report.comparisons.flatMap(({ objective, figures }) =>
    figures.filter(({ verdict }) => verdict === 'differs').map((figure) => ({ objective, ...figure })),
  )
  expect({ differing, stderr, code }).toEqual({ differing: [], stderr: '', code: 0 })
  return report
}

function expectEverythingCounted(
  { comparisons, clients, not_covered, unknown, lost_lines }: Report,
  rounds: number,
) {
  expect({ not_covered, lost_lines, kills: unknown.length }).toEqual({
    not_covered: [],
    lost_lines: 0,
    kills: rounds,
  })
  const total = (objective: string) =>
    comparisons
      .find((comparison) => comparison.objective === objective)
      ?.figures.find(({ what }) => what === 'total')?.recomputed
  expect(total('ingest-availability')).toBeGreaterThan(20)
  // Nothing is proven of an objective without an event.
  expect(comparisons.filter(({ objective }) => !total(objective)).map(({ objective }) => objective)).toEqual(
    [],
  )
  const log = clients.find(({ route }) => route === 'POST /log')
  expect(log?.clients).toBeGreaterThan(log?.answered ?? 0)
}

test.each(inject('postgresServers').slice(-1))(
  'what the platform says of itself is what its access logs give, through outages, kills, floods and impatient clients, on $version',
  async (postgres) => {
    const { url, drop } = await createEmptyDatabase(postgres)
    const llm = await startLlmServer()
    const environment = {
      DATABASE_URL: url,
      SECRET_KEY: 'the same secret key on all the replicas',
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
      ACCESS_LOG: 'file',
      LLM_BASE_URL: `${llm.url}/v1`,
    }
    const first = await createInstallation(environment)
    const second = await createInstallation(environment)
    const platform: Platform = {
      database: { url, server: postgres },
      llm,
      first,
      second,
      running: [await first.start(), await second.start()],
      clientLog: join(mkdtempSync(join(tmpdir(), 'eviltwin-truth-')), 'clients.jsonl'),
    }
    const rounds = Math.max(1, Math.round(SECONDS / 300))
    try {
      for (let round = 0; round < rounds; round += 1) await troubledRound(platform, SECONDS / rounds)
      // An orderly stop writes down everything that was counted.
      await Promise.all(platform.running.map((server) => server.kill('SIGTERM')))
      expectEverythingCounted(await verify(platform), rounds)
    } finally {
      await Promise.all(platform.running.map((server) => server.kill('SIGKILL')))
      await llm.close()
      first.remove()
      second.remove()
      await drop()
    }
  },
  SECONDS * 1000 + 120_000,
)
