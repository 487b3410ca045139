import { useMutation } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { useMay } from '../../app/context/me'
import { Form } from '../../components/form'
import { Modal } from '../../components/modal'
import { Failed } from '../../components/states'

const LENGTHS = [
  [1, '1 hour'],
  [4, '4 hours'],
  [24, '1 day'],
  [168, '1 week'],
  [720, '30 days'],
] as const
/** For longer only an administrator may silence anything. */
const ANALYST_MAX_HOURS = 168

/** Silences one alert, or every alert (a maintenance window) when `ruleId` is null. */
export function SilenceDialog({
  ruleId,
  onClose,
  onDone,
}: {
  ruleId: string | null
  onClose: () => void
  onDone: () => void
}) {
  const isAdmin = useMay('admin')
  const silence = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/ops/silences', {
          body: {
            rule_id: ruleId,
            reason: String(form.get('reason')),
            ends_at: new Date(Date.now() + Number(form.get('hours')) * 3_600_000).toISOString(),
          },
        }),
      ),
    onSuccess: onDone,
  })
  return (
    <Modal title={ruleId === null ? 'Maintenance window' : `Silence ${ruleId}`} onClose={onClose}>
      <Form onSend={(fields) => silence.mutate(fields)}>
        <label className="field">
          For
          <select name="hours" className="input" data-first>
            {LENGTHS.filter(([hours]) => isAdmin || hours <= ANALYST_MAX_HOURS).map(([hours, name]) => (
              <option key={hours} value={hours}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Reason
          <input name="reason" className="input" required minLength={3} maxLength={500} />
        </label>
        <button type="submit" className="button button-primary" disabled={silence.isPending}>
          Silence
        </button>
        {silence.error && <Failed error={silence.error} />}
      </Form>
    </Modal>
  )
}
