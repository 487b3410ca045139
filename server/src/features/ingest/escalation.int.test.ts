import type { ThreatLevel } from '@eviltwin/contract'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { anEvent } from '../../testing/events.js'
import { silent } from '../../testing/silent.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import type { Scorer } from '../scoring/index.js'
import { rescoreSessions } from '../scoring/models/rescoring.js'
import { createScoringStore } from '../scoring/store.js'
import { createCommitter } from './commit.js'
import { NO_KEY } from './commit-rows.js'
import { createIngestStore } from './store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const SCORES: Record<ThreatLevel, number> = { low: 0.1, medium: 0.4, high: 0.7, critical: 0.9 }

describe.each(inject('postgresServers'))('escalations after re-scoring on $version', (server) => {
  let store: TestDatabase
  let level: ThreatLevel
  beforeEach(async () => {
    store = await createTestDatabase(server, NOW)
  })
  afterEach(() => store.drop())

  /** Gives every session the level that the test says. */
  const scorerNamed = (name: string): Scorer => ({
    name,
    score: () => ({ threat_score: SCORES[level], threat_level: level, reasons: [], scorer: name }),
  })
  /** A server process with a cache of its own; commits one event of the session. */
  function aServer() {
    const { commitGroup } = createCommitter({
      quota: { enforce: async () => {} },
      store: createIngestStore(store.database.ingest),
      now: Date.now,
      ensurePartitions: async () => {},
      scorer: scorerNamed('first'),
      countryOf: () => null,
      observer: { sessionScored: () => {}, escalated: () => {}, commitRetried: () => {} },
    })
    return async (scored: ThreatLevel, event = anEvent()) => {
      level = scored
      await commitGroup([
        { request_id: 'r', key_id: NO_KEY, traceparent: '', records: [{ events: [event] }] },
      ])
    }
  }
  async function rescore(scored: ThreatLevel, name: string) {
    level = scored
    const changed = await rescoreSessions(scorerNamed(name), {
      store: createScoringStore(store.database.maintenance),
      log: silent('test'),
      isOver: () => false,
    })
    expect(changed).toBe(1)
  }
  const queued = async () =>
    (
      await store.database.app.query<{ threat_level: string }>({
        text: 'SELECT q.threat_level FROM alert_queue q ORDER BY received_at, threat_level',
      })
    ).map(({ threat_level }) => threat_level)

  test('a level that only re-scoring raised is announced with the next event, once on all servers', async () => {
    const [send, sendElsewhere] = [aServer(), aServer()]
    await send('medium')
    await rescore('critical', 'second')
    expect(await queued()).toEqual([])
    const event = anEvent()
    await send('critical', event)
    expect(await queued()).toEqual(['critical'])
    await send('critical', event)
    await sendElsewhere('critical')
    await send('critical')
    expect(await queued()).toEqual(['critical'])
  })

  test('several re-scorings in a row do not hide it', async () => {
    const send = aServer()
    await send('low')
    await rescore('high', 'second')
    await rescore('critical', 'third')
    await send('critical')
    expect(await queued()).toEqual(['critical'])
  })

  test('a level that was announced and only re-scoring lowered is not announced again', async () => {
    const send = aServer()
    await send('high')
    await rescore('low', 'second')
    await send('high')
    expect(await queued()).toEqual(['high'])
    await send('critical')
    expect(await queued()).toEqual(['critical', 'high'])
  })

  test('a session that release 0.1.0 wrote after re-scoring is measured from its own level', async () => {
    const send = aServer()
    await send('low')
    await rescore('medium', 'second')
    await store.database.app.query({
      text: `UPDATE sessions SET threat_level = 'high', version = version + 1`,
    })
    await send('high')
    expect(await queued()).toEqual([])
  })
})
