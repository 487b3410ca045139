import type { Alert, FeedMessage } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { type AlertDelivery, createFeedClient, type FeedEntry } from './feed-client.js'

const RECEIVED = '2026-03-22T12:00:00.000000Z'
const idOf = (position: number) => `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`

function entry(position: number): FeedEntry {
  const alert = { id: idOf(position), event_received_at: RECEIVED } as Alert
  return {
    position,
    alert,
    traceparent: '',
    text: JSON.stringify({ event_type: 'THREAT_ESCALATION', payload: alert }),
  }
}

/** A client whose network takes nothing until it is told to, in front of a store of so many alerts. */
function setUp({ stored = 0, position = 0, livePosition = 0 } = {}) {
  const sent: FeedMessage[] = []
  const delivered: AlertDelivery[] = []
  const closes: number[] = []
  let pending: Array<() => void> = []
  const feed = { live: livePosition, stored, reads: 0 }
  const socket = {
    bufferedAmount: 0,
    send(text: string, taken: () => void) {
      sent.push(JSON.parse(text))
      socket.bufferedAmount += text.length
      pending.push(taken)
    },
    close: (code: number) => void closes.push(code),
  }
  const client = createFeedClient({
    socket,
    position,
    livePosition: () => feed.live,
    after: async (place, limit) => {
      feed.reads += 1
      const count = Math.min(limit, Math.max(0, feed.stored - place))
      return Array.from({ length: count }, (_, n) => entry(place + 1 + n))
    },
    now: () => Date.parse(RECEIVED) + 250,
    onDelivered: (delivery) => void delivered.push(delivery),
  })
  return {
    client,
    sent,
    delivered,
    closes,
    feed,
    socket,
    ids: () => sent.flatMap((m) => (m.event_type === 'THREAT_ESCALATION' ? [m.payload.id] : [])),
    /** The network takes everything. */
    flush() {
      socket.bufferedAmount = 0
      const taken = pending
      pending = []
      for (const done of taken) done()
    },
  }
}

test('what a client has is not sent again, and the order is that of the feed', () => {
  const { client, ids } = setUp({ position: 2 })
  client.offer([entry(1), entry(2), entry(3)])
  client.offer([entry(3), entry(4)])
  expect(ids()).toEqual([idOf(3), idOf(4)])
})

test('catching up and going live leave no gap and no duplicate, whatever is raised in between', async () => {
  const { client, ids, feed, flush } = setUp({ stored: 250, livePosition: 250 })
  const caughtUp = client.catchUp()
  for (let round = 0; round < 20; round += 1) {
    await Promise.resolve()
    if (round % 4 === 0) {
      feed.stored += 1
      feed.live = feed.stored
      client.offer([entry(feed.stored)])
    }
    flush()
  }
  await caughtUp
  feed.stored += 1
  client.offer([entry(feed.stored)])
  expect(ids()).toEqual(Array.from({ length: feed.stored }, (_, n) => idOf(n + 1)))
})

test('a client that does not read is told so once, is kept nothing for, and gets the rest from the store', async () => {
  const { client, sent, ids, feed, socket, flush } = setUp()
  let offered = 0
  let tooSlow = false
  while (!tooSlow) {
    offered += 1
    tooSlow = client.offer([entry(offered)])
  }
  const before = socket.bufferedAmount
  feed.stored = offered + 500
  feed.live = feed.stored
  const caughtUp = client.catchUp()
  for (let n = 0; n < 500; n += 1) expect(client.offer([entry(offered + n)])).toBe(false)
  await new Promise((resolve) => setImmediate(resolve))
  expect(socket.bufferedAmount).toBe(before)
  expect(feed.reads).toBe(0)
  expect(sent.filter(({ event_type }) => event_type === 'FELL_BEHIND')).toHaveLength(1)
  const flushing = setInterval(flush, 0)
  await caughtUp
  clearInterval(flushing)
  expect(ids()).toEqual(Array.from({ length: feed.stored }, (_, n) => idOf(n + 1)))
})

test('a client that was too slow for a change learns that it missed one, once it keeps up again', async () => {
  const { client, sent, socket, flush } = setUp()
  socket.bufferedAmount = 10_000_000
  expect(client.offerUpdate('{}')).toBe(true)
  const caughtUp = client.catchUp()
  expect(client.offerUpdate('{}')).toBe(false)
  expect(sent).toEqual([])
  const flushing = setInterval(flush, 0)
  client.tell({ event_type: 'CONNECTED', payload: { resumed: false, heartbeat_seconds: 1 } })
  await caughtUp
  clearInterval(flushing)
  expect(sent.map(({ event_type }) => event_type)).toEqual(['CONNECTED', 'UPDATES_MISSED'])
})

test('a client that leaves while it is waited for lets go of everything', async () => {
  const { client, socket, feed } = setUp({ stored: 10, livePosition: 10 })
  socket.bufferedAmount = 10_000_000
  const caughtUp = client.catchUp()
  client.closed()
  await caughtUp
  expect(feed.reads).toBe(0)
})

test('the first acknowledgement of an alert is timed from the receipt of its event', () => {
  const { client, delivered } = setUp()
  client.offer([entry(1)])
  const acknowledge = (ids: string[]) => client.hear(JSON.stringify({ event_type: 'ACK', payload: { ids } }))
  expect(acknowledge([idOf(1), idOf(9)])).toBe(true)
  expect(acknowledge([idOf(1)])).toBe(true)
  expect(delivered).toEqual([{ seconds: 0.25, mode: 'live' }])
})

test('what was raised before the client came says nothing about our delay', async () => {
  const { client, delivered } = setUp({ stored: 1, livePosition: 1 })
  await client.catchUp()
  client.hear(JSON.stringify({ event_type: 'ACK', payload: { id: idOf(1) } }))
  expect(delivered).toEqual([{ seconds: 0.25, mode: 'resumed' }])
})

test.each([
  '',
  '{',
  '[]',
  '{"event_type":"ACK"}',
  '{"event_type":"ACK","payload":{"id":"x"}}',
  '{"event_type":"HELLO"}',
])('hears that %s is no acknowledgement', (text) => {
  expect(setUp().client.hear(text)).toBe(false)
})
