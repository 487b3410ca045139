import type { HealthReview, Trend } from '@eviltwin/contract'
import { percent } from '../slo/index.js'

/** A review as Markdown, for a terminal, a chat or a ticket. */
export function reviewMarkdown(review: HealthReview): string {
  const { ingest_latency, errors, auth, llm, database_pool, slos, operational_alerts, findings } = review
  const day = (timestamp: string) => timestamp.slice(0, 10)
  return [
    `# Health review, ${day(review.from)} to ${day(review.to)}`,
    '',
    ...(findings.length === 0
      ? ['Nothing needs attention.']
      : ['Needs attention:', '', ...findings.map((text) => `- ${text}`)]),
    '',
    '## Objectives',
    '',
    ...table(
      ['objective', 'state', 'good', 'budget left'],
      slos.map(({ name, state, compliance, budget_remaining }) => [
        name,
        state.replace('_', ' '),
        percent(compliance),
        percent(budget_remaining),
      ]),
    ),
    '',
    '## Has ingest latency trended upward?',
    '',
    ...table(
      ['', 'this week', 'week before', 'change'],
      [
        trendRow('average', ingest_latency.average_ms, 'ms'),
        trendRow('p95', ingest_latency.p95_ms, 'ms'),
        trendRow('requests', ingest_latency.requests, ''),
      ],
    ),
    '',
    answer(ingest_latency.trending_up),
    '',
    '## Are there new error types?',
    '',
    `Share of requests that failed: ${percent(errors.server_error_rate.this_week)}, the week before ${percent(errors.server_error_rate.last_week)}.`,
    '',
    ...(errors.kinds.length === 0
      ? ['No error was logged.']
      : table(
          ['level', 'logger', 'message', 'this week', 'week before', ''],
          errors.kinds.map((kind) => [
            kind.level,
            kind.logger,
            kind.message,
            String(kind.this_week),
            String(kind.last_week),
            kind.new ? '**new**' : '',
          ]),
        )),
    '',
    '## Are there spikes of failed logins?',
    '',
    `${count(auth.failures.this_week)} failed (${percent(auth.failure_rate.this_week)} of all), the week before ${count(auth.failures.last_week)}.`,
    ...auth.spikes.map(
      ({ at, failures }) => `- ${at.slice(0, 16).replace('T', ' ')} UTC: ${failures} within the hour`,
    ),
    '',
    '## Was the LLM available?',
    '',
    `Available ${percent(llm.availability.this_week)} of the time (week before ${percent(llm.availability.last_week)}); ${percent(llm.success_fraction.this_week)} of ${count(llm.analyses.this_week)} triage requests succeeded.`,
    '',
    '## Is the database pool sized appropriately?',
    '',
    database_pool.verdict,
    ...Object.entries(database_pool.peak_use).map(
      ([name, { peak, max }]) => `- ${name}: at most ${peak} of ${max} used`,
    ),
    '',
    '## Operational alerts',
    '',
    ...(operational_alerts.length === 0
      ? ['None fired.']
      : operational_alerts.map(({ name, fired }) => `- ${name}: ${fired}`)),
    '',
  ].join('\n')
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
  if (rising === null) return 'There are too few days with traffic to tell a trend.'
  return rising ? 'Yes: the daily p95 rises.' : 'No.'
}

function count(value: number | null): string {
  return value === null ? '0' : String(value)
}
