import type { AlertPolicy } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, done } from '../../api/client'
import { useMay } from '../../app/context/me'
import { Form, written } from '../../components/form'
import { Panel } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

/** What is worth an alert, and what is silent for a while. */
export function Policy() {
  const queries = useQueryClient()
  const isAdmin = useMay('admin')
  const isAnalyst = useMay('analyst')
  const renew = () => queries.invalidateQueries({ queryKey: ['policy'] })
  const policy = useQuery({ queryKey: ['policy'], queryFn: () => answerOf(api.GET('/alerts/policy')) })
  const save = useMutation({
    mutationFn: (body: AlertPolicy) => answerOf(api.PUT('/alerts/policy', { body })),
    onSuccess: renew,
  })
  const mute = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/alerts/mutes', {
          body: {
            source: written(form, 'source'),
            sensor_id: written(form, 'sensor_id'),
            reason: String(form.get('reason')),
            expires_at: new Date(Date.now() + Number(form.get('hours')) * 3_600_000).toISOString(),
          },
        }),
      ),
    onSuccess: renew,
  })
  const unmute = useMutation({
    mutationFn: (id: string) => done(api.DELETE('/alerts/mutes/{id}', { params: { path: { id } } })),
    onSuccess: renew,
  })
  return (
    <Loaded of={policy}>
      {({ policy: current, mutes, suppressed_24h }) => (
        <div className="grid gap-4 xl:grid-cols-2">
          <Panel title="What is announced">
            <Form
              onSend={(form) => {
                save.mutate({
                  minimum_level: form.get('minimum_level') as AlertPolicy['minimum_level'],
                  mute_known_scanners: form.get('mute_known_scanners') === 'on',
                  campaign_grouping: form.get('campaign_grouping') as AlertPolicy['campaign_grouping'],
                  campaign_window_minutes: Number(form.get('campaign_window_minutes')),
                })
              }}
            >
              <fieldset disabled={!isAdmin} className="grid gap-3">
                <legend className="sr-only">Alert policy</legend>
                <label className="field">
                  At least
                  <select name="minimum_level" className="input" defaultValue={current.minimum_level}>
                    <option>high</option>
                    <option>critical</option>
                  </select>
                </label>
                <label className="flex items-center gap-2 text-sm">
                  <input
                    type="checkbox"
                    name="mute_known_scanners"
                    defaultChecked={current.mute_known_scanners}
                  />
                  Not of known research scanners
                </label>
                <label className="field">
                  One alert stands for a campaign
                  <select name="campaign_grouping" className="input" defaultValue={current.campaign_grouping}>
                    <option value="off">never</option>
                    <option value="source">of one source</option>
                    <option value="behaviour">of one behaviour</option>
                  </select>
                </label>
                <label className="field">
                  Campaign window, minutes
                  <input
                    type="number"
                    name="campaign_window_minutes"
                    className="input"
                    min={1}
                    max={10_080}
                    defaultValue={current.campaign_window_minutes}
                  />
                </label>
                {isAdmin && (
                  <button type="submit" className="button button-primary" disabled={save.isPending}>
                    Save
                  </button>
                )}
              </fieldset>
              {save.isSuccess && (
                <p role="status" className="text-good">
                  Saved.
                </p>
              )}
              {save.error && <Failed error={save.error} />}
            </Form>
            <p className="mt-3 text-sm text-muted">
              Kept quiet in 24 hours:{' '}
              {Object.entries(suppressed_24h)
                .map(([why, count]) => `${why.replaceAll('_', ' ')} ${count}`)
                .join(', ') || 'nothing'}
            </p>
          </Panel>
          <Panel title="Mutes">
            {mutes.length === 0 && <Empty title="Nothing is muted" />}
            <ul className="grid gap-2 text-sm">
              {mutes.map((each) => (
                <li key={each.id} className="flex flex-wrap items-center gap-2">
                  <span className="font-mono">
                    {[each.source, each.sensor_id].filter(Boolean).join(' on ')}
                  </span>
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
              <Form
                className="mt-3 grid gap-2 sm:grid-cols-2"
                onSend={(fields, clear) => mute.mutate(fields, { onSuccess: clear })}
              >
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
                    <option value="720">30 days</option>
                  </select>
                </label>
                <button type="submit" className="button">
                  Mute
                </button>
                {mute.error && <Failed error={mute.error} />}
                {unmute.error && <Failed error={unmute.error} />}
              </Form>
            )}
          </Panel>
        </div>
      )}
    </Loaded>
  )
}
