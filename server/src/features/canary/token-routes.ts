import {
  CanaryHit,
  CanaryHitQuery,
  CanaryToken,
  CanaryTokenDetail,
  CanaryTokenPatch,
  NewCanaryToken,
  pageOf,
} from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { CanaryTokens } from './tokens.js'

export interface CanaryTokenRouteOptions {
  tokens: CanaryTokens
}

const tags = ['canary']
// A token's URL is worth something only as long as nobody knows it: not even viewers need it.
const config = { access: { role: 'analyst' } } as const
const byId = z.object({ id: z.uuid() })

/** Canary tokens as people manage them. */
export async function canaryTokenRoutes(app: App, { tokens }: CanaryTokenRouteOptions): Promise<void> {
  registerTokens(app, tokens)
  registerHits(app, tokens)
}

function registerTokens(app: App, tokens: CanaryTokens): void {
  app.get(
    '/canary/tokens',
    {
      config,
      schema: {
        summary: 'Canary tokens, newest first',
        tags,
        response: { 200: z.object({ items: z.array(CanaryToken), next_cursor: z.null() }) },
      },
    },
    async () => ({ items: await tokens.list(), next_cursor: null }),
  )

  app.post(
    '/canary/tokens',
    {
      config: { ...config, audit: { action: 'canary_token.add' } },
      schema: {
        summary: 'Create a canary token',
        tags,
        body: NewCanaryToken,
        response: { 201: CanaryTokenDetail },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await tokens.create(request.body, loginOf(request).username)),
  )

  app.get(
    '/canary/tokens/:id',
    {
      config,
      schema: {
        summary: 'One canary token with its artifact',
        tags,
        params: byId,
        response: { 200: CanaryTokenDetail },
      },
    },
    async ({ params }) => tokens.find(params.id),
  )

  app.patch(
    '/canary/tokens/:id',
    {
      config: {
        ...config,
        audit: {
          action: 'canary_token.change',
          before: (request) => tokens.find((request.params as { id: string }).id),
        },
      },
      schema: {
        summary: 'Rename, enable or disable a token',
        tags,
        params: byId,
        body: CanaryTokenPatch,
        response: { 200: CanaryTokenDetail },
      },
    },
    async ({ params, body }) => tokens.change(params.id, body),
  )
}

function registerHits(app: App, tokens: CanaryTokens): void {
  app.get(
    '/canary/tokens/:id/hits',
    {
      config,
      schema: {
        summary: 'Hits of a canary token, newest first',
        tags,
        params: byId,
        querystring: CanaryHitQuery,
        response: { 200: pageOf(CanaryHit) },
      },
    },
    async ({ params, query }) => tokens.hits(params.id, query),
  )
}
