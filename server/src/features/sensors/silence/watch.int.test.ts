import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { timestampOf } from '../../../domain/timestamp.js'
import { createTestDatabase, type TestDatabase } from '../../../testing/test-database.js'
import { createSensorStore, type SensorStore } from '../store.js'
import { createHeartbeatStore, type ReceivedHeartbeat } from './heartbeat-store.js'
import { createHeartbeats, type Heartbeats } from './heartbeats.js'
import { createSensorStateStore, MAX_JUDGED, PAGE, type SensorStateStore } from './state-store.js'
import { createSensorWatch, type SensorWatch } from './watch.js'

const START = Date.parse('2026-03-22T12:00:00Z')
const MINUTE_MS = 60_000

describe.each(inject('postgresServers'))('the watch over sensors on $version', (server) => {
  let fixture: TestDatabase
  let states: SensorStateStore
  let heartbeats: Heartbeats
  let sensors: SensorStore
  let watch: SensorWatch
  let at: number
  let problem: string | null
  beforeEach(async () => {
    at = START
    problem = null
    fixture = await createTestDatabase(server, at)
    const { database } = fixture
    states = createSensorStateStore(database.maintenance)
    heartbeats = createHeartbeats(createHeartbeatStore(database.app), () => {})
    sensors = createSensorStore(database.app)
    watch = createSensorWatch({ store: states, now: () => at, storageProblem: () => problem })
  })
  afterEach(() => fixture.drop())

  const run = (text: string, values: unknown[] = []) => fixture.database.app.query({ text, values })

  /** An event is received now; `delaySeconds` after it happened by the clock of its sensor. */
  const receive = (sensor_id: string, delaySeconds = 0, kind = 'cowrie') =>
    run(
      `INSERT INTO sensors AS s (sensor_id, sensor_kind, first_seen_at, last_seen_at, last_received_at, event_count, session_count)
        VALUES ($1, $4, $2, $3, $2, 1, 1) ON CONFLICT (sensor_id) DO UPDATE SET
          last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at), last_received_at = excluded.last_received_at`,
      [sensor_id, new Date(at), new Date(at - delaySeconds * 1000), kind],
    )

  async function beat(sensor_id: string, more: Partial<ReceivedHeartbeat> = {}): Promise<void> {
    heartbeats.note({
      sensor_id,
      key_id: null,
      instance_id: null,
      received_at: new Date(at),
      sent_at: timestampOf(at),
      software: 'eviltwin tail',
      version: '0.3.0',
      spooled_bytes: 0,
      ...more,
    })
    await heartbeats.flush()
  }

  /** So many minutes of the platform, with a look at the end of each. */
  async function minutes(count: number, during: (minute: number) => Promise<unknown> = async () => {}) {
    for (let minute = 0; minute < count; minute += 1) {
      at += MINUTE_MS
      await during(minute)
      await watch.look()
    }
  }

  async function sensor(sensor_id: string) {
    const { items } = await sensors.list({ limit: 1, sensor_id }, new Date(at))
    if (!items[0]) throw new Error(`there is no sensor ${sensor_id}`)
    return items[0]
  }
  const silent = async () => (await states.silent(100)).map(({ sensor_id }) => sensor_id)
  const expect_ = (sensor_id: string, expected: 'automatic' | 'yes' | 'no', more: object = {}) =>
    sensors.expect(
      { sensor_id, expected, until: null, silence_limit_seconds: null, ...more },
      { at: new Date(at), by: 'admin' },
    )

  test('a sensor whose heartbeats stop is silent after three of them, and no longer when they come again', async () => {
    await minutes(20, () => beat('decoy-1'))
    expect(await sensor('decoy-1')).toMatchObject({
      state: 'active',
      expected: true,
      judged_by: 'heartbeat',
      limit_seconds: 180,
      event_count: 0,
      heartbeat: { software: 'eviltwin tail', interval_seconds: 60, spooled_bytes: 0 },
    })
    await minutes(3)
    expect(await silent()).toEqual([])
    await minutes(1)
    expect(await silent()).toEqual(['decoy-1'])
    expect(await sensor('decoy-1')).toMatchObject({ state: 'no_data', state_since: timestampOf(at) })
    await minutes(1, () => beat('decoy-1'))
    expect(await silent()).toEqual([])
    expect(await states.expected()).toEqual([
      { sensor_id: 'decoy-1', state: 'active', since: timestampOf(at) },
    ])
  })

  test('what the platform missed while it was down makes nobody silent; who stays away afterwards is', async () => {
    await minutes(20, () => beat('decoy-1'))
    at += 5 * 3600 * 1000
    await watch.look()
    expect(await silent()).toEqual([])
    await minutes(4)
    expect(await silent()).toEqual([])
    await minutes(2)
    expect(await silent()).toEqual(['decoy-1'])
  })

  test('while nothing can be stored nobody is silent', async () => {
    await minutes(20, () => beat('decoy-1'))
    problem = 'the disk is full'
    await minutes(30)
    expect(await silent()).toEqual([])
  })

  test('a sensor without heartbeats is judged by its own gaps, once it was seen for a day', async () => {
    await minutes(60, (minute) => (minute % 2 === 0 ? receive('cowrie-1', 1) : Promise.resolve()))
    expect(await sensor('cowrie-1')).toMatchObject({ state: 'unknown', expected: false, limit_seconds: null })
    // As if a day of the same had passed before.
    await run('UPDATE sensor_states SET first_at_seconds = first_at_seconds - 86400')
    await minutes(2, () => receive('cowrie-1', 1))
    const learned = await sensor('cowrie-1')
    expect(learned).toMatchObject({
      state: 'active',
      expected: true,
      judged_by: 'events',
      limit_seconds: 1800,
    })
    await minutes(29)
    expect(await silent()).toEqual([])
    await minutes(3)
    expect(await silent()).toEqual(['cowrie-1'])
  })

  test('an administrator decides what is expected, until when, and how long it may be silent', async () => {
    await minutes(20, () =>
      Promise.all([beat('retired'), beat('paused'), receive('rare'), receive('canary', 0, 'canarytoken')]),
    )
    await expect_('retired', 'no')
    await expect_('paused', 'no', { until: timestampOf(at + 20 * MINUTE_MS) })
    await expect_('rare', 'yes', { silence_limit_seconds: 600 })
    await expect_('canary', 'automatic')
    expect(
      await sensors.expect(
        { sensor_id: 'nobody', expected: 'yes', until: null, silence_limit_seconds: null },
        { at: new Date(at), by: 'a' },
      ),
    ).toBe(false)
    await minutes(9)
    expect(await silent()).toEqual([])
    await minutes(2)
    expect(await silent()).toEqual(['rare'])
    await minutes(10)
    expect(await silent()).toEqual(['paused', 'rare'])
    expect(await sensor('retired')).toMatchObject({ state: 'no_data', expected: false })
    await expect_('rare', 'yes', { until: timestampOf(at + MINUTE_MS), silence_limit_seconds: 600 })
    await minutes(2)
    expect(await silent()).toEqual(['paused'])
  })

  test('a heartbeat that states no time says nothing of the clock, and leaves what the program states of itself', async () => {
    const proof = { sent_at: null, software: 'synthetic attack', version: null, spooled_bytes: null }
    await minutes(10, async () => {
      await beat('wrong', { sent_at: timestampOf(at - 600_000) })
      at += 1_000
      await beat('wrong', proof)
      at += 1_000
      await beat('wrong', proof)
      at += 1_000
      await beat('attacked alone', proof)
    })
    expect(await sensor('wrong')).toMatchObject({
      clock_skew_seconds: 600,
      clock_wrong: true,
      heartbeat: { software: 'eviltwin tail', version: '0.3.0', spooled_bytes: 0 },
    })
    expect(await sensor('attacked alone')).toMatchObject({
      clock_skew_seconds: null,
      heartbeat: { software: 'synthetic attack', version: null },
    })
  })

  test('a clock that is an hour behind is one; a replay of old records is none', async () => {
    await minutes(10, () => receive('behind', 3600))
    await minutes(10, () => receive('replayed', 90_000))
    await minutes(10, (minute) => receive('catching-up', 90_000 - minute * 6000))
    await minutes(10, () => beat('ahead', { sent_at: timestampOf(at + 300_000) }))
    expect((await sensor('behind')).clock_skew_seconds).toBe(3600)
    expect((await sensor('catching-up')).clock_skew_seconds).toBeNull()
    expect((await sensor('ahead')).clock_skew_seconds).toBe(-300)
  })

  test('two instances that send by turns are duplicates; a restart and a new key are not', async () => {
    const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()]
    await minutes(5, () => beat('twice', { instance_id: one }))
    await minutes(5, (minute) => beat('twice', { instance_id: minute % 2 === 0 ? one : two }))
    await minutes(5, () => beat('restarted', { instance_id: two }))
    await minutes(5, () => beat('restarted', { instance_id: three }))
    expect((await sensor('twice')).duplicate).toBe(true)
    expect((await sensor('restarted')).duplicate).toBe(false)
    await minutes(16, () => beat('twice', { instance_id: one }))
    expect((await sensor('twice')).duplicate).toBe(false)
  })

  test('two keys that are used by turns for one sensor are duplicates; a key that replaces another one is not', async () => {
    const [one, two] = [randomUUID(), randomUUID()]
    for (const id of [one, two])
      await run(
        `INSERT INTO api_keys (id, name, key_hash, prefix, scopes, kind, sensor_id, bound_by, created_at)
          VALUES ($1, 'k', $2, 'p', '{ingest}', 'sensor', 'shared', 'operator', $3)`,
        [id, Buffer.from(id), new Date(at)],
      )
    const use = async (id: string) => {
      await receive('shared')
      await run('UPDATE api_keys SET last_used_at = $2 WHERE id = $1', [id, new Date(at)])
    }
    await minutes(5, () => use(one))
    await minutes(5, () => use(two))
    expect((await sensor('shared')).duplicate).toBe(false)
    await minutes(6, (minute) => use(minute % 2 === 0 ? one : two))
    expect((await sensor('shared')).duplicate).toBe(true)
  })

  test('of one key a thousand sensors have heartbeats; of all keys ten thousand', async () => {
    const fill = async (key_id: string, prefix: string) => {
      for (let n = 0; n < 1_001; n += 1)
        heartbeats.note({
          sensor_id: `${prefix}-${n}`,
          key_id,
          instance_id: null,
          received_at: new Date(at),
          sent_at: timestampOf(at),
          software: null,
          version: null,
          spooled_bytes: null,
        })
      expect(heartbeats.waiting()).toBe(1_000)
      await heartbeats.flush()
    }
    const key = randomUUID()
    await fill(key, 'first')
    await fill(key, 'second')
    const held = async () => (await run('SELECT count(*) FROM sensor_heartbeats'))[0]
    expect(await held()).toEqual({ count: 1_000 })
    for (let other = 0; other < 10; other += 1) await fill(randomUUID(), `other-${other}`)
    expect(await held()).toEqual({ count: 10_000 })
  })

  test('a look reads page by page, and writes what changed alone', async () => {
    const pages: number[] = []
    const saved: number[] = []
    const counting: Pick<SensorStateStore, 'look'> = {
      look: (work) =>
        states.look((look) =>
          work({
            ...look,
            async page(after) {
              const found = await look.page(after)
              pages.push(found.length)
              return found
            },
            async save(changed) {
              saved.push(changed.length)
              await look.save(changed)
            },
          }),
        ),
    }
    watch = createSensorWatch({ store: counting, now: () => at, storageProblem: () => null })
    await run(
      `INSERT INTO sensors SELECT 'sensor-' || n, 'cowrie', $1::timestamptz, $1, $1, 1, 1 FROM generate_series(1, 2 * ${PAGE} + 50) AS n`,
      [new Date(at)],
    )
    await watch.look()
    expect([pages.splice(0), saved.splice(0)]).toEqual([
      [PAGE, PAGE, 50],
      [0, 0, 0],
    ])
    await minutes(1, () => receive('sensor-7'))
    expect([pages, saved.reduce((sum, rows) => sum + rows, 0)]).toEqual([[PAGE, PAGE, 50], 1])
  })

  test('ten thousand sensors are judged; one that comes later is, once another is forgotten', async () => {
    await run(
      `INSERT INTO sensors SELECT 'sensor-' || n, 'cowrie', $1::timestamptz, $1, $1, 1, 1 FROM generate_series(1, ${MAX_JUDGED}) AS n`,
      [new Date(at)],
    )
    await minutes(1)
    await minutes(1, () => receive('later'))
    expect(await states.counts()).toMatchObject({ judged: MAX_JUDGED })
    expect((await sensor('later')).state_since).toBeNull()
    await run(
      `UPDATE sensor_states SET heard_at = heard_at - interval '31 days' WHERE sensor_id = 'sensor-1'`,
    )
    await run(
      `UPDATE sensors SET last_received_at = last_received_at - interval '31 days' WHERE sensor_id = 'sensor-1'`,
    )
    await minutes(1)
    expect((await sensor('later')).state_since).not.toBeNull()
  })

  test('a second look at the same time changes nothing', async () => {
    await minutes(20, () => beat('decoy-1'))
    const before = await run('SELECT * FROM sensor_states')
    await Promise.all([watch.look(), watch.look()])
    expect(await run('SELECT * FROM sensor_states')).toEqual(before)
  })
})
