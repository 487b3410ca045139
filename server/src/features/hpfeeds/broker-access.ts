import { timingSafeEqual } from 'node:crypto'
import type { ConnectorRefusal } from '../../domain/platform-event.js'
import type { Published } from './records.js'
import type { BrokerAccount, BrokerAccounts } from './settings.js'
import { digestOf, type HpfeedsMessage } from './wire.js'

/** Why the broker ends a connection. `message` is sent to the client; its words are those of hpfeeds' own broker. */
export class BrokerRefusalError extends Error {
  override name = 'BrokerRefusalError'

  constructor(
    readonly reason: ConnectorRefusal,
    message: string,
  ) {
    super(message)
  }
}

/** A client that proved that it knows the secret of its account. */
export interface BrokerClient extends BrokerAccount {
  ident: string
}

/** Whose first message it is. @param nonce that the client was greeted with. @throws {BrokerRefusalError} where it proves nothing. */
export function authenticate(accounts: BrokerAccounts, nonce: Buffer, message: HpfeedsMessage): BrokerClient {
  if (message.op !== 'auth') throw new BrokerRefusalError('unauthorized', 'First message was not AUTH')
  const account = accounts.get(message.ident)
  const expected = digestOf(nonce, account?.secret ?? '')
  const isEqual = message.digest.length === expected.length && timingSafeEqual(message.digest, expected)
  if (!account || !isEqual) throw new BrokerRefusalError('unauthorized', 'Authentication failed')
  return { ...account, ident: message.ident }
}

/** @throws {BrokerRefusalError} where the client may not publish the message: in the name of another one, or to a channel. */
export function checkPublish({ ident, pubchans }: BrokerClient, message: Published): void {
  if (message.ident !== ident) throw new BrokerRefusalError('unauthorized', 'Invalid authkey in message')
  if (!pubchans.includes(message.channel))
    throw new BrokerRefusalError('unauthorized', `Authkey not allowed to pub here. chan=${message.channel}`)
}

/** @throws {BrokerRefusalError} where the client may not subscribe to the channel. */
export function checkSubscribe({ subchans }: BrokerClient, channel: string): void {
  if (!subchans.includes(channel))
    throw new BrokerRefusalError('unauthorized', `Authkey not allowed to sub here. chan=${channel}`)
}
