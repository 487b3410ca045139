import { ScoringStatus } from '@eviltwin/contract'
import type { App } from '../../platform/http/types.js'

export interface ScoringRouteOptions {
  scoring: { status(): Promise<ScoringStatus> }
}

export async function scoringRoutes(app: App, { scoring }: ScoringRouteOptions): Promise<void> {
  app.get(
    '/scoring',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        summary: 'The scorer in use, and the drift of recent sessions from its training data',
        tags: ['scoring'],
        response: { 200: ScoringStatus },
      },
    },
    async () => scoring.status(),
  )
}
