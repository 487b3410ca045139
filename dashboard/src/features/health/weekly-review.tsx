import type { HealthReview, Trend } from '@eviltwin/contract'
import { DataTable } from '../../components/data-table'
import { Empty } from '../../components/states'
import { percent } from '../slos/slo-words'

/** The findings of the weekly review that require action, in words. */
export function Findings({ findings }: { findings: readonly string[] }) {
  if (findings.length === 0) return <Empty title="No action required" />
  return (
    <ul className="ml-4 list-disc text-sm">
      {findings.map((finding) => (
        <li key={finding}>{finding}</li>
      ))}
    </ul>
  )
}

/** The numbers of this week and of the week before, and how each changed. */
export function WeekTrends({ week }: { week: HealthReview }) {
  return (
    <DataTable
      rows={trendsOf(week)}
      keyOf={({ name }) => name}
      columns={[
        { name: 'Measure', cell: ({ name }) => name },
        { name: 'This week', numeric: true, cell: ({ trend, shown }) => shown(trend.this_week) },
        { name: 'Last week', numeric: true, cell: ({ trend, shown }) => shown(trend.last_week) },
        { name: 'Change', numeric: true, cell: ({ trend }) => percent(trend.change) },
      ]}
    />
  )
}

interface NamedTrend {
  name: string
  trend: Trend
  shown: (value: number | null) => string
}

function trendsOf(week: HealthReview): NamedTrend[] {
  return [
    { name: 'Ingest requests', trend: week.ingest_latency.requests, shown: plain },
    { name: 'Ingest p95, ms', trend: week.ingest_latency.p95_ms, shown: plain },
    { name: 'Server error rate', trend: week.errors.server_error_rate, shown: percent },
    { name: 'Unanswered requests', trend: week.errors.unanswered_rate, shown: percent },
    { name: 'Failed logins', trend: week.auth.failures, shown: plain },
    { name: 'LLM availability', trend: week.llm.availability, shown: percent },
    { name: 'Database pool exhausted', trend: week.database_pool.exhausted, shown: plain },
  ]
}

function plain(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: 1 })
}
