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
        summary: 'What judges sessions now, and how far they are from those it was trained on',
        tags: ['scoring'],
        response: { 200: ScoringStatus },
      },
    },
    async () => scoring.status(),
  )
}
