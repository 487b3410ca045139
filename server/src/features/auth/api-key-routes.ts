import { ApiKey, CreatedApiKey, KeyBindingChange, KeySensor, NewApiKey } from '@eviltwin/contract'
import { z } from 'zod'
import type { App } from '../../platform/http/types.js'
import type { ApiKeys } from './api-keys.js'
import type { KeySensorStore } from './key-sensor-store.js'

export interface ApiKeyRouteOptions {
  apiKeys: ApiKeys
  sensorsOf: KeySensorStore['ofKey']
}

const config = { access: { role: 'admin' } } as const
const tags = ['administration']
const byId = z.object({ id: z.uuid() })

/** Keys of sensors and programs, for administrators. */
export async function apiKeyRoutes(app: App, options: ApiKeyRouteOptions): Promise<void> {
  registerKeys(app, options)
  registerBindings(app, options)
}

function registerKeys(app: App, { apiKeys }: ApiKeyRouteOptions): void {
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
        summary: 'Create a key; it is shown only once',
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
        params: byId,
        response: { 200: ApiKey },
      },
    },
    async ({ params }) => apiKeys.revoke(params.id),
  )
}

function registerBindings(app: App, { apiKeys, sensorsOf }: ApiKeyRouteOptions): void {
  app.patch(
    '/api-keys/:id',
    {
      config: {
        ...config,
        audit: {
          action: 'api_key.bind',
          before: (request) => apiKeys.find((request.params as { id: string }).id),
        },
      },
      schema: {
        summary: 'Change the allowed sensors of a key',
        description:
          'Replicas follow within 5 seconds. What was quarantined with the reason `sensor_mismatch` may be replayed afterwards.',
        tags,
        params: byId,
        body: KeyBindingChange,
        response: { 200: ApiKey },
      },
    },
    async ({ params, body }) => apiKeys.rebind(params.id, body),
  )

  app.get(
    '/api-keys/:id/sensors',
    {
      config,
      schema: {
        summary:
          'Sensors that a key sent records of: refused ones, and those of a key that may speak for any',
        tags,
        params: byId,
        response: { 200: z.object({ items: z.array(KeySensor), next_cursor: z.null() }) },
      },
    },
    async ({ params }) => {
      const { id } = await apiKeys.find(params.id)
      return { items: await sensorsOf(id), next_cursor: null }
    },
  )
}
