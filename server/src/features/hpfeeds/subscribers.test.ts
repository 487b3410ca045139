import { describe, expect, test } from 'vitest'
import { createSubscribers, type SubscriberSocket } from './subscribers.js'
import { encode, type HpfeedsMessage } from './wire.js'

/** @param writableLength bytes that wait to be sent. */
function setUp(writableLength = 0) {
  const overflows: string[] = []
  const sent: string[] = []
  let isDestroyed = false
  const socket = {
    writableLength,
    write(bytes: Buffer) {
      sent.push(bytes.toString('hex'))
      return true
    },
    destroy() {
      isDestroyed = true
      return this
    },
  } as SubscriberSocket
  const subscribers = createSubscribers({
    maxUnsentBytes: 100,
    onOverflow: (address) => void overflows.push(address),
  })
  return { subscribers, socket, sent, overflows, isDestroyed: () => isDestroyed }
}

const message = (channel: string) =>
  ({ op: 'publish', ident: 'pot', channel, payload: Buffer.from('{}') }) satisfies HpfeedsMessage
const bytesOf = (channel: string) => encode(message(channel)).toString('hex')

describe('the subscribers of a broker', () => {
  test('are sent the messages of their channels, until they unsubscribe or leave', () => {
    const { subscribers, socket, sent } = setUp()
    for (const channel of ['a', 'b']) subscribers.subscribe(socket, '192.0.2.1', channel)
    subscribers.forward([message('a'), message('b'), message('c')])
    expect(sent).toEqual([bytesOf('a'), bytesOf('b')])
    subscribers.unsubscribe(socket, 'a')
    subscribers.forward([message('a'), message('b')])
    expect(sent).toEqual([bytesOf('a'), bytesOf('b'), bytesOf('b')])
    subscribers.remove(socket)
    subscribers.forward([message('b')])
    expect(sent).toHaveLength(3)
  })

  test('that read too slowly are disconnected, one below the limit is not', () => {
    const slow = setUp(100)
    slow.subscribers.subscribe(slow.socket, '192.0.2.1', 'a')
    slow.subscribers.forward([message('a')])
    expect(slow.sent).toEqual([])
    expect(slow.overflows).toEqual(['192.0.2.1'])
    expect(slow.isDestroyed()).toBe(true)
    const fast = setUp(99)
    fast.subscribers.subscribe(fast.socket, '192.0.2.1', 'a')
    fast.subscribers.forward([message('a')])
    expect(fast.sent).toEqual([bytesOf('a')])
    expect(fast.isDestroyed()).toBe(false)
  })

  test('have at most 100 channels each', () => {
    const { subscribers, socket, sent } = setUp()
    for (let channel = 0; channel <= 100; channel += 1)
      subscribers.subscribe(socket, '192.0.2.1', String(channel))
    subscribers.forward([message('99'), message('100')])
    expect(sent).toEqual([bytesOf('99')])
  })
})
