import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { LazyTimeSeries } from '../../charts/lazy-time-series'
import type { Series } from '../../charts/time-series'
import { DataTable } from '../../components/data-table'
import { PageHead, Panel } from '../../components/panel'
import { Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { percent, SloStateMark } from './slo-words'

/** A budget, from nothing to all of it. */
const WHOLE = [0, 1] as const

/** One objective: how its budget was used, how fast it burns, and what every number means. */
export function SloPage() {
  const { id } = useParams({ from: '/dashboard/slos/$id' })
  useTitle(id)
  const { refetchInterval } = useTimeRange()
  const slo = useQuery({
    queryKey: ['slo', id],
    queryFn: () => answerOf(api.GET('/slos/{id}', { params: { path: { id } } })),
    refetchInterval,
  })
  const history = slo.data?.history
  const times = useMemo(() => (history ?? []).map(({ at }) => Date.parse(at) / 1000), [history])
  const budget = useMemo<Series[]>(
    () => [
      {
        name: 'budget left',
        colour: '--color-accent',
        values: (history ?? []).map(({ budget_remaining }) => budget_remaining),
      },
    ],
    [history],
  )
  const traffic = useMemo<Series[]>(
    () => [
      {
        name: 'all',
        colour: '--color-medium',
        values: (history ?? []).map(({ total }) => total),
        bars: true,
      },
      {
        name: 'bad',
        colour: '--color-critical',
        values: (history ?? []).map(({ good, total }) => total - good),
        bars: true,
      },
    ],
    [history],
  )
  return (
    <Loaded of={slo} lines={10}>
      {(detail) => (
        <>
          <PageHead
            title={
              <>
                {detail.name} <SloStateMark state={detail.state} />
              </>
            }
          >
            <Link to="/dashboard/slos" className="button">
              All objectives
            </Link>
          </PageHead>
          <p className="mb-4 max-w-prose text-sm text-muted">{detail.description}</p>
          <div className="grid gap-4 xl:grid-cols-2">
            <Panel title="Budget left" className="xl:col-span-2">
              <LazyTimeSeries
                label="Budget left, by the hour"
                times={times}
                series={budget}
                format={percent}
                bounds={WHOLE}
              />
            </Panel>
            <Panel title="Events by the hour" className="xl:col-span-2">
              <LazyTimeSeries
                label="Good and bad events by the hour"
                times={times}
                series={traffic}
                height={120}
              />
            </Panel>
            <Panel title="What the numbers say">
              <ul className="ml-4 list-disc text-sm">
                {detail.explanation.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </Panel>
            <Panel title="Burn">
              <DataTable
                rows={detail.burn_alerts}
                keyOf={(alert) => `${alert.long_window} ${alert.short_window}`}
                columns={[
                  {
                    name: 'Windows',
                    cell: (alert) => (
                      <>
                        {alert.long_window} / {alert.short_window}
                      </>
                    ),
                  },
                  {
                    name: 'Alerts above',
                    className: ' tabular-nums',
                    cell: (alert) => (
                      <>
                        {alert.factor}× ({alert.severity})
                      </>
                    ),
                  },
                  {
                    name: 'Long',
                    className: ' tabular-nums',
                    cell: (alert) => alert.long_rate?.toFixed(2) ?? '–',
                  },
                  {
                    name: 'Short',
                    className: ' tabular-nums',
                    cell: (alert) => alert.short_rate?.toFixed(2) ?? '–',
                  },
                  {
                    name: 'State',
                    cell: (alert) => (alert.firing ? <span className="text-bad">firing</span> : 'quiet'),
                  },
                ]}
              />
            </Panel>
            <Panel title={`Gaps (${detail.gaps.minutes} minutes)`}>
              {detail.gaps.intervals.length === 0 ? (
                <p className="text-sm text-muted">Every minute of the window was recorded.</p>
              ) : (
                <ul className="max-h-48 overflow-auto text-sm">
                  {detail.gaps.intervals.map(({ from, to }) => (
                    <li key={from}>
                      <When at={from} absolute /> to <When at={to} absolute />
                    </li>
                  ))}
                </ul>
              )}
            </Panel>
            <Panel title="OpenSLO">
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
              <pre className="code max-h-48 overflow-auto" tabIndex={0}>
                {detail.openslo}
              </pre>
            </Panel>
          </div>
        </>
      )}
    </Loaded>
  )
}
