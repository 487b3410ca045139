import type { AttackerDetail } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { When } from '../../components/when'

/** The sensors one attacker reached; each leads to its sessions there. @param ip as the URL of the page has it. */
export function AttackerSensors({ ip, attacker }: { ip: string; attacker: AttackerDetail }) {
  return (
    <Panel title="Sensors contacted">
      <DataTable
        rows={attacker.sensors}
        keyOf={({ sensor_id }) => sensor_id}
        columns={[
          {
            name: 'Sensor',
            cell: ({ sensor_id }) => (
              <Link
                to="/dashboard/sessions"
                search={{ src_ip: ip, sensor_id, from: attacker.first_seen_at }}
                className="link"
              >
                <HostileText text={sensor_id} />
              </Link>
            ),
          },
          { name: 'Sessions', numeric: true, cell: ({ sessions }) => sessions.toLocaleString('en') },
          { name: 'Last seen', cell: ({ last_seen_at }) => <When at={last_seen_at} /> },
        ]}
      />
    </Panel>
  )
}
