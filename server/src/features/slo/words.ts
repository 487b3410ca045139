import type { SloStatus } from '@eviltwin/contract'

/** The last hour, whose pace a forecast assumes to go on. */
export interface Pace {
  /** Its burn rate, 0 without events. */
  rate: number
  /** Seconds of it in which the platform was down. */
  downSeconds: number
}

/**
 * What the numbers of a status mean, in sentences; the most urgent first. Answers what users of other SLO tools ask: over
 * which window, how much time is left, and is "no data" good news.
 */
export function explain(status: Omit<SloStatus, 'explanation'>, pace: Pace): string[] {
  const { budget, compliance, judged, window, gaps, percentile, kind, target } = status
  const what = kind === 'time_slices' ? 'minutes' : 'events'
  const sentences: string[] = []
  if (budget.consumed === null || compliance === null) {
    sentences.push(`No data: no ${what} in the last ${window}. The objective is neither met nor missed.`)
  } else {
    sentences.push(forecast(status, pace))
    sentences.push(
      `${share(compliance, target)} of ${count(judged.total)} ${what} in the last ${window} were good; the objective is ${share(target)}.`,
      `${share(budget.consumed, 1)} of the error budget is used: ${count(judged.total - judged.good)} of ${count(allowedOf(status))} allowed failures.`,
    )
  }
  if (percentile) {
    sentences.push(
      `The ${ordinal(percentile.quantile)} percentile is ${milliseconds(percentile.value_ms)} (within 1 %); the objective is below ${milliseconds(percentile.objective_ms)}.`,
    )
  }
  if (gaps.seconds > 0) sentences.push(gapsInWords(status))
  if (status.population.since !== null && status.population.since > status.from) {
    sentences.push(
      `The population changed at ${clock(status.population.since)}; there is no data for the time before.`,
    )
  }
  for (const alert of status.burn_alerts.filter(({ firing }) => firing)) {
    sentences.push(
      `The budget burns faster than ${alert.factor} times its pace over ${alert.long_window} (${rate(alert.long_rate)}) and ${alert.short_window} (${rate(alert.short_rate)}).`,
    )
  }
  if (status.absence.firing) {
    sentences.push(
      `There was no event since ${clock(status.absence.last_event_at ?? '')}, longer than the ${status.absence.after_minutes} minutes in which an outage would use half of the budget.`,
    )
  }
  return sentences
}

function forecast(
  { budget, exhausted_at, window }: Omit<SloStatus, 'explanation'>,
  { rate: burnRate, downSeconds }: Pace,
): string {
  if ((budget.consumed ?? 0) >= 1 - 1e-9) return `The budget of the last ${window} is used up.`
  if (exhausted_at !== null)
    return `At the pace of the last hour (burn rate ${burnRate.toFixed(1)}) the budget of ${window} is exhausted at ${clock(exhausted_at)}.`
  if (burnRate > 0)
    return `At the pace of the last hour (burn rate ${burnRate.toFixed(1)}) the budget lasts the whole ${window}.`
  return downSeconds > 0
    ? `Nothing is known to be bad in the last hour, but the platform was down for ${duration(downSeconds)} of it.`
    : 'Nothing was bad in the last hour: the budget is not being used.'
}

const METHODS = {
  same_hour_of_week: 'as many per second as in the same hour of the week before',
  hour_before: 'as many per second as in the hour before',
} as const

function gapsInWords({ gaps, kind }: Omit<SloStatus, 'explanation'>): string {
  const lost = `For ${duration(gaps.seconds)} the platform was down or could not record`
  if (kind === 'latency') return `${lost}; the latency of that time is unknown.`
  const methods = new Set(gaps.intervals.map(({ method }) => method))
  if (kind === 'time_slices')
    return methods.has('every_minute')
      ? `${lost}; each minute of it counts as bad, ${count(gaps.assumed_bad)} more than were recorded.`
      : `${lost}; nothing was counted before, so nothing is assumed.`
  if (gaps.high === 0) return `${lost}; no requests are known from the time before, so none are assumed.`
  const known = [...methods].flatMap((method) =>
    method in METHODS ? [METHODS[method as keyof typeof METHODS]] : [],
  )
  return `${lost}; that counts as ${count(gaps.assumed_bad)} failed requests, an estimate between ${count(gaps.low)} and ${count(gaps.high)}: ${known.join(', or ')}.`
}

/** `136` -> `2 min 16 s`. */
function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  const parts = [
    [hours, 'h'],
    [minutes, 'min'],
    [Math.round(seconds % 60), 's'],
  ] as const
  return parts.flatMap(([value, unit]) => (value > 0 ? [`${value} ${unit}`] : [])).join(' ')
}

/** A share in a table, to two decimals; `-` where there is none. */
export function percent(share: number | null): string {
  return share === null ? '-' : `${Number((share * 100).toFixed(2))} %`
}

/** Rounding of 1 - target must not take one away: 29 % of 100 is 29. */
function allowedOf({ judged, budget }: Omit<SloStatus, 'explanation'>): number {
  return Math.floor(judged.total * budget.allowed * (1 + 1e-9) + 1e-9)
}

const MOST_DIGITS = 8

/** @param limit that the ratio is compared with: where they differ, as many digits are shown as it takes to see on which side it is. */
function share(ratio: number, limit = ratio): string {
  const sideOf = (value: number) => Math.sign(Math.round((value - limit) * 1e9))
  let digits = ratio > 0.9 && ratio < 1 ? 2 : 1
  while (digits < MOST_DIGITS && sideOf(Number((ratio * 100).toFixed(digits)) / 100) !== sideOf(ratio))
    digits += 1
  return `${(ratio * 100).toFixed(digits).replace(/\.0$/, '')} %`
}

function count(value: number): string {
  return value.toLocaleString('en')
}

function milliseconds(value: number): string {
  return value >= 1000 ? `${Number((value / 1000).toFixed(2))} s` : `${Number(value.toFixed(1))} ms`
}

function rate(value: number | null): string {
  return value === null ? 'no events' : value.toFixed(1)
}

function ordinal(quantile: number): string {
  return `${Number((quantile * 100).toFixed(1))}th`
}

/** `2026-03-22T14:20:00.000000Z` -> `2026-03-22 14:20 UTC`. */
function clock(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)} UTC`
}
