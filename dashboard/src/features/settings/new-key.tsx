import type { KeyScope, NewApiKey } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client'
import { Form, written } from '../../components/form'
import { Panel } from '../../components/panel'
import { Failed } from '../../components/states'
import { listed } from './sensor-ids'

type Kind = NonNullable<NewApiKey['kind']>

const SCOPES: ReadonlyArray<readonly [KeyScope, string]> = [
  ['ingest', 'send events (a sensor key)'],
  ['score:read', 'ask for scores'],
  ['feeds:read', 'read indicator feeds'],
  ['metrics:read', 'scrape /metrics'],
]
const KINDS: ReadonlyArray<readonly [Kind, string]> = [
  ['sensor', 'one sensor: the key is bound on first use'],
  ['collector', 'several sensors: a collector that forwards their events'],
]

/** Creates a key. The server keeps only its hash, so the key itself is shown once. */
export function NewKey() {
  const queries = useQueryClient()
  const [sendsEvents, setSendsEvents] = useState(true)
  const add = useMutation({
    mutationFn: (form: FormData) => answerOf(api.POST('/api-keys', { body: newKeyFrom(form) })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
  return (
    <Panel title="New key">
      <Form onSend={(fields) => add.mutate(fields)}>
        <label className="field">
          Name
          <input name="name" className="input" required maxLength={100} />
        </label>
        <Scopes onIngest={setSendsEvents} />
        {sendsEvents && <Sensors />}
        <button type="submit" className="button button-primary" disabled={add.isPending}>
          Create
        </button>
        {add.error && <Failed error={add.error} />}
        {add.data && (
          <div role="status" className="notice">
            <p>Copy the key now: it is shown only once.</p>
            <pre className="code select-all">{add.data.key}</pre>
          </div>
        )}
      </Form>
    </Panel>
  )
}

/** @param onIngest is called with whether the key may send events. */
function Scopes({ onIngest }: { onIngest: (isChecked: boolean) => void }) {
  return (
    <fieldset className="grid gap-1 text-sm">
      <legend className="text-muted">Scopes</legend>
      {SCOPES.map(([scope, what]) => (
        <label key={scope} className="flex items-center gap-2">
          <input
            type="checkbox"
            name="scopes"
            value={scope}
            defaultChecked={scope === 'ingest'}
            onChange={(event) => scope === 'ingest' && onIngest(event.target.checked)}
          />{' '}
          {what}
        </label>
      ))}
    </fieldset>
  )
}

/** Of which sensors a key may send events. */
function Sensors() {
  const [kind, setKind] = useState<Kind>('sensor')
  return (
    <>
      <fieldset className="grid gap-1 text-sm">
        <legend className="text-muted">Sensors</legend>
        {KINDS.map(([value, what]) => (
          <label key={value} className="flex items-center gap-2">
            <input
              type="radio"
              name="kind"
              value={value}
              checked={kind === value}
              onChange={() => setKind(value)}
            />
            {what}
          </label>
        ))}
      </fieldset>
      {kind === 'sensor' ? (
        <label className="field">
          Sensor of its events (empty: the sensor of its first record)
          <input name="sensor_id" className="input" maxLength={256} />
        </label>
      ) : (
        <label className="field">
          Sensors, one per line
          <textarea name="sensor_ids" className="input font-mono" rows={4} required />
        </label>
      )}
    </>
  )
}

function newKeyFrom(form: FormData): NewApiKey {
  const key = { name: String(form.get('name')), scopes: form.getAll('scopes') as KeyScope[] }
  return form.get('kind') === 'collector'
    ? { ...key, kind: 'collector', sensor_id: null, sensor_ids: listed(String(form.get('sensor_ids') ?? '')) }
    : { ...key, kind: 'sensor', sensor_id: written(form, 'sensor_id') }
}
