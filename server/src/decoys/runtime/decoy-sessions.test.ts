import type { ShellAnswer, ShellQuestion } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { MAX_FILE_BYTES, openDecoySession } from './decoy-sessions.js'
import type { Upload } from './upload-spool.js'

function setUp({
  sensor,
  hasRoom = true,
  answers = [],
}: {
  sensor?: string
  hasRoom?: boolean
  answers?: Array<ShellAnswer | 'no_more' | null>
} = {}) {
  const records: Array<Record<string, unknown>> = []
  const uploads: Upload[] = []
  const questions: ShellQuestion[] = []
  let now = Date.UTC(2026, 10, 26)
  const opened = openDecoySession(
    {
      protocol: 'ssh',
      port: 2222,
      sensor,
      records: { add: (record) => hasRoom && records.push(record) > 0 },
      evidence: { add: (upload) => void uploads.push(upload) },
      questions: {
        ask: async (question) => {
          questions.push(question)
          return answers.shift() ?? null
        },
      },
      now: () => {
        now += 1
        return now
      },
    },
    '203.0.113.7',
    4711,
  )
  return { records, uploads, questions, ...opened }
}

const END = { bytesReceived: 1, bytesSent: 2, reason: 'closed' }

test('a session begins with connect and ends with disconnect, under one key', () => {
  const { records, session, end } = setUp({ sensor: 'decoy-1' })
  session.record({ event_type: 'command', action: 'ssh.command', command: 'id' })
  end(END)
  expect(records.map(({ event_type, sequence }) => [event_type, sequence])).toEqual([
    ['connect', 1],
    ['command', 2],
    ['disconnect', 3],
  ])
  expect(new Set(records.map(({ session_id, sensor_id }) => `${session_id} ${sensor_id}`))).toEqual(
    new Set([`${session.id} decoy-1`]),
  )
})

test('texts and records of a connection have limits, and its end says how many were left out', () => {
  const { records, session, end } = setUp()
  for (let n = 0; n < 6_000; n += 1)
    session.record({ event_type: 'other', action: 'x', message: 'a'.repeat(40_000) })
  end(END)
  expect(records).toHaveLength(5_001)
  expect(records[1]).toMatchObject({ message: 'a'.repeat(32 * 1024) })
  expect(records.at(-1)).toMatchObject({ event_type: 'disconnect', details: { records_left_out: 1_001 } })
})

test('a field of a record cannot be set by its details', () => {
  const { records, session } = setUp()
  session.record({ event_type: 'other', action: 'x', details: { source_ip: '198.51.100.1' } })
  expect(records[1]).toMatchObject({ source_ip: '203.0.113.7', details: { source_ip: '198.51.100.1' } })
})

test('files have limits; a file that is not kept is hashed', () => {
  const { uploads, session } = setUp()
  const large = session.keepFile({ name: 'large', content: Buffer.alloc(MAX_FILE_BYTES + 1) })
  expect(large).toMatch(/^[0-9a-f]{64}$/)
  expect(uploads).toEqual([])
  for (let n = 0; n < 40; n += 1)
    session.keepFile({ name: `../${n}\0\ud800`, content: Buffer.from(String(n)) })
  expect(uploads).toHaveLength(31)
  expect(uploads[0]?.path).toMatch(
    /^\/evidence\/files\/[0-9a-f]{64}\?session=[^&]+&source_ip=203\.0\.113\.7&name=\.\.%2F0%EF%BF%BD%EF%BF%BD$/,
  )
})

test('a recording is asciicast in numbered chunks, each as large as a server takes, and ends once', () => {
  const { uploads, session, end } = setUp()
  const recording = session.recordTerminal({ columns: 80, rows: 24 })
  recording.output('x'.repeat(1_000_000))
  recording.input('id\r')
  recording.resize({ columns: 100, rows: 30 })
  recording.end()
  end(END)
  const parts = uploads.map(({ path }) => /chunks\/(\d+)\?(.*)$/.exec(path) ?? [])
  expect(parts.map(([, n]) => Number(n))).toEqual(uploads.map((_, n) => n))
  expect(parts.map(([, , query]) => query?.includes('final=true'))).toEqual([
    ...Array.from({ length: uploads.length - 1 }, () => false),
    true,
  ])
  expect(Math.max(...uploads.map(({ content }) => content.length))).toBeLessThanOrEqual(256 * 1024)
  const lines = Buffer.concat(uploads.map(({ content }) => content))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines[0]).toMatchObject({ version: 2, width: 80, height: 24 })
  const events = lines.slice(1) as Array<[number, string, string]>
  expect(
    events
      .filter(([, code]) => code === 'o')
      .map(([, , text]) => text)
      .join(''),
  ).toBe('x'.repeat(1_000_000))
  expect(events.filter(([, code]) => code !== 'o').map(([, code, text]) => [code, text])).toEqual([
    ['i', 'id\r'],
    ['r', '100x30'],
  ])
})

test('a recording has a limit, and is ended nevertheless', () => {
  const { uploads, session } = setUp()
  const recording = session.recordTerminal({ columns: 80, rows: 24 })
  for (let n = 0; n < 100; n += 1) recording.output('x'.repeat(100_000))
  recording.end()
  const bytes = uploads.reduce((sum, { content }) => sum + content.length, 0)
  expect(bytes).toBeLessThan(4.1 * 1024 * 1024)
  expect(uploads.at(-1)?.path).toContain('final=true')
})

test('a question is asked under the key of the session, until it may ask no more', async () => {
  const answer = { output: 'x\n', exit_status: 0 }
  const { session, questions } = setUp({ sensor: 'decoy-1', answers: [answer, null, 'no_more', answer] })
  const state = { command: 'x', cwd: '/', user: 'root', host: 'h', system: 's', history: [], listing: [] }
  const ask = () => session.answerCommand?.(state, AbortSignal.timeout(10_000))
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual([answer, null, null, null])
  expect(questions).toEqual(Array(3).fill({ ...state, session: session.id, sensor: 'decoy-1' }))
})
