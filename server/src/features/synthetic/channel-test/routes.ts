import {
  ChannelTestSchedule,
  ChannelTests as ChannelTestsView,
  NewChannelTest,
  NewChannelTestSchedule,
  SyntheticChannelTest,
} from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../../platform/http/types.js'
import { loginOf } from '../../auth/index.js'
import type { ChannelTests } from './channel-tests.js'

const tags = ['synthetic attacks']
const view = { access: { role: 'analyst' } } as const
const manage = { role: 'admin' } as const

/** The weekly test of a channel with the alert of a synthetic attack. */
export async function channelTestRoutes(app: App, { tests }: { tests: ChannelTests }): Promise<void> {
  const before = () => tests.schedule()

  app.get(
    '/synthetic/channel-test',
    {
      config: view,
      schema: {
        summary: 'The channel that is tested each week, and its newest tests',
        tags,
        response: { 200: ChannelTestsView },
      },
    },
    async () => tests.view(),
  )

  app.put(
    '/synthetic/channel-test/schedule',
    {
      config: { access: manage, audit: { action: 'channel_test.choose', before } },
      schema: {
        summary: 'Choose the channel that is tested each week',
        description: 'It is tested with SYNTHETIC_ATTACKS alone: what is sent is the alert of an attack.',
        tags,
        body: NewChannelTestSchedule,
        response: { 200: ChannelTestSchedule },
      },
    },
    async (request) => tests.choose(request.body, loginOf(request).username),
  )

  app.delete(
    '/synthetic/channel-test/schedule',
    {
      config: { access: manage, audit: { action: 'channel_test.stop', before } },
      schema: { summary: 'Test no channel any more', tags, response: { 204: z.null() } },
    },
    async (_request, reply) => {
      await tests.clear()
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/synthetic/channel-test/tests',
    {
      config: { access: manage, audit: { action: 'channel_test.begin' } },
      schema: {
        summary: 'Test a channel now with the alert of a synthetic attack',
        description:
          'An attack is made at once. `GET /synthetic/channel-test` shows what becomes of its alert.',
        tags,
        body: NewChannelTest,
        response: { 201: SyntheticChannelTest },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await tests.begin(request.body.channel_id, loginOf(request).username)),
  )
}
