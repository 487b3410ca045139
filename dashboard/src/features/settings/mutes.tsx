import type { AlertMute } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { answerOf, api, done } from '../../api/client'
import { useMay } from '../../app/context/me'
import { Form, written } from '../../components/form'
import { Panel } from '../../components/panel'
import { Empty, Failed } from '../../components/states'
import { When } from '../../components/when'

const HOUR_MS = 3_600_000

/** Sources and sensors that raise no alerts until a given time; analysts add and end them. */
export function Mutes({ mutes }: { mutes: readonly AlertMute[] }) {
  const isAnalyst = useMay('analyst')
  const { mute, unmute } = useMuteActions()
  return (
    <Panel title="Mutes">
      {mutes.length === 0 && <Empty title="Nothing is muted" />}
      <ul className="grid gap-2 text-sm">
        {mutes.map((each) => (
          <li key={each.id} className="flex flex-wrap items-center gap-2">
            <span className="font-mono">{[each.source, each.sensor_id].filter(Boolean).join(' on ')}</span>
            until <When at={each.expires_at} absolute /> by {each.created_by}: {each.reason}
            {isAnalyst && (
              <button type="button" className="button" onClick={() => unmute.mutate(each.id)}>
                End
              </button>
            )}
          </li>
        ))}
      </ul>
      {isAnalyst && (
        <MuteForm onSend={(fields, clear) => mute.mutate(fields, { onSuccess: clear })}>
          {mute.error && <Failed error={mute.error} />}
          {unmute.error && <Failed error={unmute.error} />}
        </MuteForm>
      )}
    </Panel>
  )
}

/** Adds and ends mutes; after either, the policy is read again. */
function useMuteActions() {
  const queries = useQueryClient()
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['policy'] })
  const mute = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/alerts/mutes', {
          body: {
            source: written(form, 'source'),
            sensor_id: written(form, 'sensor_id'),
            reason: String(form.get('reason')),
            expires_at: new Date(Date.now() + Number(form.get('hours')) * HOUR_MS).toISOString(),
          },
        }),
      ),
    onSuccess,
  })
  const unmute = useMutation({
    mutationFn: (id: string) => done(api.DELETE('/alerts/mutes/{id}', { params: { path: { id } } })),
    onSuccess,
  })
  return { mute, unmute }
}

function MuteForm({
  onSend,
  children,
}: {
  onSend: (fields: FormData, clear: () => void) => void
  /** Errors, shown after the button. */
  children: ReactNode
}) {
  const isAdmin = useMay('admin')
  return (
    <Form className="mt-3 grid gap-2 sm:grid-cols-2" onSend={onSend}>
      <label className="field">
        Source or network
        <input name="source" className="input" maxLength={60} />
      </label>
      <label className="field">
        Sensor
        <input name="sensor_id" className="input" maxLength={256} />
      </label>
      <label className="field">
        Reason
        <input name="reason" className="input" required minLength={3} maxLength={500} />
      </label>
      <label className="field">
        For
        <select name="hours" className="input">
          <option value="24">1 day</option>
          <option value="168">1 week</option>
          {isAdmin && <option value="720">30 days</option>}
          {isAdmin && <option value="2160">90 days</option>}
        </select>
      </label>
      <button type="submit" className="button">
        Mute
      </button>
      {children}
    </Form>
  )
}
