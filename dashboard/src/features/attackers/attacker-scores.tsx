import type { AttackerDetail } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { LazyTimeSeries } from '../../charts/lazy-time-series'
import type { Series } from '../../charts/series'
import { Level } from '../../components/level'
import { Panel } from '../../components/panel'
import { When } from '../../components/when'

type ScoreHistory = AttackerDetail['score_history']

const SCORES = [0, 1] as const
const SESSIONS_LISTED = 30

/** The score of each session of one attacker over time, and links to the newest of them. @param history oldest first. */
export function AttackerScores({ history }: { history: ScoreHistory }) {
  const times = useMemo(() => history.map(({ at }) => Date.parse(at) / 1000), [history])
  const series = useMemo<Series[]>(
    () => [
      {
        name: 'score',
        colour: '--color-accent',
        values: history.map(({ threat_score }) => threat_score),
      },
    ],
    [history],
  )
  return (
    <Panel title="Session scores" className="xl:col-span-2">
      <LazyTimeSeries
        label="Session scores over time"
        times={times}
        series={series}
        format={twoDecimals}
        bounds={SCORES}
      />
      <NewestSessions history={history} />
    </Panel>
  )
}

function NewestSessions({ history }: { history: ScoreHistory }) {
  return (
    <ul className="mt-2 grid gap-x-4 text-sm sm:grid-cols-2 xl:grid-cols-3">
      {[...history]
        .reverse()
        .slice(0, SESSIONS_LISTED)
        .map(({ session_id, at, threat_level }) => (
          <li key={session_id} className="flex gap-2">
            <Link to="/dashboard/sessions/$id" params={{ id: session_id }} className="link" data-row>
              <When at={at} absolute />
            </Link>
            <Level level={threat_level} />
          </li>
        ))}
    </ul>
  )
}

function twoDecimals(value: number): string {
  return value.toFixed(2)
}
