import { AiStatus } from '@eviltwin/contract'
import type { LlmProbe } from '../observability/llm-probe.js'
import type { App } from './types.js'

export async function aiRoutes(app: App, { llm }: { llm: LlmProbe }): Promise<void> {
  app.get(
    '/ai/status',
    {
      config: { access: { role: 'viewer' } },
      schema: { summary: 'Whether the LLM answers', tags: ['ai'], response: { 200: AiStatus } },
    },
    async () => llm.status(),
  )
}
