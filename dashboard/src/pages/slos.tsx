import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answerOf, api } from '../api/client'
import { PageHead } from '../parts/panel'
import { Loaded } from '../parts/states'
import { useTitle } from '../parts/title'
import { When } from '../parts/when'
import { useTimeRange } from '../shell/time'
import { percent, SloStateMark } from './slo-words'

/** Every objective at one look: whether it holds, and how much of its budget is left. */
export function Slos() {
  useTitle('SLOs')
  const { refetchInterval } = useTimeRange()
  const slos = useQuery({ queryKey: ['slos'], queryFn: () => answerOf(api.GET('/slos')), refetchInterval })
  return (
    <>
      <PageHead title="Service level objectives" />
      <Loaded of={slos} lines={8}>
        {({ items }) => (
          <div className="panel overflow-x-auto">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Objective</th>
                  <th scope="col">State</th>
                  <th scope="col">Target</th>
                  <th scope="col">Compliance</th>
                  <th scope="col">Budget left</th>
                  <th scope="col">Burn, 1 h</th>
                  <th scope="col">Gaps</th>
                  <th scope="col">Exhausted</th>
                </tr>
              </thead>
              <tbody>
                {items.map((slo) => (
                  <tr key={slo.id}>
                    <td>
                      <Link to="/dashboard/slos/$id" params={{ id: slo.id }} className="link" data-row>
                        {slo.name}
                      </Link>
                    </td>
                    <td>
                      <SloStateMark state={slo.state} />
                    </td>
                    <td className="tabular-nums">
                      {percent(slo.target)} <span className="text-muted">in {slo.window}</span>
                    </td>
                    <td className="tabular-nums">{percent(slo.compliance)}</td>
                    <td>
                      <Budget remaining={slo.budget.remaining} />
                    </td>
                    <td className="tabular-nums">
                      {slo.burn_rates.find(({ window }) => window === '1h')?.rate?.toFixed(2) ?? '–'}
                    </td>
                    <td className="tabular-nums">{slo.gaps.minutes} min</td>
                    <td>{slo.exhausted_at ? <When at={slo.exhausted_at} absolute /> : 'not in sight'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </>
  )
}

function Budget({ remaining }: { remaining: number | null }) {
  if (remaining === null) return <>–</>
  return (
    <span className="inline-flex items-center gap-2">
      <meter
        min={0}
        max={1}
        low={0.1}
        high={0.5}
        optimum={1}
        value={Math.max(0, remaining)}
        aria-label="Budget left"
      />
      <span className="tabular-nums">{percent(remaining)}</span>
    </span>
  )
}
