import { existsSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { until } from '../server/src/testing/until.js'
import { audit, sendEvents } from './load.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  reader,
  SENSOR_KEY,
} from './server-process.js'

const ROUNDS = Number(process.env['DURABILITY_ROUNDS'] ?? 3)
/** What supervisors wait for before they kill. */
const LONGEST_STOP_MS = 10_000

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** A server of two processes that both serve. */
async function startTwo(environment: NodeJS.ProcessEnv = {}) {
  const installation = await createInstallation({
    WORKERS: '2',
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    METRICS_OPEN: 'true',
    ...environment,
  })
  cleanups.push(() => installation.remove())
  const server = await installation.start()
  cleanups.push(() => server.process.exitCode ?? server.kill('SIGKILL'))
  await until(() => server.output().stderr.includes('is running'))
  return { installation, server }
}

/** The ids of the processes that serve. */
function workersOf({ process: { pid } }: RunningServer): number[] {
  return childrenOf(Number(pid)).filter((child) => commandOf(child).includes('eviltwin.mjs'))
}

function childrenOf(pid: number): number[] {
  return factOf(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number)
}

function commandOf(pid: number): string {
  return factOf(pid, 'cmdline')
}

/** Empty for a process that has ended. */
function factOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

const isAlive = (pid: number) => commandOf(pid) !== ''

/** A process may end by itself at any time. */
function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The log of a server so far; every line of it is whole. */
function linesOf({ output }: RunningServer): Array<Record<string, unknown>> {
  const whole = output().stdout.slice(0, output().stdout.lastIndexOf('\n'))
  return whole.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** One request on a connection of its own, as whichever process takes it. */
function onNewConnection(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, agent: new Agent(), headers: { 'content-type': 'application/json', ...headers } },
      (answer) => {
        let text = ''
        answer.on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function metricOf({ url }: Installation, name: string): Promise<number> {
  const { text } = await onNewConnection(`${url}/metrics`)
  const values = text
    .split('\n')
    .flatMap((line) => new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`).exec(line)?.[1] ?? [])
  return values.reduce((sum, value) => sum + Number(value), 0)
}

const connectionOf = ({ dataDir }: Installation) => ({
  host: join(dataDir, 'postgres', 'run'),
  user: 'eviltwin',
  database: 'eviltwin',
  password: readFileSync(join(dataDir, 'postgres', 'cluster.password'), 'utf8').trim(),
})

/** How many commits left their totals to be added up, which by now they are. */
async function commitsThatLeftTotals(connection: pg.ClientConfig): Promise<number> {
  const client = new pg.Client(connection)
  await client.connect()
  const { rows } = await client.query<{ last_value: string }>(
    'SELECT last_value FROM pending_totals_id_seq WHERE is_called',
  )
  await client.end()
  return Number(rows[0]?.last_value ?? 0)
}

test(`${ROUNDS} times kill -9 of a worker under load: another takes its place, every acknowledged event is there, all counts agree`, async () => {
  const { installation, server } = await startTwo({ OPERATIONS_INTERVAL_SECONDS: '0.2' })
  const load = sendEvents(installation.url)
  let counted = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(700 + Math.random() * 600)
    const [first = 0, second = 0] = workersOf(server)
    process.kill(round % 2 === 0 ? first : second, 'SIGKILL')
    await until(async () => {
      const now = await metricOf(installation, 'eviltwin_events_total')
      expect(now).toBeGreaterThanOrEqual(counted)
      counted = now
      return (await metricOf(installation, 'eviltwin_workers')) === 2
    })
    expect(await metricOf(installation, 'eviltwin_workers_ended_total')).toBe(round + 1)
  }
  // What the process that serves nothing logs is counted, too.
  const problems = 'eviltwin_log_lines_total\\{level="ERROR",logger="backend.workers"\\}'
  expect(await metricOf(installation, problems)).toBe(ROUNDS)
  await load.stop()
  expect(load.unanswered()).toBe(0)
  const stored = await audit(connectionOf(installation), load.acknowledged)
  expect(await commitsThatLeftTotals(connectionOf(installation))).toBeGreaterThan(0)
  const read = await reader(installation.url)
  const { gaps } = await read<{ gaps: { intervals: unknown[] } }>('/slos/ingest-availability')
  expect(gaps.intervals).toEqual([])
  await server.kill('SIGTERM')
  expect(server.process.exitCode).toBe(0)
  expect(load.acknowledged.size).toBeGreaterThan(100)
  const ended = linesOf(server).filter(
    ({ message }) => message === 'A worker ended; another one takes its place',
  )
  expect(ended).toHaveLength(ROUNDS)
  expect(ended[0]).toMatchObject({
    level: 'ERROR',
    logger: 'backend.workers',
    signal: 'SIGKILL',
    restart_in_ms: 0,
  })
  console.info(
    `kill -9 of workers: ${ROUNDS} rounds, ${load.acknowledged.size} acknowledged, ${stored} stored`,
  )
})

test('both processes serve; counters add up, and the log has each line once and whole, on stdout and in its file', async () => {
  const { installation, server } = await startTwo()
  const events = 60
  for (let event = 0; event < events; event += 1) {
    const { status } = await onNewConnection(`${installation.url}/log`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SENSOR_KEY}` },
      // Far more than a pipe takes at once.
      body: {
        source_ip: '203.0.113.7',
        time: new Date().toISOString(),
        username: `u${event}`,
        command: 'é'.repeat(9_000),
      },
    })
    expect(status).toBe(200)
  }
  expect(await metricOf(installation, 'eviltwin_events_total')).toBe(events)
  expect(await metricOf(installation, 'db_client_connection_max')).toBe(2 * 21)
  const read = await reader(installation.url)
  const { replicas } = await until(async () => {
    const signals = await read<{ replicas: Array<{ leader: boolean }> }>('/ops/signals')
    return signals.replicas.length === 2 && signals.replicas.some(({ leader }) => leader) && signals
  })
  expect(replicas.filter(({ leader }) => leader)).toHaveLength(1)
  await server.kill('SIGTERM')
  expect(server.process.exitCode).toBe(0)
  const onStdout = linesOf(server)
  const inFile = readFileSync(join(installation.dataDir, 'logs', 'backend_logs.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  for (const lines of [onStdout, inFile]) {
    const ingested = lines.filter(({ message }) => message === 'Event ingested')
    expect(new Set(ingested.map(({ request_id }) => request_id)).size).toBe(events)
    expect(ingested).toHaveLength(events)
    expect(lines.at(-1)).toMatchObject({ message: 'Service stopped' })
    expect(lines.filter(({ message }) => message === 'Service started')).toHaveLength(1)
  }
})

test('more processes give nobody more attempts to log in, and ids of acknowledgements are given once', async () => {
  const { installation } = await startTwo()
  const attempts: number[] = []
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const body = { username: 'admin', password: `wrong ${attempt}` }
    attempts.push((await onNewConnection(`${installation.url}/auth/login`, { method: 'POST', body })).status)
  }
  expect(attempts.filter((status) => status === 401)).toHaveLength(8)
  expect(attempts.slice(8)).toEqual([429, 429, 429, 429])

  const headers = {
    authorization: `Splunk ${SENSOR_KEY}`,
    'x-splunk-request-channel': '0a1b2c3d-0000-4000-8000-000000000001',
  }
  const ids: number[] = []
  for (let n = 0; n < 12; n += 1) {
    const body = { event: { source_ip: '203.0.113.7', time: new Date().toISOString(), username: `hec ${n}` } }
    const { text } = await onNewConnection(`${installation.url}/services/collector`, {
      method: 'POST',
      headers,
      body,
    })
    ids.push((JSON.parse(text) as { ackId: number }).ackId)
  }
  expect(ids).toEqual(Array.from({ length: 12 }, (_, n) => n))
  for (let n = 0; n < 6; n += 1) {
    const body = { acks: [0, 11, 12] }
    const { text } = await onNewConnection(`${installation.url}/services/collector/ack`, {
      method: 'POST',
      headers,
      body,
    })
    expect(JSON.parse(text)).toEqual({ acks: { 0: true, 11: true, 12: false } })
  }
})

test('the level of the log is that of every process, also of one that begins later', async () => {
  const { installation, server } = await startTwo()
  const login = await fetch(`${installation.url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  })
  const authorization = `Bearer ${((await login.json()) as { access_token: string }).access_token}`
  const levels = async () => {
    const answers: string[] = []
    for (let n = 0; n < 8; n += 1)
      answers.push(
        (await onNewConnection(`${installation.url}/ops/log-level`, { headers: { authorization } })).text,
      )
    return [...new Set(answers.map((text) => (JSON.parse(text) as { level: string }).level))]
  }
  await onNewConnection(`${installation.url}/ops/log-level`, {
    method: 'PUT',
    headers: { authorization },
    body: { level: 'WARNING' },
  })
  await until(async () => (await levels()).join() === 'WARNING')
  process.kill(workersOf(server)[0] ?? 0, 'SIGKILL')
  await until(async () => (await metricOf(installation, 'eviltwin_workers_ended_total')) === 1)
  await until(async () => (await metricOf(installation, 'eviltwin_workers')) === 2)
  expect(await levels()).toEqual(['WARNING'])
})

test('a worker that hangs holds up neither requests nor the end', async () => {
  const { installation, server } = await startTwo()
  const [hanging = 0, other = 0] = workersOf(server)
  process.kill(hanging, 'SIGSTOP')
  for (let n = 0; n < 10; n += 1)
    expect((await onNewConnection(`${installation.url}/health/live`)).status).toBe(200)
  const asked = performance.now()
  await server.kill('SIGTERM')
  expect(performance.now() - asked).toBeLessThan(LONGEST_STOP_MS)
  expect(server.process.exitCode).toBe(0)
  expect([hanging, other].filter(isAlive)).toEqual([])
  expect(linesOf(server).map(({ message }) => message)).toContain('A worker does not end and is ended')
  expect(existsSync(join(installation.dataDir, 'postgres', 'cluster', 'postmaster.pid'))).toBe(false)
})

test('a worker that hangs is ended after three unanswered questions, and another takes its place', async () => {
  const { installation, server } = await startTwo()
  const [hanging = 0] = workersOf(server)
  process.kill(hanging, 'SIGSTOP')
  await until(() => !isAlive(hanging))
  await until(async () => (await metricOf(installation, 'eviltwin_workers')) === 2)
  expect(await metricOf(installation, 'eviltwin_workers_ended_total')).toBe(1)
  await until(() => linesOf(server).some(({ message }) => message === 'A worker hangs and is ended'))
})

test('a request that is under way when the stop begins is answered', async () => {
  const { installation, server } = await startTwo()
  const body = JSON.stringify({ source_ip: '203.0.113.7', time: new Date().toISOString(), username: 'late' })
  const answers = Array.from({ length: 8 }, () => {
    const sent = request(`${installation.url}/log`, {
      method: 'POST',
      agent: new Agent(),
      headers: {
        authorization: `Bearer ${SENSOR_KEY}`,
        'content-type': 'application/json',
        'content-length': body.length,
      },
    })
    const answered = new Promise<number>((resolve, reject) => {
      sent.on('error', reject)
      sent.on('response', (answer) => resolve(answer.resume().statusCode ?? 0))
    })
    const begun = new Promise((resolve) => sent.write(body.slice(0, 10), resolve))
    return { sent, answered, begun }
  })
  await Promise.all(answers.map(({ begun }) => begun))
  // All of them are with a worker once later ones are answered.
  for (let n = 0; n < 8; n += 1) await onNewConnection(`${installation.url}/health/live`)
  const stopped = server.kill('SIGTERM')
  await until(() => server.output().stdout.includes('Service stopping') || server.process.exitCode !== null)
  for (const { sent } of answers) sent.end(body.slice(10))
  expect(await Promise.all(answers.map(({ answered }) => answered))).toEqual(Array(8).fill(200))
  await stopped
  expect(server.process.exitCode).toBe(0)
})

test('kill -9 of the process that started the others ends them, and the next start finds everything', async () => {
  const { installation, server } = await startTwo()
  const workers = workersOf(server)
  // They have lines of the log left that nobody takes any more.
  const load = sendEvents(installation.url)
  await until(() => load.acknowledged.size > 100)
  await server.kill('SIGKILL')
  await load.stop()
  await until(() => workers.every((pid) => !isAlive(pid)))
  const next = await installation.start()
  await audit(connectionOf(installation), load.acknowledged)
  await next.kill('SIGTERM')
  expect(next.process.exitCode).toBe(0)
})

test('workers that end again and again end the server, with a message', async () => {
  const { server } = await startTwo()
  await until(() => {
    for (const pid of workersOf(server)) killIfAlive(pid)
    return server.process.exitCode !== null
  })
  expect(server.process.exitCode).toBe(1)
  expect(server.output().stderr).toContain(
    'eviltwin: workers ended again and again, the last one with SIGKILL',
  )
  expect(linesOf(server).map(({ message }) => message)).toContain(
    'Workers end again and again; the server ends',
  )
})

test('what keeps a worker from starting is said once, without a stack, and is the end of the start', async () => {
  const installation = await createInstallation({
    WORKERS: '2',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  })
  cleanups.push(() => installation.remove())
  const { code, stderr } = await installation.run('start')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^eviltwin: the database cannot be used: [^\n]*\n$/)
})
