import { ApiKey, CreatedApiKey, NewApiKey } from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import type { ApiKeys } from './api-keys.js'

export async function apiKeyRoutes(app: App, { apiKeys }: { apiKeys: ApiKeys }): Promise<void> {
  const config = { access: { role: 'admin' } } as const
  const tags = ['administration']

  app.get(
    '/api-keys',
    {
      config,
      schema: {
        summary: 'API and sensor keys, newest first',
        tags,
        response: { 200: z.object({ items: z.array(ApiKey), next_cursor: z.null() }) },
      },
    },
    async () => ({ items: await apiKeys.list(), next_cursor: null }),
  )

  app.post(
    '/api-keys',
    {
      config: { ...config, audit: { action: 'api_key.add' } },
      schema: {
        summary: 'Make a key; it is shown this once',
        tags,
        body: NewApiKey,
        response: { 201: CreatedApiKey },
      },
    },
    async ({ body }, reply) =>
      reply
        .code(201)
        .header('cache-control', 'no-store')
        .send(await apiKeys.create(body)),
  )

  app.delete(
    '/api-keys/:id',
    {
      config: { ...config, audit: { action: 'api_key.revoke' } },
      schema: {
        summary: 'Revoke a key',
        tags,
        params: z.object({ id: z.uuid() }),
        response: { 200: ApiKey },
      },
    },
    async ({ params }) => apiKeys.revoke(params.id),
  )
}
