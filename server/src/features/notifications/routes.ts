import {
  Channel,
  ChannelPatch,
  ChannelTest,
  Delivery,
  DeliveryQuery,
  DeliveryRetry,
  NewChannel,
  pageOf,
} from '@eviltwin/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { Channels } from './channels.js'

const config = { access: { role: 'admin' } } as const
const tags = ['channels']
const byId = z.object({ id: z.uuid() })

/** Outbound channels, and the messages that were sent to them or wait for them. */
export async function channelRoutes(app: App, { channels }: { channels: Channels }): Promise<void> {
  registerChannels(app, channels)
  registerChannelChanges(app, channels)
  registerDeliveries(app, channels)
}

function registerChannels(app: App, channels: Channels): void {
  app.get(
    '/channels',
    {
      config,
      schema: {
        summary: 'Notification channels and their state',
        tags,
        response: { 200: z.object({ items: z.array(Channel), next_cursor: z.null() }) },
      },
    },
    async () => ({ items: await channels.list(), next_cursor: null }),
  )

  app.post(
    '/channels',
    {
      config: { ...config, audit: { action: 'channel.add' } },
      schema: { summary: 'Add a channel', tags, body: NewChannel, response: { 201: Channel } },
    },
    async ({ body }, reply) => reply.code(201).send(await channels.add(body)),
  )
}

function registerChannelChanges(app: App, channels: Channels): void {
  const before = async ({ params }: FastifyRequest) =>
    (await channels.list()).find(({ id }) => id === (params as { id: string }).id)

  app.patch(
    '/channels/:id',
    {
      config: {
        ...config,
        audit: { action: 'channel.change', before },
      },
      schema: {
        summary: 'Change a channel',
        description: '`settings` are replaced as a whole, with their secret.',
        tags,
        params: byId,
        body: ChannelPatch,
        response: { 200: Channel },
      },
    },
    async ({ params, body }) => channels.change(params.id, body),
  )

  app.delete(
    '/channels/:id',
    {
      config: {
        ...config,
        audit: { action: 'channel.remove', before },
      },
      schema: {
        summary: 'Remove a channel and its messages',
        tags,
        params: byId,
        response: { 204: z.null() },
      },
    },
    async ({ params }, reply) => {
      await channels.remove(params.id)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/channels/:id/test',
    {
      config: { ...config, audit: { action: 'channel.test' } },
      schema: { summary: 'Send a test message now', tags, params: byId, response: { 200: ChannelTest } },
    },
    async (request) => channels.test(request.params.id, loginOf(request).username),
  )
}

function registerDeliveries(app: App, channels: Channels): void {
  app.get(
    '/channels/deliveries',
    {
      config,
      schema: {
        summary: 'Notifications, newest first; `dead` ones failed permanently',
        tags,
        querystring: DeliveryQuery,
        response: { 200: pageOf(Delivery) },
      },
    },
    async ({ query }) => channels.deliveries(query),
  )

  app.post(
    '/channels/deliveries/retry',
    {
      config: { ...config, audit: { action: 'delivery.retry' } },
      schema: {
        summary: 'Retry failed notifications',
        tags,
        body: DeliveryRetry,
        response: { 200: z.object({ retried: z.number().int() }) },
      },
    },
    async ({ body }) => ({ retried: await channels.retry(body) }),
  )
}
