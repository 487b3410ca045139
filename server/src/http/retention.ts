import { Retention } from '@eviltwin/contract'
import type { App } from './types.js'

export async function retentionRoutes(app: App, { retention }: { retention: Retention }): Promise<void> {
  app.get(
    '/retention',
    {
      config: { access: { role: 'admin' } },
      schema: { summary: 'How long data is kept', tags: ['settings'], response: { 200: Retention } },
    },
    async () => retention,
  )
}
