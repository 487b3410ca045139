import type { SloStatus } from '@eviltwin/contract'

/**
 * What the numbers of a status mean, in sentences; the most urgent first. Answers what users of other SLO tools ask: over
 * which window, how much time is left, and is "no data" good news.
 * @param pace burn rate of the last hour.
 */
export function explain(status: Omit<SloStatus, 'explanation'>, pace: number): string[] {
  const { budget, compliance, measured, window, gaps, percentile, kind, target } = status
  const what = kind === 'time_slices' ? 'minutes' : 'events'
  const sentences: string[] = []
  if (budget.consumed === null || compliance === null) {
    sentences.push(`Nothing to judge: no ${what} in the last ${window}. That is neither good nor bad.`)
  } else {
    sentences.push(forecast(status, pace))
    sentences.push(
      `${share(compliance)} of ${count(measured.total + gaps.assumed_bad)} ${what} in the last ${window} were good; the objective is ${share(target)}.`,
      `${share(budget.consumed)} of the error budget is used: ${count(measured.total + gaps.assumed_bad - measured.good)} were bad, and ${count(Math.floor((measured.total + gaps.assumed_bad) * budget.allowed))} may be.`,
    )
  }
  if (percentile) {
    sentences.push(
      `The ${ordinal(percentile.quantile)} percentile is ${milliseconds(percentile.value_ms)} (within 1 %); the objective is below ${milliseconds(percentile.objective_ms)}.`,
    )
  }
  if (gaps.minutes > 0) sentences.push(gapsInWords(status))
  if (status.population.since !== null && status.population.since > status.from) {
    sentences.push(
      `Whose events count changed at ${clock(status.population.since)}; nothing is stated about the time before.`,
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

function forecast({ budget, exhausted_at, window }: Omit<SloStatus, 'explanation'>, pace: number): string {
  if ((budget.consumed ?? 0) >= 1) return `The budget of the last ${window} is used up.`
  if (exhausted_at === null) {
    return pace > 0
      ? `At the pace of the last hour (burn rate ${pace.toFixed(1)}) the budget lasts the whole ${window}.`
      : 'Nothing was bad in the last hour: the budget is not being used.'
  }
  return `At the pace of the last hour (burn rate ${pace.toFixed(1)}) the budget of ${window} is gone at ${clock(exhausted_at)}.`
}

function gapsInWords({ gaps, kind }: Omit<SloStatus, 'explanation'>): string {
  const lost = `For ${count(gaps.minutes)} minutes the platform was down or could not record`
  if (kind === 'latency') return `${lost}; nothing is said about the latency of that time.`
  return kind === 'time_slices'
    ? `${lost}; each of them counts as bad.`
    : `${lost}; they count as ${count(gaps.assumed_bad)} failed requests, the average of the same time.`
}

/** A share in a table, to two decimals; `-` where there is none. */
export function percent(share: number | null): string {
  return share === null ? '-' : `${Number((share * 100).toFixed(2))} %`
}

function share(ratio: number): string {
  return `${(ratio * 100).toFixed(ratio > 0.9 && ratio < 1 ? 2 : 1).replace(/\.0$/, '')} %`
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
