import { NewHeartbeat, Sensor, SensorExpectationChange, SensorList, SensorQuery } from '@eviltwin/contract'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { QueueFullError } from '../../platform/errors.js'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { SensorService } from './service.js'

const tags = ['sensors']

export async function sensorRoutes(app: App, { sensors }: { sensors: SensorService }): Promise<void> {
  app.get(
    '/sensors',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'Sensors, the most recently active first',
        tags,
        querystring: SensorQuery,
        response: { 200: SensorList },
      },
    },
    async ({ query }) => sensors.list(query),
  )

  app.put(
    '/sensors/expectation',
    {
      config: {
        access: { role: 'admin' },
        audit: {
          action: 'sensor.expect',
          before: async ({ body }: FastifyRequest) =>
            sensors.expectationOf((body as { sensor_id: string }).sensor_id),
        },
      },
      schema: {
        summary: 'Say whether a sensor is expected to send, and how long it may be silent',
        tags,
        body: SensorExpectationChange,
        response: { 200: Sensor },
      },
    },
    async (request) => sensors.expect(request.body, loginOf(request).username),
  )

  app.post(
    '/sensors/heartbeat',
    {
      config: { access: { scope: 'ingest' } },
      schema: {
        summary: 'Say that a sensor is alive, about once a minute',
        description:
          'The sensor is that of the key; a key for several sensors names it in `sensor_id` or X-Sensor-Id.',
        tags,
        body: NewHeartbeat,
        response: { 204: z.null() },
      },
    },
    async ({ body, headers, apiKey }, reply) => {
      const header = headers['x-sensor-id']
      const declared = body.sensor_id ?? (typeof header === 'string' ? header : undefined)
      if (!sensors.noteHeartbeat(body, declared, apiKey))
        throw new QueueFullError('as many heartbeats wait to be written as may wait')
      return reply.code(204).send(null)
    },
  )
}
