import type { Event, SessionDetail } from '@eviltwin/contract'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { encodeBlock } from './block-format.js'
import { PACK_BYTES } from './pack-format.js'
import { createPackingStore, type PackingStore } from './packing-store.js'
import { type StoredEvent, withTexts } from './reader-store.js'

const DAY_MS = 86_400_000
const FIRST_DAY = Date.parse('2026-11-20T12:00:00Z')
const dayOf = (number: number) => new Date(FIRST_DAY + number * DAY_MS).toISOString().slice(0, 10)

describe.each(inject('postgresServers'))('texts of records on $version', (server) => {
  let target: TestDatabase
  let store: PackingStore
  const query = <Row extends object>(text: string, values: unknown[] = []) =>
    target.database.app.query<Row & Record<string, unknown>>({ text, values })
  beforeAll(async () => {
    target = await createTestDatabase(server, FIRST_DAY)
    store = createPackingStore(target.database.maintenance)
  })
  afterEach(() => query('TRUNCATE record_texts'))
  afterAll(() => target.drop())

  const addBlock = (id: number, texts: readonly string[], day: number) =>
    query('INSERT INTO record_texts (first_id, last_id, received_on, content) VALUES ($1, $1, $2, $3)', [
      id,
      dayOf(day),
      encodeBlock(texts),
    ])
  async function read(references: ReadonlyArray<readonly [number, number]>): Promise<Array<string | null>> {
    const rows = references.map(([text_block, text_place]) => ({ text_block, text_place }) as StoredEvent)
    const texts: Array<string | null> = []
    for await (const { raw } of withTexts(target.database.app, rows)) texts.push(raw)
    return texts
  }
  async function packAll(day: number): Promise<void> {
    while ((await store.packOldest(dayOf(day))) !== null);
  }

  test('any blocks, packed at any time by several processes, are read as they were written', async () => {
    const block = fc.record({
      texts: fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 1, maxLength: 5 }),
      day: fc.nat({ max: 3 }),
      // Committed after others that have a higher id.
      isLate: fc.boolean(),
      packBefore: fc.option(fc.nat({ max: 4 }), { nil: null }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 12 }), async (blocks) => {
        await query('TRUNCATE record_texts')
        const numbered = blocks.map((each, index) => ({ ...each, id: index + 1 }))
        const inOrder = [
          ...numbered.filter(({ isLate }) => !isLate),
          ...numbered.filter(({ isLate }) => isLate),
        ]
        for (const { id, texts, day, packBefore } of inOrder) {
          await addBlock(id, texts, day)
          if (packBefore !== null) await Promise.all([packAll(packBefore), packAll(packBefore)])
        }
        const references = numbered.flatMap(({ id, texts }) => texts.map((_, place) => [id, place] as const))
        expect(await read(references)).toEqual(numbered.flatMap(({ texts }) => texts))
        await packAll(9)
        expect(await read(references.toReversed())).toEqual(
          numbered.flatMap(({ texts }) => texts).toReversed(),
        )
        const [unpacked] = await query<{ count: number }>(
          'SELECT count(*) FROM record_texts WHERE NOT packed',
        )
        expect(unpacked?.count).toBe(0)
      }),
      { numRuns: 25 },
    )
  })

  test('a pack holds no more than its bound, and a larger block is one alone', async () => {
    const text = 'x'.repeat(PACK_BYTES / 4)
    for (const id of [1, 2, 3, 4]) await addBlock(id, [text], 0)
    await addBlock(5, [text.repeat(5)], 0)
    const packs = []
    for (let pack = await store.packOldest(dayOf(1)); pack; pack = await store.packOldest(dayOf(1)))
      packs.push(pack)
    expect(packs.map(({ blocks }) => blocks)).toEqual([3, 1, 1])
    expect(await read([[5, 0]])).toEqual([text.repeat(5)])
  })

  test('blocks of a day that is not over stay as they are', async () => {
    await addBlock(1, ['of the first day'], 0)
    await addBlock(2, ['of the second'], 1)
    await packAll(1)
    const rows = await query('SELECT first_id, packed FROM record_texts ORDER BY first_id')
    expect(rows).toEqual([
      { first_id: 1, packed: true },
      { first_id: 2, packed: false },
    ])
  })

  test('a block that is gone leaves its events without a text', async () => {
    await addBlock(7, ['there'], 0)
    expect(
      await read([
        [6, 0],
        [7, 0],
        [8, 0],
      ]),
    ).toEqual([null, 'there', null])
  })
})

describe.each(inject('postgresServers'))('the text of an event on $version', (server) => {
  let first: TestPlatform
  beforeAll(async () => {
    first = await startTestPlatform(server)
  })
  afterAll(() => first.close())

  const RECORDS = [
    '{"source_ip":"203.0.113.5","session_id":"s", "occurred_at":"2026-11-20T12:00:00Z","command":"caf\\u00e9 \\ud800 \\u0000"}',
    '{"session_id":"s","occurred_at":"2026-11-20T12:00:01.5Z",  "source_ip":"203.0.113.5","command":"echo 𝔘 é"}',
  ]
  const eventsAt = async (at: TestPlatform) => {
    const as = await at.login()
    const { items } = await (await at.call('/sessions', { as })).json()
    const session = (await (await at.call(`/sessions/${items[0].id}`, { as })).json()) as SessionDetail
    return session.events as Event[]
  }

  test('is byte for byte what was sent, before and after its day is packed', async () => {
    const sent = await first.send(RECORDS.join('\n'), { 'content-type': 'application/x-ndjson' })
    expect(sent.status).toBe(200)
    expect((await eventsAt(first)).map(({ raw }) => raw)).toEqual(RECORDS)
    await first.platform.close()
    const later = await startTestPlatform(server, { beside: first, now: () => Date.now() + 2 * DAY_MS })
    await vi.waitUntil(() => later.logged.some(({ message }) => message === 'texts of records were packed'), {
      timeout: 30_000,
    })
    expect((await eventsAt(later)).map(({ raw }) => raw)).toEqual(RECORDS)
    await later.close()
  })
})
