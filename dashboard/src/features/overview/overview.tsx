import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { PageHead, Panel } from '../../components/panel'
import { Loaded, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { FirstSteps } from './first-steps'
import { LiveAlerts } from './live-alerts'
import { Onboarding } from './onboarding'
import { SensorActivity } from './sensor-activity'
import { TopAttackers } from './top-attackers'
import { Totals } from './totals'

const Timeline = lazy(async () => ({ default: (await import('./timeline')).Timeline }))
const AttackMap = lazy(async () => ({ default: (await import('./attack-map')).AttackMap }))

/** What happens now, at one look; every number leads to what it counts. */
export function Overview() {
  useTitle('Overview')
  const { range, hours, refetchInterval } = useTimeRange()
  const stats = useQuery({
    queryKey: ['stats', hours],
    queryFn: () => answerOf(api.GET('/dashboard/stats', { params: { query: { hours } } })),
    refetchInterval,
  })
  if (stats.data && stats.data.all_time.events === 0) return <Onboarding />
  return (
    <>
      <PageHead title={`Last ${range}`} />
      <FirstSteps />
      <Loaded of={stats} lines={3}>
        {(data) => <Totals stats={data} />}
      </Loaded>
      <div className="mt-4 grid gap-4 xl:grid-cols-[2fr_1fr]">
        <div className="grid min-w-0 content-start gap-4">
          <Panel title="Sessions by threat level">
            <Suspense fallback={<Skeleton lines={5} />}>
              <Timeline />
            </Suspense>
          </Panel>
          <Panel title="Attack map">
            <Suspense fallback={<Skeleton lines={8} />}>
              <AttackMap />
            </Suspense>
          </Panel>
        </div>
        <div className="grid min-w-0 content-start gap-4">
          <LiveAlerts />
          <TopAttackers />
          <SensorActivity />
        </div>
      </div>
    </>
  )
}
