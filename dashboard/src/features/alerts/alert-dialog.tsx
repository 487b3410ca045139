import type { AlertPatch } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answerOf, api } from '../../api/client'
import { useMay, useMe } from '../../app/context/me'
import { Address } from '../../components/address'
import { Form, written } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Score } from '../../components/level'
import { Modal } from '../../components/modal'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

/** One alert with its history, and everything an analyst does to it. */
export function AlertDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const me = useMe()
  const isAnalyst = useMay('analyst')
  const queries = useQueryClient()
  const detail = useQuery({
    queryKey: ['alert', id],
    queryFn: () => answerOf(api.GET('/alerts/{id}', { params: { path: { id } } })),
  })
  const patch = useMutation({
    mutationFn: (body: AlertPatch) => answerOf(api.PATCH('/alerts/{id}', { params: { path: { id } }, body })),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['alert', id] }),
        queries.invalidateQueries({ queryKey: ['alerts'] }),
      ]),
  })
  return (
    <Modal title="Alert" onClose={onClose}>
      <Loaded of={detail} lines={6}>
        {(alert) => (
          <div className="grid max-w-xl gap-3 text-sm">
            <p className="flex flex-wrap items-center gap-3">
              <Score level={alert.threat_level} score={alert.threat_score} />
              <Address ip={alert.source_ip} />
              <Link
                to="/dashboard/sessions/$id"
                params={{ id: alert.session_id }}
                className="link"
                onClick={onClose}
              >
                its session
              </Link>
            </p>
            {alert.detail && (
              <p>
                <HostileText text={alert.detail} />
              </p>
            )}
            <ul className="flex flex-wrap gap-1">
              {alert.reasons.map(({ name, contribution }) => (
                <li key={name} className="chip">
                  {name.replaceAll('_', ' ')}{' '}
                  <span className="font-mono">
                    {contribution < 0 ? '−' : '+'}
                    {Math.abs(contribution).toFixed(2)}
                  </span>
                </li>
              ))}
            </ul>
            <p className="text-muted">
              Raised <When at={alert.raised_at} absolute />, happened {alert.occurrence_count} time
              {alert.occurrence_count === 1 ? '' : 's'}; {alert.state}
              {alert.assignee && `, assigned to ${alert.assignee}`}.
            </p>
            {isAnalyst && (
              <div className="flex flex-wrap gap-2">
                {alert.state === 'open' && (
                  <button
                    type="button"
                    className="button button-primary"
                    onClick={() => patch.mutate({ state: 'acknowledged' })}
                  >
                    Acknowledge
                  </button>
                )}
                {alert.state !== 'resolved' ? (
                  <button
                    type="button"
                    className="button"
                    onClick={() => patch.mutate({ state: 'resolved' })}
                  >
                    Resolve
                  </button>
                ) : (
                  <button type="button" className="button" onClick={() => patch.mutate({ state: 'open' })}>
                    Reopen
                  </button>
                )}
                {alert.assignee === me.username ? (
                  <button type="button" className="button" onClick={() => patch.mutate({ assignee: null })}>
                    Give back
                  </button>
                ) : (
                  <button
                    type="button"
                    className="button"
                    onClick={() => patch.mutate({ assignee: me.username })}
                  >
                    Assign to me
                  </button>
                )}
              </div>
            )}
            {isAnalyst && (
              <OneLine
                label="Assign to somebody else"
                placeholder="Username of somebody else"
                maxLength={64}
                button="Assign"
                onSend={(assignee, clear) => patch.mutate({ assignee }, { onSuccess: clear })}
              />
            )}
            {patch.error && <Failed error={patch.error} />}
            <h3 className="text-xs font-medium text-muted">History</h3>
            <ol className="grid gap-1">
              {alert.history.map(({ at, actor, action, detail: said }) => (
                <li key={`${at} ${action}`}>
                  <When at={at} /> {actor ?? 'EvilTwin'} {action}
                  {said && (
                    <>
                      : <HostileText text={said} />
                    </>
                  )}
                </li>
              ))}
            </ol>
            {isAnalyst && (
              <OneLine
                label="Comment"
                placeholder="Comment"
                maxLength={4_000}
                button="Say"
                onSend={(comment, clear) => patch.mutate({ comment }, { onSuccess: clear })}
              />
            )}
          </div>
        )}
      </Loaded>
    </Modal>
  )
}

/** A line that somebody writes and sends; an empty one is not sent. */
function OneLine({
  label,
  placeholder,
  maxLength,
  button,
  onSend,
}: {
  label: string
  placeholder: string
  maxLength: number
  button: string
  /** @param clear empties the line again. */
  onSend: (line: string, clear: () => void) => void
}) {
  return (
    <Form
      className="flex gap-2"
      onSend={(fields, clear) => {
        const line = written(fields, 'line')
        if (line !== null) onSend(line, clear)
      }}
    >
      <label className="flex-1">
        <span className="sr-only">{label}</span>
        <input
          name="line"
          className="input w-full"
          maxLength={maxLength}
          placeholder={placeholder}
          autoComplete="off"
        />
      </label>
      <button type="submit" className="button">
        {button}
      </button>
    </Form>
  )
}
