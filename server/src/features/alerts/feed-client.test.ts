import type { Alert, FeedMessage } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import type { UnmeasuredReason } from './feed-acknowledgements.js'
import { type AlertDelivery, createFeedClient, type FeedEntry } from './feed-client.js'

const RECEIVED = '2026-03-22T12:00:00.000000Z'
const LATE_AFTER_MS = 2_000
const idOf = (position: number) => `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`

function entry(position: number): FeedEntry {
  const alert = { id: idOf(position), event_received_at: RECEIVED } as Alert
  return {
    position,
    alert,
    request_id: null,
    traceparent: '',
    text: JSON.stringify({ event_type: 'THREAT_ESCALATION', payload: alert }),
  }
}

/** A client whose network takes nothing until the test lets it, in front of a store of so many alerts. */
function setUp({ stored = 0, position = 0, livePosition = 0, followsSessions = false } = {}) {
  const sent: FeedMessage[] = []
  const delivered: Array<Omit<AlertDelivery, 'alert_id'>> = []
  const unmeasured: UnmeasuredReason[] = []
  const live: string[] = []
  const clock = { now: Date.parse(RECEIVED) + 250, pings: 0 }
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
    ping: () => {
      clock.pings += 1
    },
    close: (code: number) => void closes.push(code),
  }
  const client = createFeedClient({
    socket,
    position,
    followsSessions,
    livePosition: () => feed.live,
    after: async (place, limit) => {
      feed.reads += 1
      const count = Math.min(limit, Math.max(0, feed.stored - place))
      return Array.from({ length: count }, (_, n) => entry(place + 1 + n))
    },
    now: () => clock.now,
    lateAfterMs: LATE_AFTER_MS,
    onSent: ({ alert }) => void live.push(alert.id),
    onDelivered: ({ alert_id: _, ...delivery }) => void delivered.push(delivery),
    onUnmeasured: (reason) => void unmeasured.push(reason),
  })
  return {
    client,
    sent,
    delivered,
    unmeasured,
    live,
    clock,
    acknowledge: (...positions: number[]) =>
      client.onMessage(JSON.stringify({ event_type: 'ACK', payload: { ids: positions.map(idOf) } })),
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

test('a client that does not read gets one message, is kept nothing for, and gets the rest from the store', async () => {
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

test('a client is sent which sessions changed where it asked for it, and learns what it missed', async () => {
  const { client, sent, socket, flush } = setUp({ followsSessions: true })
  const named = JSON.stringify({ event_type: 'SESSIONS_CHANGED', payload: { ids: ['a'] } })
  expect(client.offerSessions(named)).toBe(false)
  socket.bufferedAmount = 10_000_000
  expect(client.offerSessions(named)).toBe(true)
  const caughtUp = client.catchUp()
  expect(client.offerSessions(named)).toBe(false)
  const flushing = setInterval(flush, 0)
  client.sendMessage({ event_type: 'CONNECTED', payload: { resumed: false, heartbeat_seconds: 1 } })
  await caughtUp
  clearInterval(flushing)
  expect(sent.filter(({ event_type }) => event_type === 'SESSIONS_CHANGED')).toEqual([
    { event_type: 'SESSIONS_CHANGED', payload: { ids: ['a'] } },
    { event_type: 'SESSIONS_CHANGED', payload: { ids: null } },
  ])
  const other = setUp()
  expect(other.client.offerSessions(named)).toBe(false)
  expect(other.sent).toEqual([])
})

test('a client that was too slow for a change learns that it missed one, once it keeps up again', async () => {
  const { client, sent, socket, flush } = setUp()
  socket.bufferedAmount = 10_000_000
  expect(client.offerUpdate('{}')).toBe(true)
  const caughtUp = client.catchUp()
  expect(client.offerUpdate('{}')).toBe(false)
  expect(sent).toEqual([])
  const flushing = setInterval(flush, 0)
  client.sendMessage({ event_type: 'CONNECTED', payload: { resumed: false, heartbeat_seconds: 1 } })
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
  const acknowledge = (ids: string[]) =>
    client.onMessage(JSON.stringify({ event_type: 'ACK', payload: { ids } }))
  expect(acknowledge([idOf(1), idOf(9)])).toBe(true)
  expect(acknowledge([idOf(1)])).toBe(true)
  expect(delivered).toEqual([{ seconds: 0.25, mode: 'live', acknowledged: true }])
})

test('what was raised before the client came says nothing about our delay', async () => {
  const { client, delivered } = setUp({ stored: 1, livePosition: 1 })
  await client.catchUp()
  client.onMessage(JSON.stringify({ event_type: 'ACK', payload: { id: idOf(1) } }))
  expect(delivered).toEqual([{ seconds: 0.25, mode: 'resumed', acknowledged: true }])
})

test.each([
  '',
  '{',
  '[]',
  '{"event_type":"ACK"}',
  '{"event_type":"ACK","payload":{"id":"x"}}',
  '{"event_type":"HELLO"}',
])('refuses that %s is no acknowledgement', (text) => {
  expect(setUp().client.onMessage(text)).toBe(false)
})

test('a client that acknowledged once and then stops is late with every further alert, once, when it has answered a ping', () => {
  const { client, clock, delivered, unmeasured, acknowledge } = setUp()
  client.offer([entry(1)])
  acknowledge(1)
  client.offer([entry(2), entry(3), entry(4)])
  clock.now += 1_749
  client.checkLate()
  expect(clock.pings).toBe(0)
  clock.now += 251
  client.checkLate()
  client.checkLate()
  expect([clock.pings, delivered.length]).toEqual([1, 1])
  acknowledge(3)
  clock.now += 100
  client.answered()
  client.answered()
  acknowledge(2, 4)
  client.checkLate()
  client.closed()
  expect(delivered.slice(1)).toEqual([
    { seconds: 2.25, mode: 'live', acknowledged: true },
    { seconds: 2.35, mode: 'live', acknowledged: false },
    { seconds: 2.35, mode: 'live', acknowledged: false },
  ])
  expect([clock.pings, unmeasured]).toEqual([1, []])
})

test('a client that never acknowledges is not pinged for it, and counted apart', () => {
  const { client, clock, delivered, unmeasured } = setUp()
  client.offer([entry(1), entry(2)])
  clock.now += 60_000
  client.checkLate()
  client.answered()
  client.closed()
  expect([clock.pings, delivered, unmeasured]).toEqual([0, [], ['never_acknowledged', 'never_acknowledged']])
})

test('what was due before a client acknowledged for the first time is not late when it begins to', () => {
  const { client, clock, delivered, unmeasured, acknowledge } = setUp()
  client.offer([entry(1)])
  clock.now += 60_000
  client.offer([entry(2), entry(3)])
  acknowledge(3)
  clock.now += 60_000
  client.checkLate()
  client.answered()
  expect(delivered.map(({ acknowledged }) => acknowledged)).toEqual([true, false])
  client.closed()
  expect(unmeasured).toEqual(['left'])
})

test('a client that answers no ping any more, or leaves, is not late: whether it had the alert is unknown', () => {
  const { client, clock, delivered, unmeasured, acknowledge } = setUp()
  client.offer([entry(1)])
  acknowledge(1)
  client.offer([entry(2)])
  clock.now += 10_000
  client.checkLate()
  client.closed()
  client.answered()
  expect(delivered).toHaveLength(1)
  expect(unmeasured).toEqual(['left'])
})

test('what was raised while the client was away is never late', async () => {
  const { client, clock, delivered, unmeasured, live, acknowledge } = setUp({ stored: 2, livePosition: 2 })
  await client.catchUp()
  acknowledge(1)
  clock.now += 60_000
  client.checkLate()
  client.answered()
  client.closed()
  expect(delivered).toEqual([{ seconds: 0.25, mode: 'resumed', acknowledged: true }])
  expect([clock.pings, unmeasured, live]).toEqual([0, [], []])
})

test('of alerts without acknowledgement a thousand are remembered; those before are counted apart', () => {
  const { client, unmeasured, flush } = setUp()
  for (let position = 1; position <= 1_003; position += 1) {
    client.offer([entry(position)])
    flush()
  }
  expect(unmeasured).toEqual(Array.from({ length: 3 }, () => 'never_acknowledged'))
})

test('every alert that is raised while a client is connected is reported as sent once, also when it catches up', async () => {
  const { client, live, feed } = setUp({ stored: 1, livePosition: 0 })
  feed.live = 1
  await client.catchUp()
  client.offer([entry(1), entry(2)])
  expect(live).toEqual([idOf(1), idOf(2)])
})
