import { gzipSync } from 'node:zlib'
import type { HostileCase } from './hostile-case.js'
import { at, flood } from './tally.js'

const CLIENTS = 4
/** What a body may become (INGEST_MAX_DECOMPRESSED_BYTES), but for a little. */
const BODY_BYTES = 64 * 1024 * 1024 - 1024
/** What one request may hold (INGEST_MAX_RECORDS). */
const RECORDS = 10_000

interface LargeBody {
  path: '/log' | '/services/collector'
  type: 'application/json' | 'application/x-ndjson'
  text: string
}

function anEvent(n: number, command: string): string {
  return `{"source_ip":"203.0.113.8","occurred_at":"2026-03-22T00:10:42Z","session":"${n % 100}","username":"${n}","command":"${command}"}`
}

/** Bodies as large as may be, none of which is much work to send. */
function largeBodies(): LargeBody[] {
  const filling = 'x'.repeat(BODY_BYTES / RECORDS - 200)
  const events = Array.from({ length: RECORDS }, (_, n) => anEvent(n, filling))
  const depth = Math.floor(BODY_BYTES / 2)
  const log = { path: '/log', type: 'application/json' } as const
  return [
    { ...log, type: 'application/x-ndjson', text: events.join('\n') },
    { ...log, text: `[${events.join(',')}]` },
    {
      path: '/services/collector',
      type: 'application/json',
      text: events.map((e) => `{"event":${e}}`).join(''),
    },
    { ...log, text: `[${'1,'.repeat(BODY_BYTES / 2 - 2)}1]` },
    { ...log, text: `{"a":${'['.repeat(depth - 10)}${']'.repeat(depth - 10)}}` },
    { ...log, text: `{"a":"${'\\"'.repeat(BODY_BYTES / 2 - 10)}"}` },
    { ...log, text: `${' '.repeat(BODY_BYTES - 500)}${anEvent(0, 'id')}` },
    { ...log, type: 'application/x-ndjson', text: '\n'.repeat(BODY_BYTES) },
  ]
}

/** What takes long to split, to parse or to look at once it is decompressed. */
export const largeBodiesCase: HostileCase = {
  async prepare({ url, attackerKey }) {
    const bodies = largeBodies().map(({ text, ...body }) => ({
      ...body,
      bytes: gzipSync(text, { level: 1 }),
    }))
    return {
      run: ({ isOver, tally }) =>
        flood(tally, CLIENTS, isOver, (n) => {
          const { path, type, bytes } = at(bodies, n)
          const headers = {
            authorization: `Bearer ${attackerKey}`,
            'content-type': type,
            'content-encoding': 'gzip',
          }
          return fetch(url + path, { method: 'POST', headers, body: bytes })
        }),
    }
  },
}
