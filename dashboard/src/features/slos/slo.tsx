import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { PageHead, Panel } from '../../components/panel'
import { Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { BurnAlertTable } from './burn-alert-table'
import { SloGaps } from './slo-gaps'
import { SloHistory } from './slo-history'
import { SloPopulation } from './slo-population'
import { SloStateMark } from './slo-words'

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
            <SloHistory history={detail.history} changedAt={detail.population.since} />
            <SloPopulation slo={detail} />
            <Panel title="Summary">
              <ul className="ml-4 list-disc text-sm">
                {detail.explanation.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </Panel>
            <Panel title="Burn rate">
              <BurnAlertTable alerts={detail.burn_alerts} />
            </Panel>
            <SloGaps gaps={detail.gaps} kind={detail.kind} />
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
