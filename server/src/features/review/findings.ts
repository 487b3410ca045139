import type { HealthReview } from '@eviltwin/contract'
import { timesText } from './times-text.js'

const NOTABLE_CHANGE = 0.2

/** The findings of a review that require action, the most severe first; empty when there are none. */
export function findingsOf(review: HealthReview): string[] {
  const { ingest_latency, errors, auth, llm, database_pool, slos, operational_alerts, channels } = review
  const findings: string[] = []
  for (const { name, state } of slos) {
    if (state === 'breached') findings.push(`${name}: the error budget is used up.`)
    if (state === 'at_risk') findings.push(`${name}: the error budget burns fast.`)
  }
  for (const { name, fired } of operational_alerts) findings.push(`${name} fired ${timesText(fired)}.`)
  for (const { name, type, error } of channels.failing)
    findings.push(`The channel ${name} (${type}) does not deliver: ${error}`)
  const failed = channels.failed.this_week ?? 0
  if (failed > 0)
    findings.push(
      `${failed === 1 ? 'One message' : `${failed} messages`} to channels ${failed === 1 ? 'was' : 'were'} not delivered after all retries.`,
    )
  const { p95_ms } = ingest_latency
  if (ingest_latency.trending_up || (p95_ms.change ?? 0) > NOTABLE_CHANGE) {
    findings.push(
      `Ingest latency rose: p95 ${ms(p95_ms.this_week)}, the week before ${ms(p95_ms.last_week)}.`,
    )
  }
  for (const kind of errors.kinds.filter((candidate) => candidate.new)) {
    findings.push(
      `New this week: ${kind.level} "${kind.message}" of ${kind.logger}, ${timesText(kind.this_week)}.`,
    )
  }
  for (const { at, failures } of auth.spikes) {
    findings.push(
      `${failures} logins failed in the hour from ${at.slice(0, 16).replace('T', ' ')} UTC: somebody may be guessing passwords.`,
    )
  }
  const { availability } = llm
  if (availability.this_week !== null && availability.this_week < 0.95) {
    findings.push(`The LLM was available ${(availability.this_week * 100).toFixed(1)} % of the time.`)
  }
  if ((database_pool.exhausted.this_week ?? 0) > 0) findings.push(database_pool.verdict)
  return findings
}

function ms(value: number | null): string {
  return value === null ? 'unknown' : `${value.toFixed(1)} ms`
}
