import type { Trend } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { answerOf, api, download } from '../api/client'
import { mebibytes } from '../parts/bytes'
import { PageHead, Panel } from '../parts/panel'
import { Empty, Loaded } from '../parts/states'
import { useTitle } from '../parts/title'
import { When } from '../parts/when'
import { useTimeRange } from '../shell/time'
import { percent } from './slo-words'

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
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">What</th>
                    <th scope="col" className="text-right">
                      This week
                    </th>
                    <th scope="col" className="text-right">
                      Last week
                    </th>
                    <th scope="col" className="text-right">
                      Change
                    </th>
                  </tr>
                </thead>
                <tbody>
                  <TrendRow name="Ingest requests" trend={week.ingest_latency.requests} />
                  <TrendRow name="Ingest p95, ms" trend={week.ingest_latency.p95_ms} />
                  <TrendRow name="Server error rate" trend={week.errors.server_error_rate} share />
                  <TrendRow name="Failed logins" trend={week.auth.failures} />
                  <TrendRow name="LLM availability" trend={week.llm.availability} share />
                  <TrendRow name="Database pool exhausted" trend={week.database_pool.exhausted} />
                </tbody>
              </table>
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
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">Host</th>
                      <th scope="col">Memory</th>
                      <th scope="col">Event loop p99</th>
                      <th scope="col">Queue</th>
                      <th scope="col">Disk free</th>
                      <th scope="col">Since</th>
                    </tr>
                  </thead>
                  <tbody>
                    {replicas.map((replica) => (
                      <tr key={replica.id}>
                        <td>
                          {replica.host}
                          {replica.leader && <span className="text-muted"> leads</span>}
                        </td>
                        <td className="tabular-nums">
                          {mebibytes(replica.memory_bytes)} of {mebibytes(replica.memory_limit_bytes)}
                        </td>
                        <td className="tabular-nums">{replica.event_loop_delay_p99_ms.toFixed(1)} ms</td>
                        <td className="tabular-nums">{replica.ingest_queue}</td>
                        <td className="tabular-nums">
                          {replica.disk_free_bytes === null
                            ? 'elsewhere'
                            : mebibytes(replica.disk_free_bytes)}
                        </td>
                        <td>
                          <When at={replica.started_at} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
                <p className="mt-1 text-sm text-muted">{alert_queue_depth} escalations wait.</p>
              </>
            )}
          </Loaded>
        </Panel>
        <Panel title="Golden signals, last hour" className="xl:col-span-2">
          <Loaded of={signals}>
            {({ routes }) => (
              <div className="overflow-x-auto">
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">Route</th>
                      {['Requests', 'per s', 'Errors', 'Refused', 'p50', 'p95', 'p99'].map((name) => (
                        <th scope="col" key={name} className="text-right">
                          {name}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {routes.map((route) => (
                      <tr key={route.route} className="tabular-nums">
                        <td className="font-mono text-xs">{route.route}</td>
                        <td className="text-right">{route.requests.toLocaleString('en')}</td>
                        <td className="text-right">{route.requests_per_second.toFixed(2)}</td>
                        <td className="text-right">{percent(route.server_error_rate)}</td>
                        <td className="text-right">{percent(route.client_error_rate)}</td>
                        {[route.p50_ms, route.p95_ms, route.p99_ms].map((value, n) => (
                          // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                          <td key={n} className="text-right">
                            {value === null ? '–' : `${value.toFixed(1)} ms`}
                          </td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </Loaded>
        </Panel>
      </div>
    </>
  )
}

function TrendRow({ name, trend, share = false }: { name: string; trend: Trend; share?: boolean }) {
  const shown = (value: number | null) => {
    if (value === null) return '–'
    return share ? percent(value) : value.toLocaleString('en', { maximumFractionDigits: 1 })
  }
  return (
    <tr className="tabular-nums">
      <td>{name}</td>
      <td className="text-right">{shown(trend.this_week)}</td>
      <td className="text-right">{shown(trend.last_week)}</td>
      <td className="text-right">{trend.change === null ? '–' : percent(trend.change)}</td>
    </tr>
  )
}
