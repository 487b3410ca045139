import type { AlertPolicy } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { useMay } from '../../app/context/me'
import { Form } from '../../components/form'
import { Panel } from '../../components/panel'
import { Failed } from '../../components/states'

/** The alert policy, editable by administrators, and how many alerts it suppressed in 24 hours. */
export function AlertRules({
  current,
  suppressed24h,
}: {
  current: AlertPolicy
  /** Suppressed alerts by reason. */
  suppressed24h: Readonly<Record<string, number>>
}) {
  const queries = useQueryClient()
  const isAdmin = useMay('admin')
  const save = useMutation({
    mutationFn: (body: AlertPolicy) => answerOf(api.PUT('/alerts/policy', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['policy'] }),
  })
  return (
    <Panel title="Alert rules">
      <Form onSend={(form) => save.mutate(policyOf(form))}>
        <fieldset disabled={!isAdmin} className="grid gap-3">
          <legend className="sr-only">Alert policy</legend>
          <PolicyFields current={current} />
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
        Suppressed in the last 24 hours:{' '}
        {Object.entries(suppressed24h)
          .map(([why, count]) => `${why.replaceAll('_', ' ')} ${count}`)
          .join(', ') || 'nothing'}
      </p>
    </Panel>
  )
}

const MINUTES_AN_HOUR = 60

/** Reads what `PolicyFields` wrote. */
function policyOf(form: FormData): AlertPolicy {
  return {
    minimum_level: form.get('minimum_level') as AlertPolicy['minimum_level'],
    mute_known_scanners: form.get('mute_known_scanners') === 'on',
    campaign_grouping: form.get('campaign_grouping') as AlertPolicy['campaign_grouping'],
    campaign_window_minutes: Number(form.get('campaign_window_minutes')),
    backfill_after_minutes: Math.round(Number(form.get('backfill_after_hours')) * MINUTES_AN_HOUR),
  }
}

function PolicyFields({ current }: { current: AlertPolicy }) {
  return (
    <>
      <label className="field">
        Minimum level
        <select name="minimum_level" className="input" defaultValue={current.minimum_level}>
          <option>high</option>
          <option>critical</option>
        </select>
      </label>
      <label className="flex items-center gap-2 text-sm">
        <input type="checkbox" name="mute_known_scanners" defaultChecked={current.mute_known_scanners} />
        Suppress alerts of known research scanners
      </label>
      <label className="field">
        Group the alerts of a campaign
        <select name="campaign_grouping" className="input" defaultValue={current.campaign_grouping}>
          <option value="off">never</option>
          <option value="source">by source (default)</option>
          <option value="behaviour">by behaviour</option>
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
      <label className="field">
        Imported history: suppress alerts of events that arrive later than this, hours
        <input
          type="number"
          name="backfill_after_hours"
          className="input"
          min={0.1}
          max={8_760}
          step="any"
          defaultValue={current.backfill_after_minutes / MINUTES_AN_HOUR}
        />
      </label>
    </>
  )
}
