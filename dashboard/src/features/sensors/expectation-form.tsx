import type { Expected, Sensor } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { Form, written } from '../../components/form'
import { Failed } from '../../components/states'
import { instantOf, wallTime } from '../../components/wall-time'
import { useClock } from '../../components/when'

const CHOICES: ReadonlyArray<readonly [Expected, string]> = [
  ['automatic', 'automatic: once enough is known of it'],
  ['yes', 'expected'],
  ['no', 'not expected'],
]

/** Says whether a sensor is expected, until when, and how long it may be silent. */
export function ExpectationForm({ sensor: { sensor_id, expectation } }: { sensor: Sensor }) {
  const queries = useQueryClient()
  const { zone } = useClock()
  const change = useMutation({
    mutationFn: (fields: FormData) => {
      const until = written(fields, 'until')
      const minutes = written(fields, 'minutes')
      return answerOf(
        api.PUT('/sensors/expectation', {
          body: {
            sensor_id,
            expected: fields.get('expected') as Expected,
            until: until === null ? null : instantOf(until, zone),
            silence_limit_seconds: minutes === null ? null : Math.round(Number(minutes) * 60),
          },
        }),
      )
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sensors'] }),
  })
  return (
    <Form
      key={expectation?.changed_at ?? ''}
      className="mt-3 grid gap-3"
      onSend={(fields) => change.mutate(fields)}
    >
      <label className="field">
        This sensor is
        <select name="expected" className="input" defaultValue={expectation?.expected ?? 'automatic'}>
          {CHOICES.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        Until (empty: no end)
        <input
          type="datetime-local"
          name="until"
          className="input"
          defaultValue={expectation?.until ? wallTime(expectation.until, zone).slice(0, 16) : ''}
        />
      </label>
      <label className="field">
        Own limit in minutes (empty: learned)
        <input
          type="number"
          name="minutes"
          min={1}
          max={43_200}
          className="input"
          defaultValue={expectation?.silence_limit_seconds ? expectation.silence_limit_seconds / 60 : ''}
        />
      </label>
      <div className="flex items-center gap-3">
        <button type="submit" className="button button-primary" disabled={change.isPending}>
          Save
        </button>
        {change.isSuccess && <span role="status">✓ saved; judged anew within a minute</span>}
      </div>
      {change.error && <Failed error={change.error} />}
    </Form>
  )
}
