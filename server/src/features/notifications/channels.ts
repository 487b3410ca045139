import type {
  Channel,
  ChannelPatch,
  ChannelSettings,
  ChannelTest,
  DeliveryRetry,
  NewChannel,
} from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import type { Publish } from '../../domain/platform-event.js'
import { timestampOf } from '../../domain/timestamp.js'
import { NotFoundError } from '../../platform/errors.js'
import type { Seal } from '../../platform/seal.js'
import type { OutboxStore } from './outbox-store.js'
import type { Sender } from './sender.js'
import { sealSettings } from './settings.js'
import type { ChannelStore, StoredChannel } from './store.js'

/** The ways in which people are told, as administrators set them up. */
export interface Channels {
  list(): Promise<Channel[]>
  add(request: NewChannel): Promise<Channel>
  /** Settings are replaced whole, secret included: a secret must not follow a URL that somebody else changed. @throws {NotFoundError} */
  change(id: string, patch: ChannelPatch): Promise<Channel>
  /** @throws {NotFoundError} */
  remove(id: string): Promise<void>
  /** Sends a test message now, outside the queue. @throws {NotFoundError} */
  test(id: string, actor: string): Promise<ChannelTest>
  deliveries: OutboxStore['list']
  retry(which: DeliveryRetry): Promise<number>
}

export interface ChannelsOptions {
  store: ChannelStore
  outbox: OutboxStore
  seal: Seal
  send: Sender
  publish: Publish
  now: () => number
}

export function createChannels({ store, outbox, seal, send, publish, now }: ChannelsOptions): Channels {
  return {
    list: store.list,
    async add({ settings, ...request }) {
      const id = uuidV7()
      await store.add({ id, ...request, ...sealSettings(id, settings, seal) }, new Date(now()))
      return shown(id)
    },
    async change(id, { settings, ...patch }) {
      const channel = await found(id)
      const sealed = settings ? sealSettings(id, settings as ChannelSettings, seal) : {}
      await store.replace({ ...channel, ...defined(patch), ...sealed })
      return shown(id)
    },
    async remove(id) {
      if (!(await store.remove(id))) throw channelNotFound(id)
    },
    async test(id, actor) {
      const channel = await found(id)
      const startedAt = now()
      const message = `${actor} asked for this test message of the channel ${channel.name}.`
      const result = await send(channel, uuidV7(), {
        kind: 'test',
        sent_at: timestampOf(startedAt),
        message,
      }).then(
        (detail) => ({ delivered: true, detail }),
        (error: Error) => ({ delivered: false, detail: error.message }),
      )
      publish({ kind: 'channel_tested', delivered: result.delivered })
      return { ...result, duration_ms: Math.round(now() - startedAt) }
    },
    deliveries: outbox.list,
    retry: (which) => outbox.retry(which, new Date(now())),
  }

  async function found(id: string): Promise<StoredChannel> {
    const channel = await store.find(id)
    if (!channel) throw channelNotFound(id)
    return channel
  }

  async function shown(id: string): Promise<Channel> {
    const channel = (await store.list()).find((candidate) => candidate.id === id)
    if (!channel) throw channelNotFound(id)
    return channel
  }
}

export function channelNotFound(id: string): NotFoundError {
  return new NotFoundError(`channel ${id} was not found; GET /channels lists the channels`)
}

/** Without the members that are undefined. */
function defined<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
