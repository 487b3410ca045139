import type { SessionDetail } from '@eviltwin/contract'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { LeftOut } from '../../components/left-out'
import { Panel } from '../../components/panel'

/** The commands statement by statement, and the ATT&CK tactic that each serves. */
export function SessionStatements({ session }: { session: SessionDetail }) {
  const { statements, unread_characters } = session
  if (statements.length === 0 && unread_characters === 0) return null
  return (
    <Panel title="Command analysis">
      <div className="max-h-72 overflow-auto">
        <DataTable
          rows={statements}
          keyOf={({ event_id }, n) => `${event_id} ${n}`}
          columns={[
            {
              name: 'Statement',
              className: 'max-w-64 break-all font-mono text-xs',
              cell: ({ statement }) => <HostileText text={statement} max={500} />,
            },
            {
              name: 'Tactic',
              cell: ({ tactic, probability }) => (
                <>
                  {tactic}
                  {probability !== null && (
                    <span className="text-muted"> {Math.round(probability * 100)} %</span>
                  )}
                </>
              ),
            },
            {
              name: 'Techniques',
              className: 'font-mono text-xs',
              cell: ({ techniques }) => techniques.join(' '),
            },
          ]}
        />
      </div>
      {unread_characters > 0 && (
        <p className="mt-1 text-sm text-muted">
          {unread_characters.toLocaleString('en')} characters of the commands were not read: they are beyond
          what is read of a command.
        </p>
      )}
      <LeftOut count={session.left_out.unanalysed_commands} what="commands are not analysed" />
    </Panel>
  )
}
