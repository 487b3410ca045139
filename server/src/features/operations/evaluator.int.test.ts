import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Notification } from '@eviltwin/contract'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { StaleLeaderError } from '../../platform/postgres/leader-epoch.js'
import { TAKE_EPOCH } from '../../platform/postgres/leadership.js'
import { silent } from '../../testing/silent.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { until } from '../../testing/until.js'
import { createOutboxStore } from '../notifications/outbox-store.js'
import { retiredRule } from './burn-rules.js'
import { createOpsEvaluator } from './evaluator.js'
import type { DirectAttempt } from './fallback-notifier.js'
import { createKnownSilences } from './known-silences.js'
import { StaleEvaluationError } from './rule-state-store.js'
import { parseRules } from './rules.js'
import { createSentDirectlyFile } from './sent-directly-file.js'
import { createOperationsStore, type OperationsStore } from './store.js'
import { createUnwrittenHistoryFile } from './unwritten-history.js'

const RULES = parseRules(`
- { id: memory, name: Memory, severity: medium, description: Memory is short., signal: { kind: memory_share }, above: 0.8 }
- { id: database, name: Database, severity: critical, description: The database is away., signal: { kind: database_unreachable },
    above: 0, keep_firing_for: 10s }
- { id: slo-a, name: Burn A, severity: critical, description: A burns., signal: { kind: burn_rate, objective: a }, above: 0,
    keep_firing_for: 10s, inhibited_by: [database], group: slo, group_wait: 30s }
- { id: slo-b, name: Burn B, severity: critical, description: B burns., signal: { kind: burn_rate, objective: b }, above: 0,
    keep_firing_for: 10s, inhibited_by: [database], group: slo, group_wait: 30s }
`)
const CHANNEL = { id: '0195bd80-0000-7000-8000-000000000001', name: 'on call' }
const NOTICE: Notification = {
  kind: 'operational_alert',
  status: 'acknowledged',
  rule: 'Memory',
  severity: 'medium',
  summary: 'Memory is short.',
  started_at: '2026-03-22T12:00:00.000000Z',
  ended_at: null,
  runbook_url: null,
}

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
  const statusOf = (notice: Notification) => ('status' in notice ? notice.status : notice.kind)
  const outbox = async () =>
    (await rows<{ notice: Notification }>('SELECT notice FROM deliveries ORDER BY place')).map(({ notice }) =>
      statusOf(notice),
    )

  /** One replica: what it reads, whether it leads, and whether it has the database are the test's to say. */
  function aReplica(
    epoch: number | null = null,
    path = join(mkdtempSync(join(tmpdir(), 'eviltwin-ops-')), 'sent-directly.json'),
    isSpokesman = true,
  ) {
    const replica = {
      path,
      epoch,
      memory: 0.1,
      /** Rank of the severity with which each objective burns. */
      burning: {} as Record<string, number>,
      /** Whether the outage before explains what burns. */
      isExplained: false,
      hasDatabase: true,
      sent: [] as string[],
      /** What becomes of what it sends without the outbox. */
      sends: { outcome: 'delivered', detail: null } as Pick<DirectAttempt, 'outcome' | 'detail'>,
      /** Runs between the read of the states and their record. */
      meanwhile: async () => {},
      ...({} as { evaluate: () => Promise<void>; firing: () => string[] }),
    }
    const evaluator = createOpsEvaluator({
      rules: RULES,
      read: async (signal) => {
        if (signal.kind === 'database_unreachable') return replica.hasDatabase ? 0 : 1
        if (signal.kind === 'burn_rate') return replica.burning[signal.objective] ?? 0
        await replica.meanwhile()
        return replica.memory
      },
      store,
      silences: createKnownSilences(store, () => at),
      leadership: { epoch: () => replica.epoch },
      isDatabaseReachable: async () => replica.hasDatabase,
      isSpokesman,
      notifyDirectly: async (notifications) => {
        replica.sent.push(...notifications.map(statusOf))
        return notifications.map((notification) => ({
          notification,
          channel: CHANNEL,
          settledAt: at,
          ...replica.sends,
        }))
      },
      retryDirectly: async (failed) => {
        replica.sent.push(...failed.map(({ notification }) => statusOf(notification)))
        return failed.map((attempt) => ({ ...attempt, settledAt: at, ...replica.sends }))
      },
      describe: async () => null,
      isExplained: async ({ signal }) => signal.kind === 'burn_rate' && replica.isExplained,
      retiredRule: (id) => retiredRule(id, []),
      sentDirectly: createSentDirectlyFile(path, silent('test')),
      unwritten: createUnwrittenHistoryFile(join(dirname(path), 'unwritten-history.json'), silent('test')),
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
    expect(await stateOf('memory')).toMatchObject({ state: 'firing', notified: true })
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

  test('an evaluation that could not be recorded is made again, and notified once', async () => {
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

  test.each(['another replica leads', 'it leads'])(
    'a replica that restarts after it sent firing without the database sends the end: %s',
    async (who) => {
      const before = aReplica()
      before.hasDatabase = false
      await before.evaluate()
      expect(before.sent).toEqual(['firing'])
      // The process ends; the next one has the database from its start.
      const after = aReplica(who === 'it leads' ? await takeEpoch() : null, before.path)
      for (let n = 0; n < 4; n += 1) await after.evaluate()
      expect(after.sent).toEqual(['resolved'])
      const again = aReplica(null, before.path)
      await again.evaluate()
      expect(again.sent).toEqual([])
      expect(await outbox()).toEqual([])
    },
  )

  test('a file of sent alerts that cannot be read stops no notification', async () => {
    const replica = aReplica()
    writeFileSync(replica.path, 'no JSON')
    replica.hasDatabase = false
    await replica.evaluate()
    replica.hasDatabase = true
    for (let n = 0; n < 4; n += 1) await replica.evaluate()
    expect(replica.sent).toEqual(['firing', 'resolved'])
  })

  test('of the processes of a server one sends without the database, and the others neither then nor afterwards', async () => {
    const [spokesman, other] = [aReplica(), aReplica(null, undefined, false)]
    for (const hasDatabase of [false, false, true, true, true, true]) {
      for (const each of [spokesman, other]) {
        each.hasDatabase = hasDatabase
        await each.evaluate()
      }
    }
    expect(spokesman.sent).toEqual(['firing', 'resolved'])
    expect(other.sent).toEqual([])
  })

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

  describe('what was sent is history', () => {
    const storyOf = async (id: string) =>
      (await store.history(id, 20))
        .filter(({ event }) => event === 'firing' || event === 'resolved')
        .map(({ event, delivered, notified }) => [
          event,
          delivered,
          notified.map(({ channel, outcome }) => `${channel} ${outcome}`),
        ])
        .reverse()
    async function anOutage(
      replica: ReturnType<typeof aReplica>,
      others: Array<ReturnType<typeof aReplica>> = [],
    ) {
      const all = [replica, ...others]
      for (const each of all) each.hasDatabase = false
      for (let n = 0; n < 2; n += 1) for (const each of all) await each.evaluate()
      for (const each of all) each.hasDatabase = true
    }

    test('a replica that lost the leadership with the database writes what it sent, also before it leads again', async () => {
      const replica = aReplica(await takeEpoch())
      await replica.evaluate()
      await anOutage(replica)
      replica.epoch = null
      for (let n = 0; n < 4; n += 1) await replica.evaluate()
      const story = [
        ['firing', true, ['on call delivered']],
        ['resolved', true, ['on call delivered']],
      ]
      expect(await storyOf('database')).toEqual(story)
      replica.epoch = await takeEpoch()
      for (let n = 0; n < 2; n += 1) await replica.evaluate()
      expect(await storyOf('database')).toEqual(story)
      expect(await store.firedBetween(new Date(0), new Date(at))).toEqual(new Map([['database', 1]]))
    })

    test('replicas that lose the database together are one firing with the notifications of each', async () => {
      const leader = aReplica(await takeEpoch())
      const other = aReplica()
      await leader.evaluate()
      await other.evaluate()
      await anOutage(leader, [other])
      for (let n = 0; n < 5; n += 1) for (const each of [other, leader]) await each.evaluate()
      expect(await storyOf('database')).toEqual([
        ['firing', true, ['on call delivered', 'on call delivered']],
        ['resolved', true, ['on call delivered', 'on call delivered']],
      ])
    })

    test('of a process that is killed while the database is away: the next one writes it, once', async () => {
      const killed = aReplica()
      await killed.evaluate()
      killed.hasDatabase = false
      for (let n = 0; n < 2; n += 1) await killed.evaluate()
      const next = aReplica(await takeEpoch(), killed.path)
      for (let n = 0; n < 4; n += 1) await next.evaluate()
      const story = [
        ['firing', true, ['on call delivered']],
        ['resolved', true, ['on call delivered']],
      ]
      expect(await storyOf('database')).toEqual(story)
      expect(await store.firedBetween(new Date(0), new Date(at))).toEqual(new Map([['database', 1]]))
      const again = aReplica(null, killed.path)
      await again.evaluate()
      expect(await storyOf('database')).toEqual(story)
    })

    test('is the same after it is written twice, as by a process that ended before it could forget it', async () => {
      const change = { at: '2026-03-22T11:00:00.000000Z', rule_id: 'database', value: 1, actor: null }
      const sent = { rule_id: 'database', channel_id: CHANNEL.id, channel: CHANNEL.name, detail: null }
      for (let n = 0; n < 2; n += 1)
        await store.recordOffline(
          [{ ...change, event: 'firing' }],
          [
            {
              ...sent,
              status: 'firing',
              at: Date.parse(change.at),
              outcome: 'delivered',
              settled_at: Date.parse(change.at) + 20,
            },
          ],
        )
      expect(await storyOf('database')).toEqual([['firing', true, ['on call delivered']]])
    })

    test('a channel that could not be reached was not notified', async () => {
      const leader = aReplica(await takeEpoch())
      await leader.evaluate()
      leader.sends = { outcome: 'failed', detail: 'connection refused' }
      await anOutage(leader)
      for (let n = 0; n < 4; n += 1) await leader.evaluate()
      expect((await storyOf('database'))[0]).toEqual(['firing', false, ['on call failed']])
    })

    test('a channel that comes back before the database is notified then', async () => {
      const leader = aReplica(await takeEpoch())
      await leader.evaluate()
      leader.hasDatabase = false
      leader.sends = { outcome: 'failed', detail: 'connection refused' }
      for (let n = 0; n < 6; n += 1) await leader.evaluate()
      leader.sends = { outcome: 'delivered', detail: null }
      for (let n = 0; n < 12; n += 1) await leader.evaluate()
      // Half a minute later once more, and never again once it was delivered.
      expect(leader.sent.filter((status) => status === 'firing')).toHaveLength(2)
      leader.hasDatabase = true
      for (let n = 0; n < 4; n += 1) await leader.evaluate()
      expect(await storyOf('database')).toEqual([
        ['firing', true, ['on call failed', 'on call delivered']],
        ['resolved', true, ['on call delivered']],
      ])
    })

    test('of the outbox, each delivery with its outcome', async () => {
      await aFiringLeader()
      expect(await storyOf('memory')).toEqual([['firing', false, ['c pending']]])
      const outboxStore = createOutboxStore(fixture.database.alerts)
      const [delivery] = await rows<{ id: string }>('SELECT id FROM deliveries')
      await outboxStore.settle(delivery?.id as string, { outcome: 'dead', error: 'gone' }, new Date(at))
      expect(await storyOf('memory')).toEqual([['firing', false, ['c failed']]])
      await outboxStore.settle(delivery?.id as string, { outcome: 'delivered' }, new Date(at))
      expect(await storyOf('memory')).toEqual([['firing', true, ['c delivered']]])
    })

    test('a firing without a stored end, because its process was killed, has no length', async () => {
      const change = (minute: number, event: 'firing' | 'resolved') => ({
        at: `2026-03-22T11:0${minute}:00.000000Z`,
        rule_id: 'database',
        event,
        value: 1,
        actor: null,
      })
      await store.recordOffline([change(1, 'firing'), change(3, 'resolved'), change(5, 'firing')], [])
      const minute = (n: number) => Date.parse('2026-03-22T11:00:00Z') + n * 60_000
      expect(await store.firings(['database'], new Date(minute(2)))).toEqual([
        { from: minute(1), to: minute(3) },
        { from: minute(5), to: minute(5) },
      ])
      expect(await store.firings(['database'], new Date(minute(6)))).toEqual([])
    })

    test('without a channel nobody was notified', async () => {
      await rows('DELETE FROM channels')
      await aFiringLeader()
      expect(await storyOf('memory')).toEqual([['firing', false, []]])
    })
  })

  test.each([true, false])(
    'a maintenance window silences Database unreachable on every replica (leads: %s)',
    async (leads) => {
      const replica = aReplica(leads ? await takeEpoch() : null)
      await store.addSilence(
        {
          id: '0195bd80-0000-7000-8000-000000000002',
          rule_id: null,
          reason: 'maintenance',
          created_by: 'ana',
          starts_at: new Date(at),
          ends_at: new Date(at + 25_000),
        },
        new Date(at),
        null,
      )
      await replica.evaluate()
      replica.hasDatabase = false
      for (let n = 0; n < 3; n += 1) await replica.evaluate()
      expect([replica.firing(), replica.sent]).toEqual([['database'], []])
      // The window ends before the outage does.
      await replica.evaluate()
      await replica.evaluate()
      expect(replica.sent).toEqual(['firing'])
    },
  )

  describe('burn alerts', () => {
    const notifications = async () =>
      (await rows<{ notice: Notification }>('SELECT notice FROM deliveries ORDER BY place')).map(
        ({ notice }) =>
          notice.kind === 'operational_alert'
            ? [notice.status, notice.severity, notice.rule, notice.covers?.map(({ rule }) => rule)]
            : [],
      )
    const evaluate = async (replica: ReturnType<typeof aReplica>, times: number) => {
      for (let n = 0; n < times; n += 1) await replica.evaluate()
    }

    test('that begin together are one notification, the worst first, after the wait of their group', async () => {
      const leader = aReplica(await takeEpoch())
      leader.burning = { a: 2 }
      await evaluate(leader, 3)
      leader.burning = { a: 2, b: 4 }
      await evaluate(leader, 3)
      expect(await notifications()).toEqual([])
      await evaluate(leader, 2)
      expect(await notifications()).toEqual([['firing', 'critical', 'Burn B', ['Burn B', 'Burn A']]])
      expect((await store.history('slo-a', 1))[0]?.notified).toHaveLength(1)
      leader.burning = {}
      await evaluate(leader, 4)
      expect((await notifications()).slice(1)).toEqual([
        ['resolved', 'critical', 'Burn B', ['Burn B', 'Burn A']],
      ])
    })

    test('that are over before the wait of their group are no notification', async () => {
      const leader = aReplica(await takeEpoch())
      leader.burning = { a: 4 }
      await evaluate(leader, 3)
      leader.burning = {}
      await evaluate(leader, 6)
      expect(await notifications()).toEqual([])
    })

    test('become worse: one more notification with the new severity', async () => {
      const leader = aReplica(await takeEpoch())
      leader.burning = { a: 1 }
      await evaluate(leader, 8)
      leader.burning = { a: 4 }
      await evaluate(leader, 2)
      leader.burning = { a: 2 }
      await evaluate(leader, 2)
      expect((await notifications()).map(([, severity]) => severity)).toEqual(['low', 'critical'])
      expect(await stateOf('slo-a')).toMatchObject({ severity: 'critical', value: 2 })
    })

    test('that an outage of the database left behind are inhibited until they burn without it', async () => {
      const leader = aReplica(await takeEpoch())
      await evaluate(leader, 1)
      leader.hasDatabase = false
      await evaluate(leader, 3)
      leader.hasDatabase = true
      leader.burning = { a: 4, b: 3 }
      leader.isExplained = true
      await evaluate(leader, 12)
      expect(await stateOf('slo-a')).toMatchObject({ state: 'firing', inhibited: true, notified: false })
      expect([leader.sent, await notifications()]).toEqual([['firing', 'resolved'], []])
      leader.isExplained = false
      await evaluate(leader, 1)
      expect(await notifications()).toHaveLength(1)
    })

    test('that an outage of the database left behind and that end with it are no notification', async () => {
      const leader = aReplica(await takeEpoch())
      leader.burning = { a: 4, b: 3 }
      leader.isExplained = true
      await evaluate(leader, 12)
      expect(await stateOf('slo-a')).toMatchObject({ state: 'firing', inhibited: true, notified: false })
      // What burned has left the window; the alert waits for its end.
      leader.burning = {}
      leader.isExplained = false
      await evaluate(leader, 4)
      expect(await stateOf('slo-a')).toMatchObject({ state: 'resolved' })
      expect(await notifications()).toEqual([])
    })

    test('of rules that an earlier release had end, and whoever was notified of them is notified', async () => {
      const leader = aReplica(await takeEpoch())
      await rows(
        `INSERT INTO ops_states SELECT id, state, t, t, t, told, NULL, 1, t FROM (VALUES ('slo-a-1h', 'firing', true), ('slo-a-6h', 'pending', false))
          AS s (id, state, told), (VALUES ('2026-03-22T11:00:00Z'::timestamptz)) AS at (t)`,
      )
      await evaluate(leader, 2)
      expect([(await stateOf('slo-a-1h'))?.state, (await stateOf('slo-a-6h'))?.state]).toEqual([
        'resolved',
        'inactive',
      ])
      expect(await notifications()).toEqual([['resolved', 'low', 'slo-a-1h', undefined]])
    })
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
