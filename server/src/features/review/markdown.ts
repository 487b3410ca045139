import type { HealthReview, Trend } from '@eviltwin/contract'
import { percent } from '../slo/index.js'

/** A review as Markdown, for a terminal, a chat or a ticket. */
export function reviewMarkdown(review: HealthReview): string {
  return [
    `# Health review, ${review.from.slice(0, 10)} to ${review.to.slice(0, 10)}`,
    ...findingsText(review),
    ...section('Objectives', objectivesText(review)),
    ...section('Has ingest latency trended upward?', ingestLatencyText(review)),
    ...section('Are there new error types?', errorsText(review)),
    ...section('Are there spikes of failed logins?', loginFailuresText(review)),
    ...section('Was the LLM available?', llmText(review)),
    ...section('Is the database pool sized appropriately?', databasePoolText(review)),
    ...section('Operational alerts', operationalAlertsText(review)),
    ...section('Do the channels deliver?', channelsText(review)),
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', `## ${title}`, '', ...lines]
}

function findingsText({ findings }: HealthReview): string[] {
  if (findings.length === 0) return ['', 'Nothing needs attention.']
  return ['', 'Needs attention:', '', ...findings.map((text) => `- ${text}`)]
}

function objectivesText({ slos }: HealthReview): string[] {
  return table(
    ['objective', 'state', 'good', 'budget left'],
    slos.map(({ name, state, compliance, budget_remaining }) => [
      name,
      state.replace('_', ' '),
      percent(compliance),
      percent(budget_remaining),
    ]),
  )
}

function ingestLatencyText({ ingest_latency }: HealthReview): string[] {
  const { average_ms, p95_ms, requests, trending_up } = ingest_latency
  return [
    ...table(
      ['', 'this week', 'week before', 'change'],
      [
        trendRow('average', average_ms, 'ms'),
        trendRow('p95', p95_ms, 'ms'),
        trendRow('requests', requests, ''),
      ],
    ),
    '',
    answer(trending_up),
  ]
}

function errorsText({ errors: { server_error_rate, unanswered_rate, kinds } }: HealthReview): string[] {
  const rows = kinds.map((kind) => [
    kind.level,
    kind.logger,
    kind.message,
    String(kind.this_week),
    String(kind.last_week),
    kind.new ? '**new**' : '',
  ])
  return [
    `Share of requests that were answered 5xx: ${percent(server_error_rate.this_week)}, the week before ${percent(server_error_rate.last_week)}.`,
    `Share of requests that were not answered: ${percent(unanswered_rate.this_week)}, the week before ${percent(unanswered_rate.last_week)}.`,
    '',
    ...(rows.length === 0
      ? ['No error was logged.']
      : table(['level', 'logger', 'message', 'this week', 'week before', ''], rows)),
  ]
}

function loginFailuresText({ auth: { failures, failure_rate, spikes } }: HealthReview): string[] {
  return [
    `${count(failures.this_week)} failed (${percent(failure_rate.this_week)} of all), the week before ${count(failures.last_week)}.`,
    ...spikes.map(
      (spike) => `- ${spike.at.slice(0, 16).replace('T', ' ')} UTC: ${spike.failures} within the hour`,
    ),
  ]
}

function llmText({ llm: { availability, analyses, success_fraction } }: HealthReview): string[] {
  return [
    `Available ${percent(availability.this_week)} of the time (week before ${percent(availability.last_week)}); ${percent(success_fraction.this_week)} of ${count(analyses.this_week)} triage requests succeeded.`,
  ]
}

function databasePoolText({ database_pool: { verdict, peak_use } }: HealthReview): string[] {
  return [
    verdict,
    ...Object.entries(peak_use).map(
      ([name, { peak, max }]) => `- ${name}: at most ${peak} of ${max} used since the start`,
    ),
  ]
}

function operationalAlertsText({ operational_alerts }: HealthReview): string[] {
  if (operational_alerts.length === 0) return ['None fired.']
  return operational_alerts.map(({ name, fired }) => `- ${name}: ${fired}`)
}

function channelsText({ channels: { failed, failing } }: HealthReview): string[] {
  return [
    `${count(failed.this_week)} messages failed permanently, the week before ${count(failed.last_week)}.`,
    ...failing.map(({ name, type, error }) => `- ${name} (${type}) does not deliver: ${error}`),
  ]
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

function trendRow(name: string, { this_week, last_week, change }: Trend, unit: string): string[] {
  const value = (number: number | null) =>
    number === null ? '-' : `${Number(number.toFixed(1))} ${unit}`.trim()
  return [
    name,
    value(this_week),
    value(last_week),
    change === null ? '-' : `${change >= 0 ? '+' : ''}${percent(change)}`,
  ]
}

function answer(rising: boolean | null): string {
  if (rising === null) return 'There are too few days with traffic to show a trend.'
  return rising ? 'Yes: the daily p95 rises.' : 'No.'
}

function count(value: number | null): string {
  return value === null ? '0' : String(value)
}
