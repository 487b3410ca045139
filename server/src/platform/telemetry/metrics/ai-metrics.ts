import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterFromZero, counterOf } from './counter.js'

const ANALYSIS_MS = [100, 250, 500, 1_000, 2_500, 5_000, 7_500, 10_000, 20_000, 60_000]

/** The source specification's table "AI and Enrichment Metrics", and what the LLM cost. */
export function aiMetrics(meter: Meter): EventHandlers {
  const unavailable = counterFromZero(meter, 'ai.unavailable.count', 'Times the LLM was found unavailable')
  const analyses = counterFromZero(meter, 'ai.analyze_session.count', 'Calls of POST /ai/analyze')
  const chats = counterFromZero(meter, 'ai.chat.count', 'Turns of POST /ai/chat')
  const tokens = counterOf(meter, 'ai.tokens', 'Tokens that the LLM read and wrote')
  const cost = meter.createCounter('ai.cost', {
    unit: 'USD',
    description: 'What the LLM cost, in US dollars, at the configured prices',
  })
  const dropped = counterOf(meter, 'ai.dropped', 'Things the LLM said that the session does not back')
  const latency = meter.createHistogram('ai.analyze_session.latency_ms', {
    description: 'End-to-end round-trip time of an LLM analysis, in milliseconds',
    advice: { explicitBucketBoundaries: ANALYSIS_MS },
  })
  return {
    llm_unavailable: () => unavailable.add(1),
    analysis_requested: () => analyses.add(1),
    session_analyzed({ by_llm, milliseconds }) {
      if (by_llm) latency.record(milliseconds)
    },
    chat_requested: () => chats.add(1),
    llm_used({ input_tokens, output_tokens, cost_usd }) {
      tokens.add(input_tokens, { direction: 'input' })
      tokens.add(output_tokens, { direction: 'output' })
      cost.add(cost_usd)
    },
    claims_dropped: ({ what, count }) => dropped.add(count, { what }),
  }
}
