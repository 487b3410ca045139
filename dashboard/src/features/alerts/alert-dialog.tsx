import type { AlertDetail, AlertPatch } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { useMay } from '../../app/context/me'
import { HostileText } from '../../components/hostile-text'
import { Modal } from '../../components/modal'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'
import { AlertActions } from './alert-actions'
import { AlertFacts } from './alert-facts'
import { OneLineForm } from './one-line-form'

/** One alert with its history, and everything an analyst does to it. */
export function AlertDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const isAnalyst = useMay('analyst')
  const detail = useQuery({
    queryKey: ['alert', id],
    queryFn: () => answerOf(api.GET('/alerts/{id}', { params: { path: { id } } })),
  })
  const patch = useAlertPatch(id)
  return (
    <Modal title="Alert" onClose={onClose}>
      <Loaded of={detail} lines={6}>
        {(alert) => (
          <div className="grid max-w-xl gap-3 text-sm">
            <AlertFacts alert={alert} onLeave={onClose} />
            {isAnalyst && <AlertActions alert={alert} onPatch={(body) => patch.mutate(body)} />}
            {isAnalyst && (
              <OneLineForm
                label="Assign to another user"
                placeholder="Username of another user"
                maxLength={64}
                button="Assign"
                onSend={(assignee, clear) => patch.mutate({ assignee }, { onSuccess: clear })}
              />
            )}
            {patch.error && <Failed error={patch.error} />}
            <AlertHistory history={alert.history} />
            {isAnalyst && (
              <OneLineForm
                label="Comment"
                placeholder="Comment"
                maxLength={4_000}
                button="Comment"
                onSend={(comment, clear) => patch.mutate({ comment }, { onSuccess: clear })}
              />
            )}
          </div>
        )}
      </Loaded>
    </Modal>
  )
}

/** Changes one alert, then reads it and the alert lists again. */
function useAlertPatch(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: AlertPatch) => answerOf(api.PATCH('/alerts/{id}', { params: { path: { id } }, body })),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['alert', id] }),
        queries.invalidateQueries({ queryKey: ['alerts'] }),
      ]),
  })
}

function AlertHistory({ history }: { history: AlertDetail['history'] }) {
  return (
    <>
      <h3 className="text-xs font-medium text-muted">History</h3>
      <ol className="grid gap-1">
        {history.map(({ at, actor, action, detail }) => (
          <li key={`${at} ${action}`}>
            <When at={at} /> {actor ?? 'EvilTwin'} {action}
            {detail && (
              <>
                : <HostileText text={detail} />
              </>
            )}
          </li>
        ))}
      </ol>
    </>
  )
}
