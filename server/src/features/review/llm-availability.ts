import type { HealthReview } from '@eviltwin/contract'
import { AI_ANALYSES } from '../slo/index.js'
import { shareOf } from './counts.js'
import { AI_PROBE, type ReviewEvidence } from './evidence.js'

/** Was the LLM available? */
export function llmAvailabilityOf({ sumOf, trendOf }: ReviewEvidence): HealthReview['llm'] {
  const goodShareOf = (series: string) =>
    trendOf((range) => {
      const { good, total } = sumOf(series, range)
      return shareOf(good, total)
    })
  return {
    availability: goodShareOf(AI_PROBE),
    analyses: trendOf((range) => sumOf(AI_ANALYSES, range).total),
    success_fraction: goodShareOf(AI_ANALYSES),
  }
}
