import type { Socket } from 'node:net'
import type { Published } from './records.js'
import { encode } from './wire.js'

/** The side of a connection that a subscriber is sent messages on. */
export type SubscriberSocket = Pick<Socket, 'write' | 'writableLength' | 'destroy'>

export interface SubscribersOptions {
  /** Bytes that may wait to be sent to a subscriber; one that reads slower is disconnected. */
  maxUnsentBytes: number
  /** A message was not sent, and its subscriber is disconnected. @param address of the subscriber. */
  onOverflow: (address: string) => void
}

/** Which connections are subscribed to which channels of the broker. */
export interface Subscribers {
  /** A connection has at most 100 channels; further ones are ignored. */
  subscribe(socket: SubscriberSocket, address: string, channel: string): void
  unsubscribe(socket: SubscriberSocket, channel: string): void
  /** Ends all subscriptions of a connection. */
  remove(socket: SubscriberSocket): void
  /** Sends each message to every connection that is subscribed to its channel. */
  forward(messages: readonly Published[]): void
}

/** Channels that one connection may be subscribed to. */
const MAX_CHANNELS = 100

export function createSubscribers({ maxUnsentBytes, onOverflow }: SubscribersOptions): Subscribers {
  const subscribers = new Map<SubscriberSocket, { address: string; channels: Set<string> }>()
  return {
    subscribe(socket, address, channel) {
      const { channels } = subscribers.get(socket) ?? { channels: new Set<string>() }
      if (channels.size < MAX_CHANNELS) channels.add(channel)
      subscribers.set(socket, { address, channels })
    },
    unsubscribe: (socket, channel) => void subscribers.get(socket)?.channels.delete(channel),
    remove: (socket) => void subscribers.delete(socket),
    forward(messages) {
      for (const message of messages) {
        for (const [socket, { address, channels }] of subscribers) {
          if (!channels.has(message.channel)) continue
          if (socket.writableLength < maxUnsentBytes) socket.write(encode(message))
          else {
            onOverflow(address)
            socket.destroy()
          }
        }
      }
    },
  }
}
