import type { SessionDetail } from '@eviltwin/contract'
import { Panel } from '../../components/panel'
import { Empty } from '../../components/states'

/** The ATT&CK techniques that the session showed, and the behaviours that showed each. */
export function SessionTechniques({ session }: { session: SessionDetail }) {
  return (
    <Panel title="ATT&CK techniques">
      {session.techniques.length === 0 ? (
        <Empty title="No technique observed" />
      ) : (
        <ul className="flex flex-wrap gap-1 text-sm">
          {session.techniques.map(({ id, because }) => (
            <li key={id} className="chip" title={because.join(', ')}>
              <span className="font-mono">{id}</span>{' '}
              <span className="text-muted">{because.join(', ').replaceAll('_', ' ')}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
