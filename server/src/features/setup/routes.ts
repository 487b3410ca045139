import { Setup } from '@eviltwin/contract'
import type { App } from '../../platform/http/types.js'

export interface SetupRouteOptions {
  read: () => Promise<Setup>
}

/** The first steps of an installation, for whoever runs it. */
export async function setupRoutes(app: App, { read }: SetupRouteOptions): Promise<void> {
  app.get(
    '/setup',
    {
      config: { access: { role: 'admin' } },
      schema: {
        summary: 'The first steps of this installation, and which are done',
        description: 'Computed from what is the case now: a step that is undone is open again.',
        tags: ['setup'],
        response: { 200: Setup },
      },
    },
    async () => read(),
  )
}
