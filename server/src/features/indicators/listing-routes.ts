import {
  FeedAllowance,
  FeedExplanation,
  FeedExplanationQuery,
  FeedPreview,
  FeedPreviewQuery,
  NeverBlockListInfo,
  NewFeedAllowance,
} from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { Allowances } from './allowances.js'
import type { Feeds } from './feeds.js'

export interface ListingRouteOptions {
  feeds: Pick<Feeds, 'preview' | 'explain' | 'lists'>
  allowances: Allowances
}

const view = { access: { role: 'viewer' } } as const
const change = { access: { role: 'analyst' } } as const
const tags = ['feeds']
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next_cursor: z.null() })

/** What is listed and why, and what people keep out of the feeds. */
export async function listingRoutes(app: App, { feeds, allowances }: ListingRouteOptions): Promise<void> {
  app.get(
    '/feeds/preview',
    {
      config: view,
      schema: {
        summary: 'The newest candidates of the feeds, listed or withheld, with the reason',
        tags,
        querystring: FeedPreviewQuery,
        response: { 200: FeedPreview },
      },
    },
    ({ query }) => feeds.preview(query),
  )

  app.get(
    '/feeds/explain',
    {
      config: view,
      schema: {
        summary: 'Why a value is in the feeds, or why it is not',
        tags,
        querystring: FeedExplanationQuery,
        response: { 200: FeedExplanation },
      },
    },
    ({ query }) => feeds.explain(query),
  )

  app.get(
    '/feeds/never-block',
    {
      config: view,
      schema: {
        summary: 'The never-block lists',
        tags,
        response: { 200: listOf(NeverBlockListInfo) },
      },
    },
    async () => ({ items: await feeds.lists(), next_cursor: null }),
  )

  registerAllowlist(app, allowances)
}

function registerAllowlist(app: App, allowances: Allowances): void {
  app.get(
    '/feeds/allowlist',
    {
      config: view,
      schema: {
        summary: 'The allowlist',
        tags,
        response: { 200: listOf(FeedAllowance) },
      },
    },
    async () => ({ items: await allowances.list(), next_cursor: null }),
  )

  app.post(
    '/feeds/allowlist',
    {
      config: { ...change, audit: { action: 'feed_allowlist.add' } },
      schema: {
        summary: 'Add an address, a network, a domain, a URL or a file to the allowlist',
        description: 'Networks wider than /16 (IPv6: /32) need the role admin.',
        tags,
        body: NewFeedAllowance,
        response: { 201: FeedAllowance },
      },
    },
    async (request, reply) => {
      const { username, role } = loginOf(request)
      return reply.code(201).send(await allowances.add(request.body, { username, isAdmin: role === 'admin' }))
    },
  )

  app.delete(
    '/feeds/allowlist/:id',
    {
      config: {
        ...change,
        audit: {
          action: 'feed_allowlist.remove',
          before: ({ params }) => allowances.find((params as { id: string }).id),
        },
      },
      schema: {
        summary: 'Remove an entry from the allowlist',
        tags,
        params: z.object({ id: z.uuid() }),
        response: { 204: z.null() },
      },
    },
    async ({ params }, reply) => {
      await allowances.remove(params.id)
      return reply.code(204).send(null)
    },
  )
}
