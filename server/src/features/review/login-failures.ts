import type { HealthReview } from '@eviltwin/contract'
import { timestampOf } from '../../domain/timestamp.js'
import { LOGINS, type SignalCounts } from '../slo/index.js'
import { badOf, shareOf } from './counts.js'
import type { ReviewEvidence } from './evidence.js'

const SPIKE_FAILURES = 20
const SPIKE_FACTOR = 5

/** Are there spikes of failed logins? */
export function loginFailuresOf({ week, hoursOf, sumOf, trendOf }: ReviewEvidence): HealthReview['auth'] {
  return {
    failures: trendOf((range) => badOf(sumOf(LOGINS, range))),
    failure_rate: trendOf((range) => shareOf(badOf(sumOf(LOGINS, range)), sumOf(LOGINS, range).total)),
    spikes: spikesOf(hoursOf(LOGINS, week)),
  }
}

/** Hours with more failed logins than an alert takes and several times the median hour. */
function spikesOf(hours: readonly SignalCounts[]): HealthReview['auth']['spikes'] {
  const failures = hours.map(badOf).sort((a, b) => a - b)
  const usual = failures[Math.floor(failures.length / 2)] ?? 0
  return hours
    .filter(
      (hour) =>
        badOf(hour) > SPIKE_FAILURES &&
        (hours.length === 1 || badOf(hour) >= SPIKE_FACTOR * usual || usual > SPIKE_FAILURES),
    )
    .map((hour) => ({ at: timestampOf(hour.bucket), failures: badOf(hour) }))
}
