import { type IngestPopulation, UNANSWERED, wayOf } from '../../domain/ingest-population.js'
import type { RequestCompleted } from '../../domain/platform-event.js'
import type { GoodRule, HttpIndicator, Indicator } from './objective.js'

type Ended = Pick<
  RequestCompleted,
  'status' | 'milliseconds' | 'population' | 'overloaded' | 'answered_by_llm'
>

/** Whether a request failed: 5xx, or the client left without an answer. */
function hasFailed(status: number): boolean {
  return status >= 500 || status === UNANSWERED
}

/** Whether we answered, whoever asked: no 5xx, no refusal by overload (429), and no client that left without an answer. */
function hasSucceeded(status: number): boolean {
  return !hasFailed(status) && status !== 429
}

/** Whether a request is good where every one counts. */
export function isLiterallyGood(good: GoodRule, { status, milliseconds }: Ended): boolean {
  return 'outcome' in good ? hasSucceeded(status) : milliseconds < good.faster_than_ms
}

/**
 * Whether a request is good for an indicator; null where it does not count.
 * - On routes that take events only requests of admitted senders count that are well-formed and within the quota of their key.
 * - A refusal by overload is bad for availability, and says nothing about latency; neither does any refusal by a limit (429).
 * - A failed request is slower than a threshold that it had passed when it ended. Of one that it had not passed nothing is known:
 *   it counts for availability alone, and is never fast.
 */
export function judge(
  { good, answered_by }: Pick<HttpIndicator, 'good' | 'answered_by'>,
  request: Ended,
): boolean | null {
  const { status, milliseconds, population, overloaded, answered_by_llm } = request
  if (population !== null && population !== 'platform') return null
  if ('outcome' in good) return hasSucceeded(status) && !overloaded
  if (overloaded || status === 429) return null
  const isFast = milliseconds < good.faster_than_ms
  if (hasFailed(status)) return isFast ? null : false
  if (answered_by === 'llm' && answered_by_llm !== true) return null
  return isFast
}

/** Populations whose requests are counted in series of their own. */
export const APART = [
  'refused_quota',
  'client_error',
  'unauthenticated',
] as const satisfies readonly IngestPopulation[]

/** Whose events an indicator counts and which of them are good, in sentences. */
export function populationInWords(indicator: Indicator): string {
  switch (indicator.signal) {
    case 'http':
      return requestsInWords(indicator)
    case 'alert_delivery':
      return 'Alerts that a connected live feed client acknowledged count, from the receipt of the event. One that a client which acknowledged before and answers pings has not acknowledged within the threshold is bad. What a client missed while it was away does not count; alerts sent to clients that never acknowledge, or left before they did, are counted apart.'
    case 'ai_probe':
      return 'Minutes in which an LLM is configured count; a minute is good when the LLM was available.'
    case 'sensor_coverage':
      return 'Each minute counts once for each expected sensor; it is good when the sensor was heard within its limit, or an attack of the platform proved that it reports. Without an expected sensor nothing counts.'
    case 'attack_detection':
      return 'Attacks of the platform on its own sensors count, each once, when its time is over; one that became an alert is good.'
    case 'detection_delay':
      return 'Attacks of the platform that became an alert count, from the attack to the alert. Those that did not are counted by attack detection alone.'
  }
}

function requestsInWords(indicator: HttpIndicator): string {
  const { good, answered_by } = indicator
  if (wayOf(indicator.route) === null) {
    const who =
      answered_by === 'llm'
        ? 'Answers of the LLM count, cached ones included; answers by rules do not.'
        : 'All requests count.'
    return `${who} ${'outcome' in good ? availabilityInWords('429') : latencyInWords(good.faster_than_ms)}`
  }
  return [
    'Well-formed requests with a valid key count.',
    'outcome' in good
      ? availabilityInWords('429 or 503 because the platform is overloaded')
      : latencyInWords(good.faster_than_ms),
    'Requests without a valid key, malformed ones (400, 413, 415, 422) and those refused by the quota of their own key are counted apart.',
  ].join(' ')
}

function availabilityInWords(refusals: string): string {
  return `Bad are 5xx, ${refusals}, and requests whose client left without an answer; every other answer is good.`
}

function latencyInWords(milliseconds: number): string {
  return `An answer is good when it takes less than ${milliseconds} ms. A 5xx or a client that left without an answer is bad where it took longer, and does not count where it took less; refusals by overload or by a limit (429) do not count.`
}
