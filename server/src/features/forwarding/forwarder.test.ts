import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event } from '@eviltwin/contract'
import { afterEach, describe, expect, test } from 'vitest'
import { anEvent } from '../../testing/events.js'
import { type HttpReceiver, startHttpReceiver } from '../../testing/http-receiver.js'
import { silent } from '../../testing/silent.js'
import { until } from '../../testing/until.js'
import { type AuditRecord, EMPTY_CHAIN, seal } from '../audit/chain.js'
import { startForwarder } from './forwarder.js'
import { createHecClient } from './hec-client.js'
import { createSpool } from './spool.js'

const receivers: HttpReceiver[] = []
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close()
})
const directory = () => mkdtempSync(join(tmpdir(), 'eviltwin-spool-'))

describe('the spool', () => {
  test('keeps lines in their order, over a restart', async () => {
    const path = directory()
    const before = createSpool({ directory: path, maxBytes: 1e6, onDropped: () => {} })
    before.add('{"n":1}')
    before.add('{"n":2}\n')
    await before.flush()
    before.add('{"n":3}')
    await before.flush()
    const after = createSpool({ directory: path, maxBytes: 1e6, onDropped: () => {} })
    const first = await after.oldest()
    expect(first?.lines).toEqual(['{"n":1}', '{"n":2}'])
    await first?.remove()
    expect((await after.oldest())?.lines).toEqual(['{"n":3}'])
  })

  test('gives up the oldest when it is full, and says how much', async () => {
    const path = directory()
    let dropped = 0
    const spool = createSpool({
      directory: path,
      maxBytes: 100,
      onDropped: (lines) => {
        dropped += lines
      },
    })
    for (let n = 0; n < 10; n += 1) {
      spool.add(`{"n":${n},"padding":"xxxxxxxxxxxx"}`)
      await spool.flush()
    }
    expect(readdirSync(path).length + dropped).toBe(10)
    expect((await spool.oldest())?.lines[0]).toContain(`"n":${dropped}`)
  })
})

const START = {
  received_at: '2026-03-22T12:00:00Z',
  id: '00000000-0000-0000-0000-000000000000',
  commit_id: '00000000-0000-0000-0000-000000000000',
  cluster: '1',
  commit_order_since: null,
}

/** A forwarder in front of a collector, with a clock that can be put ahead. */
async function setUp(stored: Event[] = [], records: AuditRecord[] = []) {
  const receiver = await startHttpReceiver()
  receivers.push(receiver)
  receiver.answer((response) => response.end('{"text":"Success","code":0}'))
  const spool = createSpool({ directory: directory(), maxBytes: 1e6, onDropped: () => {} })
  const clock = { ahead: 0 }
  let cursor = 0
  let auditSeq = 0
  const chain = seal(EMPTY_CHAIN, records)
  const forwarder = startForwarder({
    send: createHecClient(receiver.url, 'token'),
    spool,
    events: {
      next: async (_cursor, _now, limit) => {
        const events = stored.slice(cursor, cursor + limit)
        return { events, position: { ...START, commit_xid: cursor + events.length } }
      },
      advance: async (_cursor, { commit_xid }) => {
        cursor = commit_xid
      },
    },
    audit: {
      after: async (seq, limit) => chain.slice(seq, seq + limit),
      forwarded: async () => auditSeq,
      setForwarded: async (seq) => {
        auditSeq = seq
      },
    },
    isLeader: () => true,
    publish: () => {},
    log: silent('test'),
    now: () => Date.now() + clock.ahead,
  })
  const received = () =>
    receiver.requests.flatMap(({ body }) => body.split('\n').map((line) => JSON.parse(line)))
  return {
    receiver,
    spool,
    clock,
    forwarder,
    received,
    cursor: () => cursor,
    chain,
    auditSeq: () => auditSeq,
  }
}

test('what Splunk did not take is sent again, log and events alike, and nothing is lost', async () => {
  const stored = Array.from({ length: 3 }, () => anEvent())
  const { receiver, spool, clock, forwarder, received, cursor } = await setUp(stored)
  receiver.answer((response) => response.writeHead(503).end('{"text":"Server is busy","code":9}'))
  spool.add('{"message":"kept"}')
  await until(() => receiver.requests.length >= 2)
  expect(cursor()).toBe(0)
  receiver.answer((response) => response.end('{"text":"Success","code":0}'))
  clock.ahead += 120_000
  await until(() => cursor() === 3)
  // The forwarder may remove a file between our listing and reading it: then it is not empty yet.
  await until(async () => (await spool.oldest().catch(() => undefined)) === null)
  expect(received().filter(({ event }) => event.message === 'kept').length).toBeGreaterThanOrEqual(1)
  await forwarder.stop()
})

test('a batch whose acknowledgement does not come is not taken as arrived', async () => {
  const { receiver, spool, forwarder } = await setUp()
  receiver.answer((response, { url }) => {
    const acknowledged = url.includes('/ack')
    response.end(acknowledged ? 'no JSON' : '{"text":"Success","code":0,"ackId":7}')
  })
  spool.add('{"message":"kept"}')
  await until(() => receiver.requests.some(({ url }) => url.includes('/ack?channel=')))
  await forwarder.stop()
  expect((await spool.oldest())?.lines).toEqual(['{"message":"kept"}'])
})

test('entries of the audit log arrive in their order with their hashes, sent again while Splunk takes none', async () => {
  const record: AuditRecord = {
    at: 0,
    action: 'user.add',
    outcome: 'succeeded',
    count: 1,
    detail: {
      actor: { kind: 'user', id: '1', name: 'ada' },
      address: null,
      request_id: null,
      target: { id: null, name: null },
      before: null,
      after: null,
      reason: null,
    },
  }
  const { receiver, clock, forwarder, received, chain, auditSeq } = await setUp([], Array(450).fill(record))
  receiver.answer((response) => response.writeHead(503).end('{"text":"Server is busy","code":9}'))
  await until(() => receiver.requests.length >= 1)
  expect(auditSeq()).toBe(0)
  receiver.requests.length = 0
  receiver.answer((response) => response.end('{"text":"Success","code":0}'))
  clock.ahead += 120_000
  await until(() => auditSeq() === 450)
  await forwarder.stop()
  const arrived = received().filter(({ sourcetype }) => sourcetype === 'eviltwin:audit')
  expect(arrived.map(({ event }) => event.hash)).toEqual(chain.map(({ entry }) => entry.hash.toString('hex')))
})
