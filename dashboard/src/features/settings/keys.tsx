import type { KeyScope } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, done } from '../../api/client'
import { DataTable } from '../../components/data-table'
import { Form, written } from '../../components/form'
import { Panel } from '../../components/panel'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

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
                { name: 'Begins', className: 'font-mono text-xs', cell: (key) => <>{key.prefix}…</> },
                { name: 'May', cell: (key) => key.scopes.join(', ') },
                { name: 'Sensor', cell: (key) => key.sensor_id ?? 'any' },
                { name: 'Used', cell: (key) => <When at={key.last_used_at} /> },
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

/** Creates a key. The server keeps only its hash, so the key itself is shown once. */
function NewKey() {
  const queries = useQueryClient()
  const add = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/api-keys', {
          body: {
            name: String(form.get('name')),
            scopes: form.getAll('scopes') as KeyScope[],
            sensor_id: written(form, 'sensor_id'),
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
          <legend className="text-muted">It may</legend>
          {SCOPES.map(([scope, what]) => (
            <label key={scope} className="flex items-center gap-2">
              <input type="checkbox" name="scopes" value={scope} defaultChecked={scope === 'ingest'} /> {what}
            </label>
          ))}
        </fieldset>
        <label className="field">
          Sensor it is bound to (empty: any)
          <input name="sensor_id" className="input" maxLength={200} />
        </label>
        <button type="submit" className="button button-primary" disabled={add.isPending}>
          Make it
        </button>
        {add.error && <Failed error={add.error} />}
        {add.data && (
          <div role="status" className="notice">
            <p>Copy it now; it is shown only once.</p>
            <pre className="code select-all">{add.data.key}</pre>
          </div>
        )}
      </Form>
    </Panel>
  )
}
