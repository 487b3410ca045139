import type { SloStatus } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import type { ReviewEvidence } from './evidence.js'
import { llmAvailabilityOf } from './llm-availability.js'
import { trend } from './trend.js'

const evidence = (days: number): ReviewEvidence =>
  ({
    days,
    aiAvailabilityBefore: 0.8,
    slos: [{ id: 'ai-availability', window: '7d', compliance: 0.92 } as SloStatus],
    sumOf: () => ({ good: 9, total: 9 }),
    trendOf: (read: (range: { from: number; to: number }) => number | null) =>
      trend(read({ from: 0, to: 1 }), read({ from: 0, to: 1 })),
  }) as unknown as ReviewEvidence

test('the availability of the LLM in a weekly review is that of its objective, of the week before, too', () => {
  expect(llmAvailabilityOf(evidence(7)).availability).toMatchObject({ this_week: 0.92, last_week: 0.8 })
})

test('over another time than that of the objective it is what was counted', () => {
  expect(llmAvailabilityOf(evidence(1)).availability).toMatchObject({ this_week: 1, last_week: 1 })
})
