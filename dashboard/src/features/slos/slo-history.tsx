import type { SloDetail } from '@eviltwin/contract'
import { useMemo } from 'react'
import { LazyTimeSeries } from '../../charts/lazy-time-series'
import type { Series } from '../../charts/series'
import { Panel } from '../../components/panel'
import { percent } from './slo-words'

type History = SloDetail['history']

/** A budget, from nothing to all of it. */
const WHOLE = [0, 1] as const

/** How the error budget of an objective was used, and by which events, step by step. @param changedAt when the population changed. */
export function SloHistory({ history, changedAt }: { history: History; changedAt: string | null }) {
  const times = useMemo(() => history.map(({ at }) => Date.parse(at) / 1000), [history])
  const budget = useMemo(() => budgetSeries(history), [history])
  const mark = changedAt === null ? undefined : Date.parse(changedAt) / 1000
  const traffic = useMemo(() => trafficSeries(history), [history])
  return (
    <>
      <Panel title="Error budget remaining" className="xl:col-span-2">
        <LazyTimeSeries
          label="Error budget remaining over time"
          times={times}
          series={budget}
          format={percent}
          bounds={WHOLE}
          mark={mark}
        />
      </Panel>
      <Panel title="Events over time" className="xl:col-span-2">
        <LazyTimeSeries
          label="Good and bad events over time"
          times={times}
          series={traffic}
          height={120}
          mark={mark}
        />
      </Panel>
    </>
  )
}

function budgetSeries(history: History): Series[] {
  return [
    {
      name: 'error budget remaining',
      colour: '--color-accent',
      values: history.map(({ budget_remaining }) => budget_remaining),
    },
  ]
}

/** Bad events are drawn on top of all events, and those that are estimated for gaps on top of them. */
function trafficSeries(history: History): Series[] {
  return [
    { name: 'all', colour: '--color-medium', values: history.map(({ total }) => total), bars: true },
    {
      name: 'bad',
      colour: '--color-critical',
      values: history.map(({ good, total }) => total - good),
      bars: true,
    },
    {
      name: 'estimated for gaps',
      colour: '--color-muted',
      values: history.map(({ assumed_bad }) => assumed_bad),
      bars: true,
    },
  ]
}
