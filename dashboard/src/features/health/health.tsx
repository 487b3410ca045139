import type { HealthReview, Trend } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { answerOf, api, download } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { mebibytes } from '../../components/bytes'
import { DataTable } from '../../components/data-table'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { percent } from '../slos/slo-words'

/** How the platform is: its golden signals, what scores, and the weekly review. */
export function Health() {
  useTitle('Health and review')
  const { refetchInterval } = useTimeRange()
  const signals = useQuery({
    queryKey: ['signals'],
    queryFn: () => answerOf(api.GET('/ops/signals')),
    refetchInterval,
  })
  const scoring = useQuery({
    queryKey: ['scoring'],
    queryFn: () => answerOf(api.GET('/scoring')),
    refetchInterval,
  })
  const review = useQuery({
    queryKey: ['review'],
    queryFn: () => answerOf(api.GET('/ops/review')),
    staleTime: 300_000,
  })
  return (
    <>
      <PageHead title="Health and weekly review">
        <button
          type="button"
          className="button"
          onClick={() => void download('/ops/review?format=markdown', 'review.md')}
        >
          Review as Markdown
        </button>
      </PageHead>
      <div className="grid gap-4 xl:grid-cols-2">
        <Panel title="Weekly review: what needs a person">
          <Loaded of={review}>
            {({ findings }) =>
              findings.length === 0 ? (
                <Empty title="Nothing" />
              ) : (
                <ul className="ml-4 list-disc text-sm">
                  {findings.map((finding) => (
                    <li key={finding}>{finding}</li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Panel>
        <Panel title="This week beside the last">
          <Loaded of={review}>
            {(week) => (
              <DataTable
                rows={trendsOf(week)}
                keyOf={({ name }) => name}
                columns={[
                  { name: 'What', cell: ({ name }) => name },
                  { name: 'This week', numeric: true, cell: ({ trend, shown }) => shown(trend.this_week) },
                  { name: 'Last week', numeric: true, cell: ({ trend, shown }) => shown(trend.last_week) },
                  { name: 'Change', numeric: true, cell: ({ trend }) => percent(trend.change) },
                ]}
              />
            )}
          </Loaded>
        </Panel>
        <Panel title="Scoring">
          <Loaded of={scoring}>
            {({ scorer, model_loaded, trained_on, drift }) => (
              <div className="grid gap-2 text-sm">
                <p>
                  <span className="font-mono">{scorer}</span>{' '}
                  {model_loaded ? (
                    <span className="text-good">✓ model loaded</span>
                  ) : (
                    <span className="text-warn">⚠ rules score: the model cannot be used</span>
                  )}
                  {trained_on &&
                    `, trained on ${trained_on.sessions.toLocaleString('en')} sessions and ${trained_on.labelled} labelled`}
                </p>
                {drift ? (
                  <>
                    <p>
                      {drift.verdict === 'stable' ? '✓' : '⚠'} {drift.verdict}: recent sessions beside those
                      of training, levels {drift.level_psi.toFixed(3)}
                    </p>
                    <ul className="grid gap-x-4 sm:grid-cols-2">
                      {drift.features.slice(0, 8).map(({ name, description, psi }) => (
                        <li key={name} className="flex justify-between gap-2">
                          <span className="truncate">{description}</span>
                          <span className="tabular-nums">{psi.toFixed(3)}</span>
                        </li>
                      ))}
                    </ul>
                  </>
                ) : (
                  <p className="text-muted">Drift is measured from 100 sessions a day on.</p>
                )}
              </div>
            )}
          </Loaded>
        </Panel>
        <Panel title="Replicas">
          <Loaded of={signals}>
            {({ replicas, alert_queue_depth }) => (
              <>
                <DataTable
                  rows={replicas}
                  keyOf={(replica) => replica.id}
                  columns={[
                    {
                      name: 'Host',
                      cell: (replica) => (
                        <>
                          {replica.host}
                          {replica.leader && <span className="text-muted"> leads</span>}
                        </>
                      ),
                    },
                    {
                      name: 'Memory',
                      className: ' tabular-nums',
                      cell: (replica) => (
                        <>
                          {mebibytes(replica.memory_bytes)} of {mebibytes(replica.memory_limit_bytes)}
                        </>
                      ),
                    },
                    {
                      name: 'Event loop p99',
                      className: ' tabular-nums',
                      cell: (replica) => <>{replica.event_loop_delay_p99_ms.toFixed(1)} ms</>,
                    },
                    { name: 'Queue', className: ' tabular-nums', cell: (replica) => replica.ingest_queue },
                    {
                      name: 'Disk free',
                      className: ' tabular-nums',
                      cell: (replica) =>
                        replica.disk_free_bytes === null ? 'elsewhere' : mebibytes(replica.disk_free_bytes),
                    },
                    { name: 'Since', cell: (replica) => <When at={replica.started_at} /> },
                  ]}
                />
                <p className="mt-1 text-sm text-muted">{alert_queue_depth} escalations wait.</p>
              </>
            )}
          </Loaded>
        </Panel>
        <Panel title="Golden signals, last hour" className="xl:col-span-2">
          <Loaded of={signals}>
            {({ routes }) => (
              <div className="overflow-x-auto">
                <DataTable
                  rows={routes}
                  keyOf={({ route }) => route}
                  columns={[
                    { name: 'Route', className: 'font-mono text-xs', cell: ({ route }) => route },
                    {
                      name: 'Requests',
                      numeric: true,
                      cell: ({ requests }) => requests.toLocaleString('en'),
                    },
                    {
                      name: 'per s',
                      numeric: true,
                      cell: ({ requests_per_second }) => requests_per_second.toFixed(2),
                    },
                    {
                      name: 'Errors',
                      numeric: true,
                      cell: ({ server_error_rate }) => percent(server_error_rate),
                    },
                    {
                      name: 'Refused',
                      numeric: true,
                      cell: ({ client_error_rate }) => percent(client_error_rate),
                    },
                    { name: 'p50', numeric: true, cell: ({ p50_ms }) => milliseconds(p50_ms) },
                    { name: 'p95', numeric: true, cell: ({ p95_ms }) => milliseconds(p95_ms) },
                    { name: 'p99', numeric: true, cell: ({ p99_ms }) => milliseconds(p99_ms) },
                  ]}
                />
              </div>
            )}
          </Loaded>
        </Panel>
      </div>
    </>
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
    { name: 'Failed logins', trend: week.auth.failures, shown: plain },
    { name: 'LLM availability', trend: week.llm.availability, shown: percent },
    { name: 'Database pool exhausted', trend: week.database_pool.exhausted, shown: plain },
  ]
}

function plain(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: 1 })
}

function milliseconds(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} ms`
}
