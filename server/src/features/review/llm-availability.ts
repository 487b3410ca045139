import type { HealthReview } from '@eviltwin/contract'
import { AI_ANALYSES, durationText } from '../slo/index.js'
import { shareOf } from './counts.js'
import { AI_AVAILABILITY, AI_PROBE, type ReviewEvidence } from './evidence.js'
import { trend } from './trend.js'

const DAY_MINUTES = 1_440

/** Was the LLM available? The figures are those of the objective, where the objective is over the time of the review. */
export function llmAvailabilityOf({
  days,
  slos,
  aiAvailabilityBefore,
  sumOf,
  trendOf,
}: ReviewEvidence): HealthReview['llm'] {
  const goodShareOf = (series: string) =>
    trendOf((range) => {
      const { good, total } = sumOf(series, range)
      return shareOf(good, total)
    })
  const objective = slos.find(
    ({ id, window }) => id === AI_AVAILABILITY && window === durationText(days * DAY_MINUTES),
  )
  return {
    availability: objective ? trend(objective.compliance, aiAvailabilityBefore) : goodShareOf(AI_PROBE),
    analyses: trendOf((range) => sumOf(AI_ANALYSES, range).total),
    success_fraction: goodShareOf(AI_ANALYSES),
  }
}
