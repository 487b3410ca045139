import type { Attacker } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import { Address } from '../../components/address'
import { type DataColumn, DataTable } from '../../components/data-table'
import { Score } from '../../components/level'
import { When } from '../../components/when'

const COLUMNS: ReadonlyArray<DataColumn<Attacker>> = [
  { name: 'Source', cell: (attacker) => <Address ip={attacker.source_ip} /> },
  {
    name: 'Threat',
    cell: (attacker) => <Score level={attacker.threat_level} score={attacker.threat_score} />,
  },
  {
    name: 'Sessions',
    numeric: true,
    cell: (attacker) => (
      <Link
        to="/dashboard/sessions"
        search={{ src_ip: attacker.source_ip, from: attacker.first_seen_at }}
        className="link"
      >
        {attacker.session_count.toLocaleString('en')}
      </Link>
    ),
  },
  { name: 'Events', numeric: true, cell: (attacker) => attacker.event_count.toLocaleString('en') },
  { name: 'First seen', cell: (attacker) => <When at={attacker.first_seen_at} absolute /> },
  { name: 'Last seen', cell: (attacker) => <When at={attacker.last_seen_at} /> },
]

/** Attackers in rows; the address leads to the profile, the number of sessions to the sessions. */
export function AttackerTable({ attackers }: { attackers: readonly Attacker[] }) {
  return (
    <div className="overflow-x-auto">
      <DataTable rows={attackers} keyOf={(attacker) => attacker.source_ip} columns={COLUMNS} />
    </div>
  )
}
