import type { ApiKey } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, done } from '../../api/client'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'
import { KeySensorsDialog } from './key-sensors-dialog'
import { NewKey } from './new-key'

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
  const { kind, name, sensor_id, sensor_ids, any_sensor, bound_by, refused_records } = apiKey
  if (kind === null) return <span className="text-muted">none</span>
  const [first, ...others] = sensor_ids ?? []
  const bound = sensor_id ?? first
  return (
    <div className="flex flex-wrap items-center gap-2">
      {any_sensor && <span className="chip text-bad">⚠ any sensor</span>}
      {kind === 'collector' && sensor_ids === null && !any_sensor && 'any sensor'}
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
