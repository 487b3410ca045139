import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { PageHead } from '../../components/panel'
import { Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { AttackerProfile } from './attacker-profile'
import { AttackerScores } from './attacker-scores'
import { AttackerSensors } from './attacker-sensors'

/** Everything one address did. */
export function AttackerPage() {
  const { ip } = useParams({ from: '/dashboard/attackers/$ip' })
  useTitle(ip)
  const { refetchInterval } = useTimeRange()
  const profile = useQuery({
    queryKey: ['attacker', ip],
    queryFn: () => answerOf(api.GET('/attackers/{ip}', { params: { path: { ip } } })),
    refetchInterval,
  })
  return (
    <>
      <PageHead title={<span className="font-mono">{ip}</span>}>
        <Link
          to="/dashboard/sessions"
          search={{ src_ip: ip, from: profile.data?.first_seen_at }}
          className="button"
        >
          View sessions
        </Link>
        <Link to="/dashboard/alerts" search={{ src_ip: ip }} className="button">
          View alerts
        </Link>
      </PageHead>
      <Loaded of={profile} lines={8}>
        {(attacker) => (
          <div className="grid gap-4 xl:grid-cols-2">
            <AttackerProfile attacker={attacker} />
            <AttackerSensors ip={ip} attacker={attacker} />
            <AttackerScores history={attacker.score_history} />
          </div>
        )}
      </Loaded>
    </>
  )
}
