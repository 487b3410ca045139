import type { HealthReview } from '@eviltwin/contract'
import { timesText } from './times-text.js'

const NOTABLE_CHANGE = 0.2

/** The findings of a review that require action, the most severe first; empty when there are none. */
export function findingsOf(review: HealthReview): string[] {
  return [
    ...objectivesIn(review),
    ...review.operational_alerts.map(({ name, fired }) => `${name} fired ${timesText(fired)}.`),
    ...channelsIn(review),
    ...latencyIn(review),
    ...errorsIn(review),
    ...dependenciesIn(review),
  ]
}

function objectivesIn({ slos }: HealthReview): string[] {
  return slos.flatMap(({ name, state }) => {
    if (state === 'breached') return [`${name}: the error budget is used up.`]
    return state === 'at_risk' ? [`${name}: the error budget burns fast.`] : []
  })
}

function channelsIn({ channels }: HealthReview): string[] {
  const failing = channels.failing.map(
    ({ name, type, error }) => `The channel ${name} (${type}) does not deliver: ${error}`,
  )
  const failed = channels.failed.this_week ?? 0
  if (failed === 0) return failing
  const messages = failed === 1 ? 'One message' : `${failed} messages`
  return [
    ...failing,
    `${messages} to channels ${failed === 1 ? 'was' : 'were'} not delivered after all retries.`,
  ]
}

function latencyIn({ ingest_latency: { p95_ms, trending_up } }: HealthReview): string[] {
  if (!trending_up && (p95_ms.change ?? 0) <= NOTABLE_CHANGE) return []
  return [`Ingest latency rose: p95 ${ms(p95_ms.this_week)}, the week before ${ms(p95_ms.last_week)}.`]
}

function errorsIn({ errors, auth }: HealthReview): string[] {
  const kinds = errors.kinds.filter((kind) => kind.new)
  return [
    ...kinds.map(
      ({ level, message, logger, this_week }) =>
        `New this week: ${level} "${message}" of ${logger}, ${timesText(this_week)}.`,
    ),
    ...auth.spikes.map(
      ({ at, failures }) =>
        `${failures} logins failed in the hour from ${at.slice(0, 16).replace('T', ' ')} UTC: somebody may be guessing passwords.`,
    ),
  ]
}

function dependenciesIn({ llm: { availability }, database_pool }: HealthReview): string[] {
  const share = availability.this_week
  const findings =
    share !== null && share < 0.95 ? [`The LLM was available ${(share * 100).toFixed(1)} % of the time.`] : []
  return (database_pool.exhausted.this_week ?? 0) > 0 ? [...findings, database_pool.verdict] : findings
}

function ms(value: number | null): string {
  return value === null ? 'unknown' : `${value.toFixed(1)} ms`
}
