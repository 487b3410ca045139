import { Retention, RetentionChange } from '@eviltwin/contract'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { RetentionPolicy } from './policy.js'

export async function retentionRoutes(
  app: App,
  { retention }: { retention: RetentionPolicy },
): Promise<void> {
  const tags = ['settings']
  const config = { access: { role: 'admin' } } as const

  app.get(
    '/retention',
    { config, schema: { summary: 'How long data is kept', tags, response: { 200: Retention } } },
    async () => retention.read(),
  )

  app.put(
    '/retention',
    {
      config: { ...config, audit: { action: 'retention.change', before: () => retention.read() } },
      schema: {
        summary: 'Change how long data is kept',
        description: 'In effect within the hour. 409 while RETENTION_DAYS sets it.',
        tags,
        body: RetentionChange,
        response: { 200: Retention },
      },
    },
    async (request) => retention.change(request.body.retention_days, loginOf(request).username),
  )
}
