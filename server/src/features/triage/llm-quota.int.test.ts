import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { PlatformEvent } from '../../domain/platform-event.js'
import { createLlmQuota } from '../../platform/llm/llm-quota.js'
import { createLlmQuotaStore } from '../../platform/llm/llm-quota-store.js'
import { silent } from '../../testing/silent.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { createUserQuota } from './llm-quota.js'

const ANA = '00000000-0000-4000-8000-00000000000a'
const BEN = '00000000-0000-4000-8000-00000000000b'
const EVE = '00000000-0000-4000-8000-00000000000e'
const DAY_MS = 86_400_000

describe.each(inject('postgresServers'))('the quota of the LLM on $version', (server) => {
  let store: TestDatabase
  let day = Date.parse('2026-03-22T00:00:00Z')
  beforeAll(async () => {
    store = await createTestDatabase(server)
  })
  afterAll(() => store.drop())

  /** A replica on a day that no other test has. */
  function replicaOf(limits: { user: number; total: number }, at = day) {
    const clock = { now: at }
    const published: PlatformEvent[] = []
    const daily = createLlmQuota({
      store: createLlmQuotaStore(store.database.app, 'users'),
      limits: { own: limits.user, total: limits.total },
      log: silent('test'),
      now: () => clock.now,
    })
    const quota = createUserQuota(daily, (event) => void published.push(event))
    const take = async (user_id: string) => {
      const grant = await quota.take('analyze', user_id)
      return grant.granted ? 'granted' : grant.quota
    }
    return { quota, take, clock, published }
  }
  const newDay = () => {
    day += 10 * DAY_MS
  }

  test('a user has exactly the requests of a user, however many come at once, on all replicas together', async () => {
    newDay()
    const replicas = [replicaOf({ user: 5, total: 100 }), replicaOf({ user: 5, total: 100 })]
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => replicas[n % 2]?.take(ANA)))
    expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(5)
    expect(outcomes.filter((outcome) => outcome === 'user')).toHaveLength(15)
    expect(await replicas[0]?.take(BEN)).toBe('granted')
  })

  test('all users have exactly the requests of all; one who is over the own limit takes nothing from the others', async () => {
    newDay()
    const { take } = replicaOf({ user: 2, total: 4 })
    for (let n = 0; n < 10; n += 1) await take(ANA)
    expect([await take(BEN), await take(BEN)]).toEqual(['granted', 'granted'])
    const outcomes = [await take(EVE), await take(EVE), await take(EVE)]
    expect(outcomes).toEqual(['total', 'total', 'total'])
    const [row] = await store.database.app.query<{ requests: number }>({
      text: `SELECT requests FROM llm_requests WHERE user_id = '00000000-0000-0000-0000-000000000000' AND day = $1::date`,
      values: [new Date(day)],
    })
    expect(row?.requests).toBe(4)
  })

  test('many users at once get exactly what is there', async () => {
    newDay()
    const { take } = replicaOf({ user: 3, total: 7 })
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, n) => take([ANA, BEN, EVE][n % 3] ?? ANA)),
    )
    expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(7)
  })

  test('a day ends at midnight UTC, and the refusal says when', async () => {
    newDay()
    const replica = replicaOf({ user: 1, total: 10 }, day + DAY_MS - 1)
    expect(await replica.take(ANA)).toBe('granted')
    expect(await replica.quota.take('chat', ANA)).toEqual({
      granted: false,
      quota: 'user',
      detail: 'your daily limit of requests to the LLM (1) is reached; it resets at 00:00 UTC',
      retry_at: `${new Date(day + DAY_MS).toISOString().slice(0, 19)}.000000Z`,
      retryAfter: 1,
    })
    expect(replica.published).toEqual([{ kind: 'llm_request_refused', operation: 'chat', quota: 'user' }])
    replica.clock.now = day + DAY_MS
    expect(await replica.take(ANA)).toBe('granted')
    expect(await replica.take(ANA)).toBe('user')
  })

  test('what was not sent is given back, to the day it was taken from', async () => {
    newDay()
    const replica = replicaOf({ user: 1, total: 1 }, day + DAY_MS - 1)
    const grant = await replica.quota.take('analyze', ANA)
    replica.clock.now = day + DAY_MS
    if (grant.granted) await grant.giveBack()
    replica.clock.now = day + DAY_MS - 1
    expect(await replica.take(ANA)).toBe('granted')
    expect(await replica.take(ANA)).toBe('total')
  })
})
