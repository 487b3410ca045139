import { useQuery } from '@tanstack/react-query'
import { answerOf, api, download } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { PageHead, Panel } from '../../components/panel'
import { Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { ReplicaTable } from './replica-table'
import { RouteTable } from './route-table'
import { ScoringSummary } from './scoring-summary'
import { Findings, WeekTrends } from './weekly-review'

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
        <Panel title="Weekly review: action required">
          <Loaded of={review}>{({ findings }) => <Findings findings={findings} />}</Loaded>
        </Panel>
        <Panel title="This week versus last week">
          <Loaded of={review}>{(week) => <WeekTrends week={week} />}</Loaded>
        </Panel>
        <Panel title="Scoring">
          <Loaded of={scoring}>{(status) => <ScoringSummary status={status} />}</Loaded>
        </Panel>
        <Panel title="Replicas">
          <Loaded of={signals}>
            {({ replicas, alert_queue_depth }) => (
              <>
                <ReplicaTable replicas={replicas} />
                <p className="mt-1 text-sm text-muted">{alert_queue_depth} escalations pending.</p>
              </>
            )}
          </Loaded>
        </Panel>
        <Panel title="Golden signals, last hour" className="xl:col-span-2">
          <Loaded of={signals}>{({ routes }) => <RouteTable routes={routes} />}</Loaded>
        </Panel>
      </div>
    </>
  )
}
