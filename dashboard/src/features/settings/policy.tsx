import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { Loaded } from '../../components/states'
import { AlertRules } from './alert-rules'
import { Mutes } from './mutes'

/** Which sessions raise alerts, and which sources and sensors are muted for a while. */
export function Policy() {
  const policy = useQuery({ queryKey: ['policy'], queryFn: () => answerOf(api.GET('/alerts/policy')) })
  return (
    <Loaded of={policy}>
      {({ policy: current, mutes, suppressed_24h }) => (
        <div className="grid gap-4 xl:grid-cols-2">
          <AlertRules current={current} suppressed24h={suppressed_24h} />
          <Mutes mutes={mutes} />
        </div>
      )}
    </Loaded>
  )
}
