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
import type { AuditRule } from '../../platform/http/audit-rule.js'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { CanaryHits } from './hits.js'
import type { CanaryTokens } from './tokens.js'

export interface CanaryTokenRouteOptions {
  tokens: CanaryTokens
  hits: CanaryHits
}

const tags = ['canary']
// A token's URL is worth something only as long as nobody knows it: not even viewers need it.
const config = { access: { role: 'analyst' } } as const
const byId = z.object({ id: z.uuid() })

/** Canary tokens as people manage them. */
export async function canaryTokenRoutes(app: App, { tokens, hits }: CanaryTokenRouteOptions): Promise<void> {
  registerReading(app, tokens)
  registerChanges(app, tokens)
  registerHits(app, hits)
}

function registerReading(app: App, tokens: CanaryTokens): void {
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
}

function registerChanges(app: App, tokens: CanaryTokens): void {
  const changing = (action: string): { audit: AuditRule } => ({
    audit: { action, before: (request) => tokens.find((request.params as { id: string }).id) },
  })

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

  app.patch(
    '/canary/tokens/:id',
    {
      config: { ...config, ...changing('canary_token.change') },
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

  app.delete(
    '/canary/tokens/:id',
    {
      config: { ...config, ...changing('canary_token.delete') },
      schema: {
        summary: 'Delete a disabled token',
        description:
          'Its events and alerts stay. Its URL is answered as one that never was, and no visit of it is recorded. An enabled token is 409.',
        tags,
        params: byId,
        response: { 204: z.null().meta({ description: 'Deleted' }) },
      },
    },
    async ({ params }, reply) => {
      await tokens.remove(params.id)
      return reply.code(204).send(null)
    },
  )
}

function registerHits(app: App, hits: CanaryHits): void {
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
    async ({ params, query }) => hits.list(params.id, query),
  )
}
