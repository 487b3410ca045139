import type { SessionDetail } from '@eviltwin/contract'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { LeftOut } from '../../components/left-out'
import { Panel } from '../../components/panel'

/** The usernames and passwords that were tried, and which of them succeeded. */
export function SessionCredentials({ session }: { session: SessionDetail }) {
  if (session.credentials.length === 0) return null
  return (
    <Panel title={`Credentials (${session.credentials.length.toLocaleString('en')})`}>
      <div className="max-h-64 overflow-auto">
        <DataTable
          rows={session.credentials}
          keyOf={({ occurred_at }, n) => `${occurred_at} ${n}`}
          columns={[
            {
              name: 'Username',
              className: 'break-all font-mono text-xs',
              cell: ({ username }) => <HostileText text={username ?? ''} />,
            },
            {
              name: 'Password',
              className: 'break-all font-mono text-xs',
              cell: ({ password }) => <HostileText text={password ?? ''} />,
            },
            { name: 'Succeeded', cell: ({ success }) => (success ? 'yes' : 'no') },
          ]}
        />
      </div>
      <LeftOut count={session.left_out.credentials} what="login attempts are not listed" />
    </Panel>
  )
}
