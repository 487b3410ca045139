import { setImmediate as nextTurn } from 'node:timers/promises'
import { Event, SessionDetail, Triage } from '@eviltwin/contract'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { CHARACTERS_A_TURN } from '../../domain/turns.js'
import { openDatabase } from '../../platform/postgres/database.js'
import { silent } from '../../testing/silent.js'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { findingsOf } from '../indicators/session-indicators.js'
import { createIndicatorStore } from '../indicators/store.js'

const COMMANDS = 2_000
const COMMAND_BYTES = 16_384
const MIB = 1024 * 1024

let api: TestPlatform
let as: string
let id: string
beforeAll(async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  api = await startTestPlatform(server)
  as = await api.login()
  for (let from = 0; from < COMMANDS; from += 200) {
    const lines = Array.from({ length: 200 }, (_, n) => command(from + n))
    expect((await api.send(lines.join('\n'), { 'content-type': 'application/x-ndjson' })).status).toBe(200)
  }
  const { items } = await (await api.call('/sessions', { as })).json()
  id = items[0].id
})
afterAll(() => api.close())

function command(n: number): string {
  return JSON.stringify({
    source_ip: '203.0.113.7',
    session_id: 'one long session',
    event_type: 'command',
    occurred_at: new Date(Date.UTC(2026, 2, 22) + n * 1000).toISOString(),
    command: `echo ${n} http://192.0.2.${n % 256}/x; uname -a; echo `.padEnd(COMMAND_BYTES, 'A'),
  })
}

async function bodyOf(path: string, init: RequestInit = {}): Promise<string> {
  const response = await api.call(path, { as, ...init })
  expect(response.status).toBe(200)
  return response.text()
}

test('a session of 2,000 commands of 16 KB is answered in bounded bytes that state what they leave out', async () => {
  const text = await bodyOf(`/sessions/${id}`)
  expect(text.length).toBeLessThan(2 * MIB)
  const detail = SessionDetail.parse(JSON.parse(text))
  expect(detail.command_count).toBe(COMMANDS)
  expect(detail.events.length).toBeGreaterThan(0)
  expect(detail.next_cursor).not.toBeNull()
  expect(detail.statements.length).toBeLessThanOrEqual(500)
  expect(detail.commands.length + detail.left_out.commands).toBe(COMMANDS)
  const analysed = new Set(detail.statements.map(({ event_id }) => event_id)).size
  expect(analysed + detail.left_out.unanalysed_commands).toBe(COMMANDS)
})

test('its events are all read page by page, each page of bounded bytes, once and in order', async () => {
  const numbers: number[] = []
  let cursor: string | null = null
  do {
    const text = await bodyOf(`/sessions/${id}/events${cursor === null ? '' : `?cursor=${cursor}`}`)
    expect(text.length).toBeLessThan(1.5 * MIB)
    const page = JSON.parse(text) as { items: unknown[]; next_cursor: string | null }
    for (const item of page.items)
      numbers.push(Number(/^echo (\d+)/.exec(Event.parse(item).command ?? '')?.[1]))
    cursor = page.next_cursor
  } while (cursor !== null)
  expect(numbers).toEqual(Array.from({ length: COMMANDS }, (_, n) => n))
})

test('its analysis reads bounded text and says how many events it leaves out', async () => {
  const text = await bodyOf('/ai/analyze', { method: 'POST', body: JSON.stringify({ session_id: id }) })
  expect(text.length).toBeLessThan(MIB)
  const triage = Triage.parse(JSON.parse(text))
  const read = COMMANDS - triage.left_out.events
  expect(read).toBeGreaterThan(100)
  expect(read * COMMAND_BYTES).toBeLessThanOrEqual(4 * MIB)
  expect(triage.summary).toContain(`The first ${read} of ${COMMANDS} events were analysed.`)
})

test('its indicators are read from bounded pages, in turns, of a bounded part of it', async () => {
  const text = await bodyOf(`/sessions/${id}/iocs`)
  expect(text.length).toBeLessThan(MIB)
  expect((JSON.parse(text) as { items: unknown[] }).items).toHaveLength(501)

  const database = openDatabase({ connectionString: api.databaseUrl }, silent('test'), () => {})
  const store = createIndicatorStore(database.feeds)
  const read = { pages: 0, rows: 0, largestRows: 0, characters: 0, largestCharacters: 0 }
  async function* measured() {
    for await (const page of store.tellingEvents(id)) {
      const characters = page.reduce((sum, { command, url }) => sum + (command ?? url ?? '').length, 0)
      read.pages += 1
      read.rows += page.length
      read.characters += characters
      read.largestRows = Math.max(read.largestRows, page.length)
      read.largestCharacters = Math.max(read.largestCharacters, characters)
      yield page
    }
  }
  const session = await store.session(id)
  if (!session) throw new Error('the session was read above')
  let turns = 0
  let isDone = false
  const others = (async () => {
    for (; !isDone; turns += 1) await nextTurn()
  })()
  const findings = await findingsOf(session, measured())
  isDone = true
  await others
  expect(findings[0]).toMatchObject({ role: 'source', value: '203.0.113.7' })
  expect(findings).toHaveLength(501)
  expect(read).toEqual({
    pages: 13,
    rows: 256,
    largestRows: 20,
    characters: 4 * MIB,
    largestCharacters: 20 * COMMAND_BYTES,
  })
  // As other work would have, which waits for the event loop.
  expect(turns).toBeGreaterThan(read.characters / CHARACTERS_A_TURN - read.pages)
  await database.close()
})

test('a page has at most as many events as are asked for, and a session that is not there is a 404', async () => {
  const page = JSON.parse(await bodyOf(`/sessions/${id}/events?limit=3`))
  expect(page.items).toHaveLength(3)
  const missing = await api.call('/sessions/00000000-0000-4000-8000-000000000000/events', { as })
  expect(missing.status).toBe(404)
})
