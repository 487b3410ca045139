import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../../testing/http-receiver.js'
import { createShellQuestions } from './shell-questions.js'

const QUESTION = {
  session: 's',
  command: 'vim',
  cwd: '/',
  user: 'root',
  host: 'web01',
  system: 'Debian GNU/Linux 12',
  history: [],
  listing: [],
}
const ANSWER = { output: 'VIM\n', exit_status: 0 }
let server: HttpReceiver
beforeAll(async () => {
  server = await startHttpReceiver()
})
afterAll(() => server.close())

function setUp(answer: (response: ServerResponse) => void) {
  const clock = { now: 1_000_000 }
  server.answer(answer)
  const questions = createShellQuestions({
    url: server.url,
    key: () => 'key-1',
    aborted: new AbortController().signal,
    now: () => clock.now,
  })
  const ask = (signal = AbortSignal.timeout(60_000)) => questions.ask(QUESTION, signal)
  const asked = () => server.requests.length
  return { ask, asked, clock, totals: questions.totals }
}

function status(code: number, headers: Record<string, string> = {}, body = '{}') {
  return (response: ServerResponse) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers })
    response.end(body)
  }
}

test('an answer of the platform, asked for with the key', async () => {
  const { ask, totals } = setUp(status(200, {}, JSON.stringify(ANSWER)))
  expect(await ask()).toEqual(ANSWER)
  const { url, headers, body } = server.requests.at(-1) ?? { url: '', headers: {}, body: '' }
  expect([url, headers.authorization, JSON.parse(body)]).toEqual(['/decoys/shell', 'Bearer key-1', QUESTION])
  expect(totals()).toEqual({ answered: 1, unanswered: 0 })
})

test.each([
  [404, {}, 600_000],
  [401, {}, 30_000],
  [503, { 'retry-after': '45' }, 45_000],
  [500, { 'retry-after': '999999' }, 600_000],
])('after %s nothing is asked for a while', async (code, headers, pauseMs) => {
  const { ask, asked, clock } = setUp(status(code, headers))
  expect(await ask()).toBeNull()
  const before = asked()
  clock.now += pauseMs - 1
  expect(await ask()).toBeNull()
  expect(asked()).toBe(before)
  clock.now += 1
  await ask()
  expect(asked()).toBe(before + 1)
})

test('a limit is about the session, and a question that is refused about itself', async () => {
  const limited = setUp(status(429, { 'retry-after': '3600' }))
  expect([await limited.ask(), await limited.ask()]).toEqual(['no_more', 'no_more'])
  const refused = setUp(status(422))
  const before = refused.asked()
  expect([await refused.ask(), await refused.ask()]).toEqual([null, null])
  expect(refused.asked()).toBe(before + 2)
})

test.each([
  ['no JSON', 'x'],
  ['another shape', '{"output":1}'],
  ['more than an answer may have', JSON.stringify({ output: 'x'.repeat(5_000), exit_status: 0 })],
])('%s is no answer', async (_what, body) => {
  expect(await setUp(status(200, {}, body)).ask()).toBeNull()
})

test('who waits is let go by the signal, and no more than eight wait', async () => {
  const { ask, asked } = setUp(() => {})
  const before = asked()
  const enough = new AbortController()
  const waiting = Array.from({ length: 8 }, () => ask(enough.signal))
  expect(await ask()).toBeNull()
  enough.abort()
  expect(await Promise.all(waiting)).toEqual(Array(8).fill(null))
  expect(asked()).toBeLessThanOrEqual(before + 8)
})
