import type { ApiKey, KeyBindingChange, KeySensor } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { Form } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Modal } from '../../components/modal'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'
import { listed } from './sensor-ids'

/** Which sensors a key may speak for, which it claimed, and how to bind it. */
export function KeySensorsDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { id } = apiKey
  const queries = useQueryClient()
  const sensors = useQuery({
    queryKey: ['keys', id, 'sensors'],
    queryFn: () => answerOf(api.GET('/api-keys/{id}/sensors', { params: { path: { id } } })),
  })
  const bind = useMutation({
    mutationFn: (body: KeyBindingChange) =>
      answerOf(api.PATCH('/api-keys/{id}', { params: { path: { id } }, body })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['keys'] })
      onClose()
    },
  })
  return (
    <Modal title={`Sensors of ${apiKey.name}`} onClose={onClose}>
      {apiKey.any_sensor && (
        <p className="notice notice-bad mb-3">
          This key can send events of any sensor. Bind it to the sensors that use it, so that a stolen key
          cannot write events of the others.
        </p>
      )}
      <Loaded of={sensors}>
        {({ items }) => (
          <div className="grid gap-4">
            <Claims items={items} />
            {apiKey.revoked_at === null ? (
              <BindForm apiKey={apiKey} seen={items} isPending={bind.isPending} onBind={bind.mutate} />
            ) : (
              <p className="text-sm">
                The key is revoked: it sends nothing, and its sensors cannot be changed.
              </p>
            )}
          </div>
        )}
      </Loaded>
      {bind.error && <Failed error={bind.error} />}
    </Modal>
  )
}

/** What the key sent for sensors for which it may not speak. */
function Claims({ items }: { items: readonly KeySensor[] }) {
  const refused = items.filter(({ allowed }) => !allowed)
  if (refused.length === 0) return null
  return (
    <section className="grid gap-1 text-sm">
      <h3 className="font-medium">Quarantined</h3>
      <ul className="max-h-40 overflow-y-auto">
        {refused.map(({ sensor_id, records, last_at }) => (
          <li key={sensor_id ?? ''}>
            {sensor_id === null ? 'further sensors' : <HostileText text={sensor_id} className="font-mono" />}:{' '}
            {records} records, last <When at={last_at} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Fills in the sensors that the key was seen to send for; names that are not yours are to be removed. */
function BindForm({
  apiKey,
  seen,
  isPending,
  onBind,
}: {
  apiKey: ApiKey
  seen: readonly KeySensor[]
  isPending: boolean
  onBind: (change: KeyBindingChange) => void
}) {
  const { sensor_id, sensor_ids } = apiKey
  const known = seen.flatMap((each) => (each.allowed && each.sensor_id !== null ? [each.sensor_id] : []))
  const proposed = sensor_ids ?? (sensor_id === null ? known : [sensor_id])
  return (
    <Form
      onSend={(fields) => onBind({ kind: 'collector', sensor_ids: listed(String(fields.get('sensor_ids'))) })}
    >
      <label className="field">
        Allowed sensors, one per line
        <textarea
          name="sensor_ids"
          className="input font-mono"
          rows={5}
          required
          defaultValue={proposed.join('\n')}
          data-first
        />
      </label>
      {apiKey.any_sensor && known.length > 0 && (
        <p className="text-sm text-muted">
          These are the sensors of the records sent with this key. Remove the names that you do not know.
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="button button-primary" disabled={isPending}>
          Bind to these sensors
        </button>
        <button
          type="button"
          className="button"
          disabled={isPending}
          onClick={() => onBind({ kind: 'sensor', sensor_id: null })}
        >
          Bind to the sensor of its next record
        </button>
      </div>
    </Form>
  )
}
