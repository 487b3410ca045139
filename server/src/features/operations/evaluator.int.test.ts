import type { Notice } from '@eviltwin/contract'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { StaleLeaderError } from '../../platform/postgres/leader-epoch.js'
import { TAKE_EPOCH } from '../../platform/postgres/leadership.js'
import { silent } from '../../testing/silent.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { until } from '../../testing/until.js'
import { createOpsEvaluator } from './evaluator.js'
import { StaleEvaluationError } from './rule-state-store.js'
import { parseRules } from './rules.js'
import { createOperationsStore, type OperationsStore } from './store.js'

const RULES = parseRules(`
- { id: memory, name: Memory, severity: medium, description: Memory is short., signal: { kind: memory_share }, above: 0.8 }
- { id: database, name: Database, severity: critical, description: The database is away., signal: { kind: database_unreachable },
    above: 0, keep_firing_for: 10s }
`)
const NOTICE: Notice = { kind: 'test', sent_at: '2026-03-22T12:00:00.000000Z', message: 'acknowledged' }

describe.each(inject('postgresServers'))('two evaluators on $version', (server) => {
  let fixture: TestDatabase
  let store: OperationsStore
  let at: number
  beforeEach(async () => {
    at = Date.parse('2026-03-22T12:00:00Z')
    fixture = await createTestDatabase(server, at)
    store = createOperationsStore(fixture.database.alerts)
    await rows(
      `INSERT INTO channels VALUES (gen_random_uuid(), 'c', true, true, true, 'high', 'off', '{"type":"slack"}', NULL, now(), now())`,
    )
  })
  afterEach(() => fixture.drop())

  const rows = <Row extends Record<string, unknown>>(text: string) =>
    fixture.database.app.query<Row>({ text })
  const takeEpoch = async () => (await rows<{ epoch: number }>(TAKE_EPOCH))[0]?.epoch as number
  const stateOf = async (id: string) => (await store.states()).find(({ rule_id }) => rule_id === id)
  const statusOf = (notice: Notice) => ('status' in notice ? notice.status : notice.kind)
  const outbox = async () =>
    (await rows<{ notice: Notice }>('SELECT notice FROM deliveries ORDER BY place')).map(({ notice }) =>
      statusOf(notice),
    )

  /** One replica: what it reads, whether it leads, and whether it has the database are the test's to say. */
  function aReplica(epoch: number | null = null) {
    const replica = {
      epoch,
      memory: 0.1,
      hasDatabase: true,
      sent: [] as string[],
      /** Runs between the read of the states and their record. */
      meanwhile: async () => {},
      ...({} as { evaluate: () => Promise<void>; firing: () => string[] }),
    }
    const evaluator = createOpsEvaluator({
      rules: RULES,
      read: async ({ kind }) => {
        if (kind === 'database_unreachable') return replica.hasDatabase ? 0 : 1
        await replica.meanwhile()
        return replica.memory
      },
      store,
      leadership: { epoch: () => replica.epoch },
      isDatabaseReachable: async () => replica.hasDatabase,
      tellDirectly: async (notices) => void replica.sent.push(...notices.map(statusOf)),
      onEvaluated: () => {},
      runbookUrl: () => 'http://127.0.0.1/runbook',
      log: silent('test'),
      now: () => at,
    })
    replica.evaluate = async () => {
      at += 5_000
      await evaluator.evaluate()
    }
    replica.firing = () => evaluator.firing().map(({ id }) => id)
    return replica
  }
  async function aFiringLeader() {
    const leader = aReplica(await takeEpoch())
    leader.memory = 0.9
    await leader.evaluate()
    expect(await stateOf('memory')).toMatchObject({ state: 'firing', told: true })
    return leader
  }
  const acknowledge = () => store.acknowledge('memory', 'ana', NOTICE, new Date(at))

  test('an acknowledgement between the read and the record of an evaluation stays', async () => {
    const leader = await aFiringLeader()
    leader.meanwhile = async () => void (await acknowledge())
    await leader.evaluate()
    expect(await stateOf('memory')).toMatchObject({ state: 'firing', acknowledgedBy: 'ana', evaluatedAt: at })
    leader.meanwhile = async () => {}
    await leader.evaluate()
    expect(await stateOf('memory')).toMatchObject({ acknowledgedBy: 'ana' })
  })

  test('a rule that fires anew is not acknowledged', async () => {
    const leader = await aFiringLeader()
    await acknowledge()
    leader.memory = 0.1
    await leader.evaluate()
    expect(await stateOf('memory')).toMatchObject({ state: 'resolved', acknowledgedBy: 'ana' })
    expect(await acknowledge()).toBe(false)
    leader.memory = 0.9
    await leader.evaluate()
    expect(await stateOf('memory')).toMatchObject({ state: 'firing', acknowledgedBy: null })
  })

  test('a leader that stalls while another one wins writes nothing', async () => {
    const stalled = await aFiringLeader()
    const before = await stateOf('memory')
    const successor = aReplica(await takeEpoch())
    stalled.memory = 0.1
    await expect(stalled.evaluate()).rejects.toThrow(StaleLeaderError)
    expect(await stateOf('memory')).toEqual(before)
    expect(await outbox()).toEqual(['firing'])
    successor.memory = 0.1
    await successor.evaluate()
    expect(await outbox()).toEqual(['firing', 'resolved'])
  })

  test('another leader that takes over between read and record is not overwritten', async () => {
    const stalled = await aFiringLeader()
    const successor = aReplica()
    stalled.memory = 0.1
    stalled.meanwhile = async () => {
      successor.epoch ??= await takeEpoch()
      await successor.evaluate()
    }
    await expect(stalled.evaluate()).rejects.toThrow(StaleLeaderError)
    expect(await outbox()).toEqual(['firing', 'resolved'])
  })

  test('what a leader of release 0.1.0, which has no epoch, wrote meanwhile is not overwritten', async () => {
    const leader = await aFiringLeader()
    leader.meanwhile = async () =>
      void (await rows(
        `UPDATE ops_states SET state = 'resolved', told = false, evaluated_at = evaluated_at + interval '1 second'`,
      ))
    await expect(leader.evaluate()).rejects.toThrow(StaleEvaluationError)
    expect(await stateOf('memory')).toMatchObject({ state: 'resolved' })
  })

  test('an evaluation that could not be recorded is made again, and told once', async () => {
    const leader = aReplica(await takeEpoch())
    await leader.evaluate()
    leader.memory = 0.9
    leader.meanwhile = async () => void (await rows('ALTER TABLE deliveries RENAME TO elsewhere'))
    await expect(leader.evaluate()).rejects.toThrow('deliveries')
    await rows('ALTER TABLE elsewhere RENAME TO deliveries')
    leader.meanwhile = async () => {}
    await leader.evaluate()
    await leader.evaluate()
    expect(await outbox()).toEqual(['firing'])
  })

  test.each([true, false])(
    'whoever sent firing without the database sends its end (leads: %s)',
    async (leads) => {
      const epoch = await takeEpoch()
      const other = aReplica(leads ? null : epoch)
      const replica = aReplica(leads ? epoch : null)
      await other.evaluate()
      await replica.evaluate()
      replica.hasDatabase = false
      await replica.evaluate()
      await replica.evaluate()
      expect([replica.sent, replica.firing()]).toEqual([['firing'], ['database']])
      replica.hasDatabase = true
      for (let n = 0; n < 4; n += 1) {
        await replica.evaluate()
        await other.evaluate()
      }
      expect(replica.sent).toEqual(['firing', 'resolved'])
      expect([replica.firing(), other.firing(), other.sent, await outbox()]).toEqual([[], [], [], []])
    },
  )

  test('a leader that lost the database records afterwards what happened', async () => {
    const leader = aReplica(await takeEpoch())
    await leader.evaluate()
    leader.hasDatabase = false
    await leader.evaluate()
    leader.hasDatabase = true
    for (let n = 0; n < 3; n += 1) await leader.evaluate()
    expect((await store.history('database', 10)).map(({ event }) => event)).toEqual([
      'resolved',
      'firing',
      'pending',
    ])
  })

  test('each process that wins leadership has a higher epoch', async () => {
    const first = fixture.database.seekLeadership()
    const firstEpoch = await until(() => first.epoch())
    await first.stop()
    expect(first.epoch()).toBeNull()
    const second = fixture.database.seekLeadership()
    expect(await until(() => second.epoch())).toBeGreaterThan(firstEpoch)
    await second.stop()
  })
})
