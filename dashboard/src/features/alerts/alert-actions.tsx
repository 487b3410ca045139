import type { AlertDetail, AlertPatch } from '@eviltwin/contract'
import { useMe } from '../../app/context/me'

/** Buttons that move an alert to its next state, and assign it to whoever is logged in. */
export function AlertActions({
  alert,
  onPatch,
}: {
  alert: AlertDetail
  onPatch: (patch: AlertPatch) => void
}) {
  const me = useMe()
  return (
    <div className="flex flex-wrap gap-2">
      {alert.state === 'open' && (
        <button
          type="button"
          className="button button-primary"
          onClick={() => onPatch({ state: 'acknowledged' })}
        >
          Acknowledge
        </button>
      )}
      {alert.state !== 'resolved' ? (
        <button type="button" className="button" onClick={() => onPatch({ state: 'resolved' })}>
          Resolve
        </button>
      ) : (
        <button type="button" className="button" onClick={() => onPatch({ state: 'open' })}>
          Reopen
        </button>
      )}
      {alert.assignee === me.username ? (
        <button type="button" className="button" onClick={() => onPatch({ assignee: null })}>
          Unassign
        </button>
      ) : (
        <button type="button" className="button" onClick={() => onPatch({ assignee: me.username })}>
          Assign to me
        </button>
      )}
    </div>
  )
}
