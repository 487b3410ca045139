import type { ChannelTestSchedule } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { Form } from '../../components/form'
import { Modal } from '../../components/modal'
import { Empty, Failed, Loaded } from '../../components/states'

/** By the number of ISO 8601, less one. */
export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const
const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
/** On a Monday in the morning somebody is there. */
const PROPOSED = { weekday: 1, hour: 8 }

/** Chooses the channel that is tested each week, and when. */
export function ChooseChannel({
  schedule,
  onClose,
}: {
  schedule: ChannelTestSchedule | null
  onClose: () => void
}) {
  const queries = useQueryClient()
  const channels = useQuery({ queryKey: ['channels'], queryFn: () => answerOf(api.GET('/channels')) })
  const choose = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.PUT('/synthetic/channel-test/schedule', {
          body: {
            channel_id: String(form.get('channel_id')),
            weekday: Number(form.get('weekday')),
            hour: Number(form.get('hour')),
          },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['synthetic', 'channel-test'] })
      onClose()
    },
  })
  const { weekday, hour } = schedule ?? PROPOSED
  return (
    <Modal title="Weekly test of a channel" onClose={onClose}>
      <Loaded of={channels}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No channel yet">Channels are added in the settings.</Empty>
          ) : (
            <Form className="grid max-w-prose gap-3" onSend={(fields) => choose.mutate(fields)}>
              <p className="text-sm">
                The channel receives the alert of an attack that the platform makes on itself. The message is
                marked as a test.
              </p>
              <Choice
                name="channel_id"
                label="Channel"
                chosen={schedule?.channel_id}
                options={items.map(({ id, name, enabled }) => [id, enabled ? name : `${name} (disabled)`])}
              />
              <Choice
                name="weekday"
                label="Weekday"
                chosen={weekday}
                options={WEEKDAYS.map((name, index) => [index + 1, name])}
              />
              <Choice
                name="hour"
                label="Hour (UTC)"
                chosen={hour}
                options={HOURS.map((each) => [each, `${String(each).padStart(2, '0')}:00`])}
              />
              <button type="submit" className="button button-primary" disabled={choose.isPending}>
                Save
              </button>
              {choose.error && <Failed error={choose.error} />}
            </Form>
          )
        }
      </Loaded>
    </Modal>
  )
}

function Choice({
  name,
  label,
  chosen,
  options,
}: {
  name: string
  label: string
  chosen: string | number | undefined
  options: ReadonlyArray<readonly [value: string | number, text: string]>
}) {
  return (
    <label className="field">
      {label}
      <select name={name} className="input" defaultValue={chosen}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
