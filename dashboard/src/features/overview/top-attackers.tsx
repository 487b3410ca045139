import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { useTimeRange } from '../../app/context/time'
import { Address } from '../../components/address'
import { DataTable } from '../../components/data-table'
import { Score } from '../../components/level'
import { Panel } from '../../components/panel'
import { Empty, Loaded } from '../../components/states'

/** The addresses with the most events in the time range. */
export function TopAttackers() {
  const { hours, from, refetchInterval } = useTimeRange()
  const top = useQuery({
    queryKey: ['top attackers', hours],
    queryFn: () => answerOf(api.GET('/dashboard/top-attackers', { params: { query: { hours, limit: 10 } } })),
    refetchInterval,
  })
  return (
    <Panel title="Top attackers">
      <Loaded of={top}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No attacker in this time range" />
          ) : (
            <div className="overflow-x-auto">
              <DataTable
                rows={items}
                keyOf={(attacker) => attacker.source_ip}
                columns={[
                  { name: 'Source', cell: (attacker) => <Address ip={attacker.source_ip} /> },
                  { name: 'Events', numeric: true, cell: (attacker) => attacker.events.toLocaleString('en') },
                  {
                    name: 'Sessions',
                    numeric: true,
                    cell: (attacker) => (
                      <Link
                        to="/dashboard/sessions"
                        search={{ src_ip: attacker.source_ip, from }}
                        className="link"
                      >
                        {attacker.sessions.toLocaleString('en')}
                      </Link>
                    ),
                  },
                  {
                    name: 'Threat',
                    cell: (attacker) => <Score level={attacker.threat_level} score={attacker.threat_score} />,
                  },
                ]}
              />
            </div>
          )
        }
      </Loaded>
    </Panel>
  )
}
