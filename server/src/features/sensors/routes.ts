import { SensorList } from '@eviltwin/contract'
import type { App } from '../../platform/http/types.js'
import type { SensorReader } from './store.js'

export async function sensorRoutes(
  app: App,
  { sensors, now }: { sensors: SensorReader; now: () => number },
): Promise<void> {
  app.get(
    '/sensors',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'Sensors, the most recently active first',
        tags: ['sensors'],
        response: { 200: SensorList },
      },
    },
    async () => ({ items: await sensors.list(new Date(now())), next_cursor: null }),
  )
}
