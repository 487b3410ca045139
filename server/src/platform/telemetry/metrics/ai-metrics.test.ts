import { resourceFromAttributes } from '@opentelemetry/resources'
import { expect, test } from 'vitest'
import { createEvents } from '../../events.js'
import { createMetrics } from './metrics.js'
import { ONE_PROCESS } from './of-workers.js'

function setUp() {
  const events = createEvents((error) => {
    throw error
  })
  const metrics = createMetrics({
    resource: resourceFromAttributes({}),
    readers: [],
    pools: () => ({}),
    events,
    server: ONE_PROCESS,
  })
  return { publish: events.publish, lines: async () => (await metrics.exposition('prometheus')).split('\n') }
}

test('every metric of the table "AI and Enrichment Metrics" exists before anything happened', async () => {
  const { lines } = setUp()
  const text = (await lines()).join('\n')
  expect(text).toContain('# TYPE ai_analyze_session_latency_ms histogram')
  for (const line of [
    'ai_analyze_session_count_total 0',
    'ai_analyze_session_latency_ms_count 0',
    'ai_analyze_session_latency_ms_sum 0',
    'ai_analyze_session_latency_ms_bucket{le="10000"} 0',
    'ai_analyze_session_latency_ms_bucket{le="+Inf"} 0',
    'ai_chat_count_total 0',
    'ai_unavailable_count_total{operation="analyze"} 0',
    'ai_unavailable_count_total{operation="chat"} 0',
    'scoring_ml_count_total 0',
    'scoring_degraded_count_total 0',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
})

test('the histogram of analyses that happened replaces the empty one', async () => {
  const { publish, lines } = setUp()
  publish({ kind: 'session_analyzed', by_llm: true, milliseconds: 300 })
  publish({ kind: 'session_analyzed', by_llm: false, milliseconds: 9_000 })
  const counts = (await lines()).filter((line) => line.startsWith('ai_analyze_session_latency_ms_count'))
  expect(counts).toEqual(['ai_analyze_session_latency_ms_count 1'])
})

test('what the watch over the LLM finds is not counted with the attempts of people', async () => {
  const { publish, lines } = setUp()
  publish({ kind: 'llm_probed', available: false, by: 'models' })
  publish({ kind: 'llm_unavailable', operation: 'probe', model: 'm', reason: 'it cannot be reached' })
  publish({ kind: 'llm_unavailable', operation: 'analyze', model: 'm', reason: 'it cannot be reached' })
  const counted = (await lines()).filter((line) => /^(ai_unavailable|eviltwin_ai_probes).* [1-9]/.test(line))
  expect(counted).toEqual([
    'ai_unavailable_count_total{operation="analyze"} 1',
    'eviltwin_ai_probes_total{by="models",outcome="failed"} 1',
  ])
})
