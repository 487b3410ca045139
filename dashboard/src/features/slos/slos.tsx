import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { DataTable } from '../../components/data-table'
import { PageHead } from '../../components/panel'
import { Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { durationText, percent, SloStateMark } from './slo-words'

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
            <DataTable
              rows={items}
              keyOf={(slo) => slo.id}
              columns={[
                {
                  name: 'Objective',
                  cell: (slo) => (
                    <Link to="/dashboard/slos/$id" params={{ id: slo.id }} className="link" data-row>
                      {slo.name}
                    </Link>
                  ),
                },
                { name: 'State', cell: (slo) => <SloStateMark state={slo.state} /> },
                {
                  name: 'Target',
                  className: ' tabular-nums',
                  cell: (slo) => (
                    <>
                      {percent(slo.target)} <span className="text-muted">in {slo.window}</span>
                    </>
                  ),
                },
                { name: 'Compliance', className: ' tabular-nums', cell: (slo) => percent(slo.compliance) },
                {
                  name: 'Error budget remaining',
                  cell: (slo) => <Budget remaining={slo.budget.remaining} />,
                },
                {
                  name: 'Burn rate, 1 h',
                  className: ' tabular-nums',
                  cell: (slo) =>
                    slo.burn_rates.find(({ window }) => window === '1h')?.rate?.toFixed(2) ?? '–',
                },
                { name: 'Gaps', className: ' tabular-nums', cell: (slo) => durationText(slo.gaps.seconds) },
                {
                  name: 'Budget exhaustion',
                  cell: (slo) =>
                    slo.exhausted_at ? <When at={slo.exhausted_at} absolute /> : 'none forecast',
                },
              ]}
            />
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
        aria-label="Error budget remaining"
      />
      <span className="tabular-nums">{percent(remaining)}</span>
    </span>
  )
}
