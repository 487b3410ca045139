import type { KeyScope } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../api/client'
import { toError } from '../api/errors'
import { Panel } from '../parts/panel'
import { Failed, Loaded } from '../parts/states'
import { When } from '../parts/when'

const SCOPES: ReadonlyArray<readonly [KeyScope, string]> = [
  ['ingest', 'send events (a sensor key)'],
  ['score:read', 'ask for scores'],
  ['feeds:read', 'read indicator feeds'],
  ['metrics:read', 'scrape /metrics'],
]

export function Keys() {
  const queries = useQueryClient()
  const renew = () => queries.invalidateQueries({ queryKey: ['keys'] })
  const keys = useQuery({ queryKey: ['keys'], queryFn: () => answerOf(api.GET('/api-keys')) })
  const add = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/api-keys', {
          body: {
            name: String(form.get('name')),
            scopes: form.getAll('scopes') as KeyScope[],
            sensor_id: String(form.get('sensor_id')).trim() || null,
          },
        }),
      ),
    onSuccess: renew,
  })
  const revoke = useMutation({
    mutationFn: async (id: string) => {
      const { error, response } = await api.DELETE('/api-keys/{id}', { params: { path: { id } } })
      if (!response.ok) throw toError(error, response)
    },
    onSuccess: renew,
  })
  return (
    <div className="grid gap-4 xl:grid-cols-[2fr_1fr]">
      <Panel title="Keys">
        {revoke.error && <Failed error={revoke.error} />}
        <Loaded of={keys}>
          {({ items }) => (
            <div className="overflow-x-auto">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Begins</th>
                    <th scope="col">May</th>
                    <th scope="col">Sensor</th>
                    <th scope="col">Used</th>
                    <th scope="col">State</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((key) => (
                    <tr key={key.id}>
                      <td>{key.name}</td>
                      <td className="font-mono text-xs">{key.prefix}…</td>
                      <td>{key.scopes.join(', ')}</td>
                      <td>{key.sensor_id ?? 'any'}</td>
                      <td>
                        <When at={key.last_used_at} />
                      </td>
                      <td>
                        {key.revoked_at ? (
                          'revoked'
                        ) : (
                          <button type="button" className="button" onClick={() => revoke.mutate(key.id)}>
                            Revoke<span className="sr-only"> {key.name}</span>
                          </button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Loaded>
      </Panel>
      <Panel title="New key">
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            add.mutate(new FormData(event.currentTarget))
          }}
        >
          <label className="field">
            Name
            <input name="name" className="input" required maxLength={100} />
          </label>
          <fieldset className="grid gap-1 text-sm">
            <legend className="text-muted">It may</legend>
            {SCOPES.map(([scope, what]) => (
              <label key={scope} className="flex items-center gap-2">
                <input type="checkbox" name="scopes" value={scope} defaultChecked={scope === 'ingest'} />{' '}
                {what}
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
        </form>
      </Panel>
    </div>
  )
}
