import {
  CanaryHit,
  CanaryHitQuery,
  CanaryToken,
  CanaryTokenDetail,
  CanaryTokenPatch,
  CanaryUrlCheck,
  NewCanaryToken,
  pageOf,
} from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { BaseUrlCheck } from './base-url-check.js'
import type { CanaryTokens } from './tokens.js'

export interface CanaryTokenRouteOptions {
  tokens: CanaryTokens
  urlCheck: BaseUrlCheck
}

const tags = ['canary']
// A token's URL is worth something only as long as nobody knows it: not even viewers need it.
const config = { access: { role: 'analyst' } } as const
const byId = z.object({ id: z.uuid() })

/** Canary tokens as people manage them. */
export async function canaryTokenRoutes(
  app: App,
  { tokens, urlCheck }: CanaryTokenRouteOptions,
): Promise<void> {
  registerTokens(app, tokens)
  registerUrlCheck(app, urlCheck)
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

  app.delete(
    '/canary/tokens/:id',
    {
      config: {
        ...config,
        audit: {
          action: 'canary_token.delete',
          before: (request) => tokens.find((request.params as { id: string }).id),
        },
      },
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

function registerUrlCheck(app: App, urlCheck: CanaryTokenRouteOptions['urlCheck']): void {
  app.post(
    '/canary/url-check',
    {
      config: { ...config, audit: { action: 'canary_url.check' } },
      schema: {
        summary: 'Request the URL of canary tokens, and see who answers',
        description:
          'This server requests a path below CANARY_URL that only its own processes can answer. It is no visit and raises no alert. Private addresses need OUTBOUND_ALLOWED_NETWORKS.',
        tags,
        response: { 200: CanaryUrlCheck },
      },
    },
    async () => urlCheck.run(),
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
