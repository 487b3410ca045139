import type { ApiKey, KeyScope, NewApiKey } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, done } from '../../api/client'
import { DataTable } from '../../components/data-table'
import { Form, written } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'
import { KeySensorsDialog } from './key-sensors-dialog'
import { listed } from './sensor-ids'

const SCOPES: ReadonlyArray<readonly [KeyScope, string]> = [
  ['ingest', 'send events (a sensor key)'],
  ['score:read', 'ask for scores'],
  ['feeds:read', 'read indicator feeds'],
  ['metrics:read', 'scrape /metrics'],
]

/** API keys of sensors and other programs: which exist, and how to create or revoke one. */
export function Keys() {
  return (
    <div className="grid gap-4 xl:grid-cols-[2fr_1fr]">
      <KeyList />
      <NewKey />
    </div>
  )
}

function KeyList() {
  const queries = useQueryClient()
  const keys = useQuery({ queryKey: ['keys'], queryFn: () => answerOf(api.GET('/api-keys')) })
  const revoke = useMutation({
    mutationFn: (id: string) => done(api.DELETE('/api-keys/{id}', { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
  return (
    <Panel title="Keys">
      {revoke.error && <Failed error={revoke.error} />}
      <Loaded of={keys}>
        {({ items }) => (
          <div className="overflow-x-auto">
            <DataTable
              rows={items}
              keyOf={(key) => key.id}
              columns={[
                { name: 'Name', cell: (key) => key.name },
                { name: 'Prefix', className: 'font-mono text-xs', cell: (key) => <>{key.prefix}…</> },
                { name: 'Scopes', cell: (key) => key.scopes.join(', ') },
                { name: 'Sensors', cell: (key) => <Sensors apiKey={key} /> },
                { name: 'Last used', cell: (key) => <When at={key.last_used_at} /> },
                {
                  name: 'State',
                  cell: (key) =>
                    key.revoked_at ? (
                      'revoked'
                    ) : (
                      <button type="button" className="button" onClick={() => revoke.mutate(key.id)}>
                        Revoke<span className="sr-only"> {key.name}</span>
                      </button>
                    ),
                },
              ]}
            />
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

/** Which sensors a key may speak for, and a flag where that is any of them. */
function Sensors({ apiKey }: { apiKey: ApiKey }) {
  const [isOpen, setOpen] = useState(false)
  const { kind, name, sensor_id, sensor_ids, any_sensor, bound_by, refused_records, revoked_at } = apiKey
  if (kind === null) return <span className="text-muted">none</span>
  const [first, ...others] = sensor_ids ?? []
  const bound = sensor_id ?? first
  return (
    <div className="flex flex-wrap items-center gap-2">
      {any_sensor && revoked_at === null && <span className="chip text-bad">⚠ any sensor</span>}
      {any_sensor && revoked_at !== null && 'any sensor'}
      {kind === 'sensor' && sensor_id === null && <span className="text-muted">bound on first use</span>}
      {bound !== undefined && <HostileText text={bound} className="font-mono text-xs" />}
      {others.length > 0 && `and ${others.length} more`}
      {bound_by === 'first_use' && <span className="text-muted">on first use</span>}
      {refused_records > 0 && <span className="text-bad">{refused_records} refused records</span>}
      <button type="button" className="button" onClick={() => setOpen(true)}>
        Sensors<span className="sr-only"> of {name}</span>
      </button>
      {isOpen && <KeySensorsDialog apiKey={apiKey} onClose={() => setOpen(false)} />}
    </div>
  )
}

/** What a key is bound to, as the form says. */
function bindingOf(form: FormData): Pick<NewApiKey, 'kind' | 'sensor_id' | 'sensor_ids'> {
  const ids = listed(String(form.get('sensor_ids') ?? ''))
  return form.get('kind') === 'collector'
    ? { kind: 'collector', sensor_id: null, sensor_ids: ids }
    : { kind: 'sensor', sensor_id: written(form, 'sensor_id') }
}

/** Creates a key. The server keeps only its hash, so the key itself is shown once. */
function NewKey() {
  const queries = useQueryClient()
  const [kind, setKind] = useState<'sensor' | 'collector'>('sensor')
  const add = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/api-keys', {
          body: {
            name: String(form.get('name')),
            scopes: form.getAll('scopes') as KeyScope[],
            ...bindingOf(form),
          },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
  return (
    <Panel title="New key">
      <Form onSend={(fields) => add.mutate(fields)}>
        <label className="field">
          Name
          <input name="name" className="input" required maxLength={100} />
        </label>
        <fieldset className="grid gap-1 text-sm">
          <legend className="text-muted">Scopes</legend>
          {SCOPES.map(([scope, what]) => (
            <label key={scope} className="flex items-center gap-2">
              <input type="checkbox" name="scopes" value={scope} defaultChecked={scope === 'ingest'} /> {what}
            </label>
          ))}
        </fieldset>
        <fieldset className="grid gap-1 text-sm">
          <legend className="text-muted">Sensors</legend>
          <label className="flex items-center gap-2">
            <input
              type="radio"
              name="kind"
              value="sensor"
              checked={kind === 'sensor'}
              onChange={() => setKind('sensor')}
            />
            one sensor: the key is bound on first use
          </label>
          <label className="flex items-center gap-2">
            <input
              type="radio"
              name="kind"
              value="collector"
              checked={kind === 'collector'}
              onChange={() => setKind('collector')}
            />
            several sensors: a collector that forwards their events
          </label>
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
