import { Readable } from 'node:stream'
import { AiStatus, AnalyzeRequest, ChatRequest, Triage } from '@eviltwin/contract'
import { z } from 'zod'
import { idsOf } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import { loginOf } from '../auth/index.js'
import type { LlmAvailability } from './llm-availability.js'
import type { Triages } from './triage.js'

export async function aiRoutes(
  app: App,
  { llm, triages }: { llm: LlmAvailability; triages: Triages },
): Promise<void> {
  const tags = ['ai']
  const config = { access: { role: 'analyst' } } as const

  app.get(
    '/ai/status',
    {
      config: { access: { role: 'viewer' } },
      schema: { summary: 'Availability of the LLM', tags, response: { 200: AiStatus } },
    },
    async () => llm.status(),
  )

  app.post(
    '/ai/analyze',
    {
      config: { ...config, audit: false },
      schema: {
        summary: 'Analyse a session',
        description:
          'By the LLM where it answers and the daily quota allows it, else by rules (`source`, `fallback`); 200 either way.',
        tags,
        body: AnalyzeRequest,
        response: { 200: Triage },
      },
    },
    async (request) => {
      const triage = await triages.analyze(request.body.session_id, idsOf(request), loginOf(request).user_id)
      request.facts.answeredByLlm = triage.source === 'llm'
      return triage
    },
  )

  app.post(
    '/ai/chat',
    {
      config: { ...config, audit: false },
      schema: {
        summary: 'Ask the LLM about a session',
        description:
          'Server-sent events: `text` with a line of the answer as JSON, then `done`, or `failed` when the LLM ends in the middle. 429 once the daily quota of the LLM is used up.',
        tags,
        body: ChatRequest,
        produces: ['text/event-stream'],
        response: { 200: z.string() },
      },
      serializerCompiler: () => String,
    },
    async (request, reply) => {
      const lines = await triages.chat(request.body, idsOf(request), loginOf(request).user_id)
      reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store')
      return reply.send(Readable.from(eventsOf(lines)) as never)
    },
  )
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* eventsOf(lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    for await (const line of lines) yield `event: text\ndata: ${JSON.stringify({ line })}\n\n`
    yield 'event: done\ndata: {}\n\n'
  } catch {
    yield 'event: failed\ndata: {"message":"the LLM ended in the middle of its answer"}\n\n'
  }
}
