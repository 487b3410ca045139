import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterFromZero, counterOf } from './counter.js'
import type { HistogramDescription } from './empty-histogram.js'

export const ANALYSIS_LATENCY: HistogramDescription = {
  name: 'ai.analyze_session.latency_ms',
  description: 'End-to-end round-trip time of an LLM analysis, in milliseconds',
  bounds: [100, 250, 500, 1_000, 2_500, 5_000, 7_500, 10_000, 20_000, 60_000],
}

/** The source specification's table "AI and Enrichment Metrics", and what the LLM cost. */
export function aiMetrics(meter: Meter): EventHandlers {
  const unavailable = counterOf(
    meter,
    'ai.unavailable.count',
    'Analyses and turns of chat that found the LLM unavailable',
  )
  for (const operation of ['analyze', 'chat']) unavailable.add(0, { operation })
  const probes = counterOf(meter, 'eviltwin.ai.probes', 'Looks of the watch over the LLM')
  for (const by of ['models', 'completion']) {
    for (const outcome of ['succeeded', 'failed']) probes.add(0, { by, outcome })
  }
  const analyses = counterFromZero(meter, 'ai.analyze_session.count', 'Calls of POST /ai/analyze')
  const chats = counterFromZero(meter, 'ai.chat.count', 'Turns of POST /ai/chat')
  const tokens = counterOf(meter, 'ai.tokens', 'Tokens that the LLM read and wrote')
  const cost = meter.createCounter('ai.cost', {
    unit: 'USD',
    description: 'What the LLM cost, in US dollars, at the configured prices',
  })
  const dropped = counterOf(meter, 'ai.dropped', 'Things the LLM said that the session does not back')
  const severities = counterOf(
    meter,
    'eviltwin.ai.severity_checks',
    'Analyses whose severity was far below that of the rules: raised, or accepted for a fact',
  )
  for (const outcome of ['raised', 'accepted']) severities.add(0, { outcome })
  const refusals = counterOf(
    meter,
    'eviltwin.ai.quota_refusals',
    'Analyses and turns of chat that the daily quota of the LLM refused',
  )
  for (const operation of ['analyze', 'chat']) {
    for (const quota of ['user', 'total']) refusals.add(0, { operation, quota })
  }
  const { name, description, bounds } = ANALYSIS_LATENCY
  const latency = meter.createHistogram(name, {
    description,
    advice: { explicitBucketBoundaries: [...bounds] },
  })
  return {
    llm_unavailable({ operation }) {
      if (operation !== 'probe') unavailable.add(1, { operation })
    },
    llm_probed: ({ available, by }) => probes.add(1, { by, outcome: available ? 'succeeded' : 'failed' }),
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
    llm_request_refused: ({ operation, quota }) => refusals.add(1, { operation, quota }),
    severity_checked: ({ outcome }) => severities.add(1, { outcome }),
  }
}
